"""What is printed at the end of a run: figures beside baselines, samples, what to do next."""

from __future__ import annotations

import re
import shlex
from collections import Counter

import numpy as np

from seqjax.data.vocabulary import EOS
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
PARAGRAPH, LINE = re.compile(r"\n\n([^\W\d_]+)\b"), re.compile(r"^\W*([^\W\d_]+)\b", re.M)
"""The first word of a paragraph, of a line."""
LOOKED_AT = 500_000
"""Tokens, the first of the training part, in which words are looked for that a text begins with."""
ORDERS = {"character": range(1, 9), "byte": range(1, 9), "jamo": range(1, 13), "word": range(1, 5)}


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Figures beside those of n-grams, samples at three temperatures, how to go on."""
    parts = [
        table(best, data_set, part, figures["loss"]),
        samples(best, data_set),
        hints(best, data_set),
    ]
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


def samples(best: Loaded, data_set: DataSet) -> str:
    """What the model writes at three temperatures, each time behind another opening."""
    unit = best.tokenizer.unit
    blank = "" if unit == "word" else " "
    begins = [f"{word}{blank}" for word in openings(best, data_set)[: len(TEMPERATURES)]]
    parts = []
    for number, temperature in enumerate(TEMPERATURES):
        begin = begins[number % len(begins)] if begins else ""
        (text,) = sample(best, begin, temperature=temperature, length=LENGTHS[unit])
        parts.append(f"temperature {temperature}\n{text.strip()}")
    return "\n\n".join(parts)


def hints(best: Loaded, data_set: DataSet) -> str:
    """The folder of the run, and commands that use it."""
    folder = str(best.folder)
    run = shlex.quote(folder)
    begin = "".join(f" --prompt={shlex.quote(word)}" for word in openings(best, data_set)[:1])
    more = ""
    if best.record["config"]["schedule"] in ENDLESS:
        more = "\nThe command that made it trains it further with more --epochs."
    return f"""The run is in {folder}.{more}
  python -m experiments.generate --run={run}{begin}
  python -m experiments.score --run={run} --text="one sentence" --text="another one"
  in Python: seqjax.load({folder!r})"""


def openings(best: Loaded, data_set: DataSet) -> list[str]:
    """Words that paragraphs, or else lines, of the text begin with, commonest first."""
    tokens = best.vocabulary.decode(flat(data_set, "train")[:LOOKED_AT])
    text = best.tokenizer.join(["\n" if token == EOS else token for token in tokens])
    for begin in (PARAGRAPH, LINE):
        counts = Counter(begin.findall(text))
        words = [word for word, _ in counts.most_common() if known(best, word)]
        if words:
            return words
    return []


def known(best: Loaded, word: str) -> bool:
    """Whether all tokens of a word are in the vocabulary."""
    return all(token in best.vocabulary for token in best.tokenizer.split(word))


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
