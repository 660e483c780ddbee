"""What is printed at the end of a run: figures beside baselines, samples, what to do next."""

from __future__ import annotations

import shlex

import numpy as np

from seqjax.models.ngram import best_order, ngram
from seqjax.objectives import bits, perplexity
from seqjax.tasks.language_model.batches import Ids
from seqjax.tasks.language_model.sample import sample
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.optimized import ENDLESS
from seqjax.tasks.pretrained.encode import predicted
from seqjax.tasks.task import DataSet
from seqjax.training.fit import Figures

TEMPERATURES = (0.5, 0.8, 1.0)
LENGTHS = {"character": 300, "byte": 300, "jamo": 600, "word": 60}
"""Tokens of a sample, by unit."""
ORDERS = {"character": range(1, 9), "byte": range(1, 9), "jamo": range(1, 13), "word": range(1, 5)}


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Figures beside those of n-grams, samples at three temperatures, how to go on."""
    parts = [table(best, data_set, part, figures["loss"]), samples(best), hints(best, data_set)]
    return "\n\n".join(parts)


def table(best: Loaded, data_set: DataSet, part: str, loss: float) -> str:
    """Figures of the model and of two counting models on the same tokens.

    The order of the n-grams, as the checkpoint of the model, is the best one on the validation
    part.
    """
    vocabulary, unit = best.vocabulary, best.tokenizer.unit
    size = predicted(data_set.data, vocabulary)
    train = flat(data_set, "train")
    grams = best_order(train, flat(data_set, "valid"), size, ORDERS[unit])
    ids, history = held_out(data_set, part)
    rows = [
        (f"this model (step {best.step})", loss),
        (f"interpolated {grams.order}-gram (Kneser-Ney)", grams.nats(ids, history).mean()),
        ("unigram", ngram(train, size, 1).nats(ids, history).mean()),
    ]
    name, figure = ("perplexity", perplexity) if unit == "word" else (f"bits per {unit}", bits)
    unknown = np.mean(ids == vocabulary.unk)
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
        (text,) = sample(best, temperature=temperature, length=length)
        parts.append(f"temperature {temperature}\n{text.strip()}")
    return "\n\n".join(parts)


def hints(best: Loaded, data_set: DataSet) -> str:
    """The folder of the run, and commands that use it."""
    folder = str(best.folder)
    run, begin = shlex.quote(folder), prompt(best, data_set)
    begin = f" --prompt={shlex.quote(begin)}" if begin else ""
    more = ""
    if best.record["config"]["schedule"] in ENDLESS:
        more = "\nThe command that made it trains it further with more --epochs."
    return f"""The run is in {folder}.{more}
  python -m experiments.generate --run={run}{begin}
  python -m experiments.score --run={run} --text="one sentence" --text="another one"
  in Python: seqjax.load({folder!r})"""


def prompt(best: Loaded, data_set: DataSet) -> str:
    """A word that the text begins with, or nothing."""
    tokens = best.vocabulary.decode(flat(data_set, "train")[:200])
    known = (word for word in best.tokenizer.join(tokens).split() if word.isalpha())
    return next(known, "")


def held_out(data_set: DataSet, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of a part that the model predicts, and what stands before them.

    In one long text that is the first token, which nobody predicts; before sentences, the end of
    another.
    """
    ids = flat(data_set, part)
    if isinstance(data_set.parts[part].records, list):
        return ids, np.array([data_set.vocabularies["tokens"].eos])
    return ids[1:], ids[:1]


def flat(data_set: DataSet, part: str) -> np.ndarray:
    """The ids of a part as one text, lines with their ends, each as the model predicts it."""
    ids: Ids = data_set.parts[part].records
    vocabulary = data_set.vocabularies["tokens"]
    if isinstance(ids, list):
        end = np.array([vocabulary.eos], np.int32)
        ids = np.concatenate([piece for line in ids for piece in (line, end)])
    return np.where(ids < predicted(data_set.data, vocabulary), ids, vocabulary.unk or 0)
