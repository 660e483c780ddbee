"""Trains a language model: from checked flags to the last step."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from experiments import flags
from experiments.corpus import Corpus, CorpusConfig, corpus
from experiments.corpus_batches import source
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.data import Source, stream
from seqjax.models.language_model import LanguageModel, language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.objectives import bits, perplexity
from seqjax.training.adaptation import adapt
from seqjax.training.config import Optimization, averaging, validate
from seqjax.training.evaluate import Evaluate, evaluate
from seqjax.training.fit import Figures, Rhythm, Tools, fit
from seqjax.training.optimizers import optimizer
from seqjax.training.schedules import schedule
from seqjax.training.step import State, begin, train_step

ENDLESS = {"constant", "step", "plateau"}
"""Schedules that do not depend on the length of the run: it may be resumed with more epochs."""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Where a run lies, how long it is, and how often it says something."""

    workdir: str = option("runs/language_model", "folder of the run; the same one again resumes it")
    epochs: int = option(12, "passes over the training part")
    seed: int = option(0, "of initial weights, noise, and the order of sentences")
    evaluate_every: int = option(0, "steps from one evaluation to the next; 0: once an epoch")
    save_every: int = option(0, "steps between further checkpoints; 0: only at evaluations")
    log_every: int = option(100, "steps from one line of metrics.jsonl to the next")
    tensorboard: bool = option(False, "write for TensorBoard too")


class Prepared(NamedTuple):
    """Flags that have been checked, and what was made of them."""

    run: RunConfig
    text: CorpusConfig
    optimization: Optimization
    corpus: Corpus
    model: LanguageModel
    sources: dict[str, Source]
    rhythm: Rhythm
    record: dict[str, Any]


def prepare(
    run: RunConfig, text: CorpusConfig, config: LanguageModelConfig, optimization: Optimization
) -> Prepared:
    """Reads the text and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    for name in ("epochs", "log_every"):
        checks.positive(name, getattr(run, name))
    for name in ("evaluate_every", "save_every"):
        flags.natural(name, getattr(run, name))
    flags.seed(run.seed)
    validate(optimization)
    made = corpus(text)
    model = language_model(config, len(made.vocabulary))
    sources = {part: source(text, made, part, seed=run.seed) for part in made.ids}
    epoch = len(sources["train"])
    rhythm = Rhythm(run.epochs * epoch, run.evaluate_every or epoch, run.log_every, run.save_every)
    optimizer(optimization, epoch, rhythm.steps)
    _try(model, sources["train"])
    record = {
        "kind": "language_model",
        "config": flags.text(run, text, config, optimization),
        "data": made.data,
    }
    return Prepared(run, text, optimization, made, model, sources, rhythm, record)


def _try(model: LanguageModel, source: Source) -> None:
    """Walks shapes alone through a step, so that what a layer refuses is refused by now."""

    def once(key: jax.Array, batch: Any) -> Any:
        params = model.init(key)
        return model.loss(params, model.start(params, batch["inputs"].shape[1]), batch, key=key)

    jax.eval_shape(once, jax.random.key(0), source[0])


def train(prepared: Prepared, tools: Tools, *, stop: Callable[[], bool] = lambda: False) -> State:
    """Trains until the end or until ``stop()``, from the newest checkpoint."""
    run, text, config, made, model, sources, rhythm, _ = prepared
    epoch = len(sources["train"])
    chain = optimizer(config, epoch, rhythm.steps)
    first, noise = jax.random.split(jax.random.key(run.seed))
    params = model.init(first)
    carry = model.start(params, text.batch)
    function = jax.jit(model.evaluate)
    return fit(
        train_step(model.loss, chain, schedule(config, epoch, rhythm.steps)),
        begin(params, chain, carry, average=bool(averaging(config)), key=noise),
        stream(sources["train"], seed=run.seed if text.sentences else None),
        rhythm=rhythm,
        adapt=functools.partial(adapt, config),
        evaluate=lambda params: figures(model, function, params, sources["valid"]),
        report=functools.partial(report, made.tokenizer.unit),
        tools=tools,
        unit=f"{made.tokenizer.unit}s",
        stop=stop,
    )


def figures(model: LanguageModel, function: Evaluate, params: Params, batches: Any) -> Figures:
    """Of a part, from the start of its text; ``function`` is the compiled model.evaluate."""
    rows = batches[0]["inputs"].shape[1]
    return evaluate(function, params, model.start(params, rows), batches)


def report(unit: str, found: Figures) -> Figures:
    """Nats per token, beside them perplexity (of words) or bits per character, then the rest."""
    if "loss" not in found:
        return found
    value = {"loss": found["loss"]}
    if unit == "word":
        value["perplexity"] = perplexity(found["loss"])
    else:
        value[f"bits_per_{unit}"] = bits(found["loss"])
    return {**value, **found}
