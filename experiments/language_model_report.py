"""What is printed at the end of a run: figures beside baselines, samples, what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from experiments.corpus import Corpus
from experiments.generate import GenerateConfig, generate
from experiments.task import ENDLESS
from seqjax.models.ngram import best_order, ngram
from seqjax.objectives import bits, perplexity
from seqjax.runs import Loaded

TEMPERATURES = (0.5, 0.8, 1.0)
LENGTHS = {"character": 300, "byte": 300, "jamo": 600, "word": 60}
"""Tokens of a sample, by unit."""
ORDERS = {"character": range(1, 9), "byte": range(1, 9), "jamo": range(1, 13), "word": range(1, 5)}


def text(folder: Path, best: Loaded, corpus: Corpus, part: str, figures: dict[str, float]) -> str:
    """The whole report."""
    parts = [table(best, corpus, part, figures["loss"]), samples(best), hints(folder, best, corpus)]
    return "\n\n".join(parts)


def table(best: Loaded, corpus: Corpus, part: str, loss: float) -> str:
    """Figures of the model and of two counting models on the same tokens.

    The order of the n-grams, as the checkpoint of the model, is the best one on the validation
    part.
    """
    unit, size = corpus.tokenizer.unit, corpus.predicted
    train = flat(corpus, "train")
    grams = best_order(train, flat(corpus, "valid"), size, ORDERS[unit])
    ids, history = held_out(corpus, part)
    rows = [
        (f"this model (step {best.step})", loss),
        (f"interpolated {grams.order}-gram (Kneser-Ney)", grams.nats(ids, history).mean()),
        ("unigram", ngram(train, size, 1).nats(ids, history).mean()),
    ]
    name, figure = ("perplexity", perplexity) if unit == "word" else (f"bits per {unit}", bits)
    unknown = np.mean(ids == corpus.vocabulary.unk)
    notes = [f"{len(ids):,} {unit}s, none of them trained on"]
    notes += [f"{unknown:.2%} of them <unk>"] if unknown else []
    notes += ["which chose the step and the order"] if part == "valid" else []
    lines = [f"{name} on the {part} part ({', '.join(notes)})"]
    return "\n".join([*lines, *(f"  {label:34} {figure(nats):10.4g}" for label, nats in rows)])


def samples(best: Loaded) -> str:
    """What the model writes at three temperatures."""
    length = LENGTHS[best.tokenizer.unit]
    parts = []
    for temperature in TEMPERATURES:
        (written,) = generate(best, GenerateConfig(temperature=temperature, length=length))
        parts.append(f"temperature {temperature}\n{written.strip()}")
    return "\n\n".join(parts)


def hints(folder: Path, best: Loaded, corpus: Corpus) -> str:
    """How to go on."""
    run, begin = shlex.quote(str(folder)), prompt(corpus)
    begin = f" --prompt={shlex.quote(begin)}" if begin else ""
    more = ""
    if best.record["config"]["schedule"] in ENDLESS:
        more = "\nThe command that made it trains it further with more --epochs."
    return f"""The run is in {folder}.{more}
  python -m experiments.generate --run={run}{begin}
  python -m experiments.score --run={run} --text="one sentence" --text="another one"
  in Python: seqjax.load({str(folder)!r})"""


def prompt(corpus: Corpus) -> str:
    """A word that the text begins with, or nothing."""
    tokens = corpus.vocabulary.decode(flat(corpus, "train")[:200])
    known = (word for word in corpus.tokenizer.join(tokens).split() if word.isalpha())
    return next(known, "")


def held_out(corpus: Corpus, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of a part that the model predicts, and what stands before them.

    In one long text that is the first token, which nobody predicts; before sentences, the end of
    another.
    """
    ids = flat(corpus, part)
    if isinstance(corpus.ids[part], list):
        return ids, np.array([corpus.vocabulary.eos])
    return ids[1:], ids[:1]


def flat(corpus: Corpus, part: str) -> np.ndarray:
    """The ids of a part as one text, lines with their ends, each as the model predicts it."""
    ids = corpus.ids[part]
    if isinstance(ids, list):
        end = np.array([corpus.vocabulary.eos], np.int32)
        ids = np.concatenate([piece for line in ids for piece in (line, end)])
    return np.where(ids < corpus.predicted, ids, corpus.vocabulary.unk or 0)
