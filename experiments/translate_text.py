"""Translates with a trained encoder-decoder: python -m experiments.translate_text --run=FOLDER.

Texts come from --text, which may be given several times, from --file, or from standard input, one a
line; their translations go to standard output, one a line. --draw=FILE writes a picture (PNG) of
what each word of the first translation was written with a look at.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags as absl_flags

from experiments import flags, given, launch, pretrained, translate_data, translate_drawing
from seqjax import data, decoding, kinds, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets

TEXT = "text"


@dataclasses.dataclass(frozen=True)
class SearchConfig:
    """How a translation is found."""

    beam: int = option(5, "hypotheses that are followed at once; 1 is greedy")
    penalty: float = option(1.0, "how far longer translations are preferred; 0: not at all")
    sample: bool = option(False, "draw from the model instead of searching")
    temperature: float = option(1.0, "sample: below 1 safer, above 1 wilder")
    seed: int = option(0, "sample: the same seed draws the same translations")
    batch: int = option(64, "texts that are translated at once")


@dataclasses.dataclass(frozen=True)
class TranslateTextConfig(SearchConfig):
    """What is translated, and what is shown."""

    run: str = option("runs/translate", "folder of a trained encoder-decoder")
    file: str = option("", "a text file (UTF-8, plain or gzip), one text a line")
    hypotheses: int = option(1, "translations shown of each text; above 1 with their scores")
    draw: str = option("", "a PNG file for the attention of the first text's translation")
    checkpoint: str = option("best", "best (by validation loss) or newest")


class Hypothesis(NamedTuple):
    """One translation."""

    tokens: list[str]
    log_probability: float
    score: float
    """what the hypotheses of a text are ordered by"""


def translate(
    loaded: runs.Loaded, texts: Sequence[Sequence[str]], config: SearchConfig
) -> list[list[Hypothesis]]:
    """The hypotheses of each text, given as tokens, the best first; one where they are drawn.

    Raises:
      ValueError: for options out of range, or tokens unknown to a model without a token for them.
    """
    _validate(config)
    examples = [{"source": _ids(loaded, text)} for text in texts]
    rows, shapes = min(config.batch, len(texts)), loaded.record["config"]["shapes"]
    batches = buckets(examples, rows, sides={"source": ("source",)}, shapes=shapes)
    search = jax.jit(functools.partial(_search, loaded, config))
    found: list[list[Hypothesis]] = [[] for _ in texts]
    for number in range(len(batches)):
        item: Any = batches[number]
        key = jax.random.fold_in(jax.random.key(config.seed), number)
        beams = jax.tree.map(
            np.asarray, search(loaded.params, item["source"], item["source_lengths"], key=key)
        )
        for row, place in enumerate(item["index"]):
            if place >= 0:
                found[place] = _hypotheses(loaded, beams, row)
    return found


def _ids(loaded: runs.Loaded, text: Sequence[str]) -> np.ndarray:
    return pretrained.encode(loaded.record, loaded.vocabularies["source"], [*text, data.EOS])


def _validate(config: SearchConfig) -> None:
    for name in ("beam", "batch"):
        checks.positive(name, getattr(config, name))
    flags.seed(config.seed)


def _search(
    loaded: runs.Loaded, config: SearchConfig, params: Any, source: Any, lengths: Any, *, key: Any
) -> decoding.Beams:
    target, limit = loaded.vocabularies["target"], loaded.record["data"]["limit"]
    begin, end = target.encode([data.BOS, data.EOS]).tolist()
    memory, carry = loaded.model.encode(params, source, lengths)
    step = functools.partial(loaded.model.step, params, memory)
    first = jnp.full(source.shape[1], begin, jnp.int32)
    forbid = [begin] if target.unk is None else [begin, target.unk]
    if not config.sample:
        return decoding.beam(
            step, carry, first, width=config.beam, steps=limit, eos=end,
            penalty=config.penalty, forbid=forbid,
        )  # fmt: skip
    choose = functools.partial(decoding.choose, temperature=config.temperature, forbid=forbid)
    drawn = decoding.sample(step, carry, first, steps=limit, choose=choose, eos=end, key=key)
    logs = drawn.log_probabilities.sum(0)[:, None]
    return decoding.Beams(drawn.tokens[..., None], drawn.lengths[:, None], logs, logs)


def _hypotheses(loaded: runs.Loaded, beams: decoding.Beams, row: int) -> list[Hypothesis]:
    target, found = loaded.vocabularies["target"], []
    for k in range(beams.tokens.shape[-1]):
        length = beams.lengths[row, k]
        ids = [id for id in beams.tokens[:length, row, k] if id != target.eos]
        if length:
            logs, score = float(beams.log_probabilities[row, k]), float(beams.scores[row, k])
            found.append(Hypothesis(target.decode(ids), logs, score))
    return found


def tokens_of(loaded: runs.Loaded, text: str) -> list[str]:
    """The tokens that a model sees of a text."""
    config = kinds.config(translate_data.PairsConfig, loaded.record)
    return loaded.tokenizer.split(text.lower() if config.lower else text)


def attention(loaded: runs.Loaded, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
    """[T, S]: the weights with which each token of a translation, and its end, was written.

    Raises:
      ValueError: for a model without attention.
    """
    if loaded.record["config"]["attention"] == "none":
        raise ValueError("draw: this model has no attention, want one trained with --attention")
    words = loaded.vocabularies["target"]
    example = translate_data.example(_ids(loaded, source), words, target)
    batches = buckets([example], 1, sides=translate_data.SIDES)
    return np.asarray(jax.jit(loaded.model.weights)(loaded.params, batches[0]))[..., 0]


def lines(loaded: runs.Loaded, found: Sequence[Hypothesis], count: int) -> list[str]:
    """What is printed for a text."""
    texts = [loaded.tokenizer.join(each.tokens) for each in found[:count]]
    if count == 1:
        return texts
    return [f"{each.score:8.3f}  {text}" for each, text in zip(found, texts, strict=False)]


def _given() -> list[str]:
    return absl_flags.FLAGS[TEXT].value or []


def _texts(config: TranslateTextConfig, texts: Sequence[str]) -> list[str]:
    text = given.text(config.file, texts)
    found = list(texts) or text.removesuffix("\n").split("\n")
    # A line out for each line in: leaving one out would shift all that follow.
    for number, line in enumerate(found, 1):
        if not line.strip():
            raise ValueError(f"text: got an empty line as number {number}, want a text")
    return found


def main() -> None:
    """Prints a line for each text."""
    with launch.mistakes():
        config = flags.parse(TranslateTextConfig)
        checks.positive("hypotheses", config.hypotheses)
        loaded = runs.load(config.run, config.checkpoint, kind="encoder_decoder")
        texts = [tokens_of(loaded, text) for text in _texts(config, _given())]
        found = translate(loaded, texts, config)
        if config.draw:
            best = found[0][0].tokens
            weights = attention(loaded, texts[0], best)
            translate_drawing.draw(config.draw, weights, [*texts[0], data.EOS], [*best, data.EOS])
    for each in found:
        print("\n".join(lines(loaded, each, config.hypotheses)))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(TEXT, [], "a text; may be given several times")
    flags.define(TranslateTextConfig)
    launch.run(main)
