"""What is printed at the end of a run: figures beside baselines, samples, what to do next."""

from __future__ import annotations

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from experiments.corpus import Corpus
from seqjax import decoding
from seqjax.models.ngram import NGram, best_order, ngram
from seqjax.objectives import bits, perplexity
from seqjax.runs import Loaded

TEMPERATURES = (0.5, 0.8, 1.0)
LENGTHS = {"character": 300, "byte": 300, "word": 60}
"""Tokens of a sample, by unit."""
ORDERS = {"character": range(1, 9), "byte": range(1, 9), "word": range(1, 5)}


def text(folder: Path, best: Loaded, corpus: Corpus, part: str, figures: dict[str, float]) -> str:
    """The whole report."""
    parts = [table(corpus, part, figures["loss"]), samples(best, corpus), hints(folder)]
    return "\n\n".join(parts)


def table(corpus: Corpus, part: str, loss: float) -> str:
    """Held-out figures of the model and of two counting models on the same split."""
    unit, size = corpus.tokenizer.unit, len(corpus.vocabulary)
    flat = {name: _flat(corpus, name) for name in corpus.ids}
    best = best_order(flat["train"], flat["valid"], size, ORDERS[unit])
    one = ngram(flat["train"], size, 1)
    name = "perplexity" if unit == "word" else f"bits per {unit}"
    figure = perplexity if unit == "word" else bits
    count = len(flat[part]) - 1
    rows = [
        ("this model", loss),
        (f"interpolated {best.order}-gram (Kneser-Ney)", _nats(best, flat[part])),
        ("unigram", _nats(one, flat[part])),
    ]
    lines = [f"{name} on the {part} part ({count:,} {unit}s, none of them trained on)"]
    lines += [f"  {label:34} {figure(nats):10.4g}" for label, nats in rows]
    return "\n".join(lines)


def samples(best: Loaded, corpus: Corpus) -> str:
    """What the model writes at three temperatures."""
    return "\n\n".join(f"temperature {t}\n{_sample(best, corpus, t)}" for t in TEMPERATURES)


def hints(folder: Path) -> str:
    """How to go on."""
    return f"""The run is in {folder}. The command that made it resumes it, with more --epochs too.
  python -m experiments.generate --run={folder} --prompt="The"
  python -m experiments.score --run={folder} --text="one sentence" --text="another one"
  in Python: seqjax.load("{folder}")"""


def _flat(corpus: Corpus, part: str) -> np.ndarray:
    """The ids of a part as one text, lines with their ends."""
    ids, end = corpus.ids[part], corpus.vocabulary.eos
    if isinstance(ids, list):
        return np.concatenate([np.append(line, end) for line in ids])
    return ids


def _nats(model: NGram, ids: np.ndarray) -> float:
    """Mean over all tokens but the first, which the language model does not predict either."""
    return float(model.nats(ids)[1:].mean())


def _sample(best: Loaded, corpus: Corpus, temperature: float) -> str:
    forbid = [id for id in (best.vocabulary.unk, best.vocabulary.bos) if id is not None]
    choose = functools.partial(decoding.choose, temperature=temperature, forbid=forbid)
    step = functools.partial(best.model.step, best.params)

    @jax.jit
    def draw(key: jax.Array) -> decoding.Samples:
        first = jnp.full(1, best.first, jnp.int32)
        carry = best.model.start(best.params, 1)
        steps = LENGTHS[corpus.tokenizer.unit]
        end = best.vocabulary.eos if best.record["config"]["sentences"] else None
        return decoding.sample(step, carry, first, steps=steps, choose=choose, eos=end, key=key)

    drawn = draw(jax.random.key(0))
    ids = np.asarray(drawn.tokens)[: int(drawn.lengths[0]), 0]
    return corpus.tokenizer.join(best.vocabulary.decode(ids))
