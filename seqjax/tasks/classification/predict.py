"""Labels of new texts by a trained classifier."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.data import one_line
from seqjax.data.buckets import buckets
from seqjax.data.formats.table import LAYOUTS, table
from seqjax.models.classifier import Classifier
from seqjax.tasks.classification.config import ClassificationData
from seqjax.tasks.classification.encode import check_length, tokens_of
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.encode import encode
from seqjax.tasks.settings import of_record
from seqjax.tasks.text_checks import check_text
from seqjax.tasks.text_input import encoding_of, lines_of


@dataclasses.dataclass(frozen=True)
class ClassificationOptions:
    """Classification: how many texts are read at once, and how many labels are shown."""

    batch: int = option(50, "texts that are classified at once")
    top: int = option(2, "labels shown for each text, the likeliest first")


class Classified(NamedTuple):
    """A text and what the model makes of it."""

    text: str
    labels: list[str]
    """the likeliest one, or of multilabel all above a half"""
    probabilities: dict[str, float]
    """of each label, in the order of the vocabulary"""


def predict(
    loaded: Loaded, texts: Sequence[str], options: ClassificationOptions
) -> list[Classified]:
    """The labels of each text, and the probability of every label.

        run.predict(["a fine film"])[0].labels

    Raises:
      ValueError: for no texts, what is no text, or one without a token or with too many.
    """
    for name in ("batch", "top"):
        checks.positive(name, getattr(options, name))
    if not len(texts):
        raise ValueError("inputs: got no texts, want one or more")
    rows = [_encoded(loaded, text, number) for number, text in enumerate(texts, 1)]
    check_length(loaded.record, max(map(len, rows)))
    forward, names = _forward(loaded.model), loaded.vocabularies["labels"].tokens
    # To compile takes longer than to classify a few texts with padding.
    shapes = 1 if len(rows) <= options.batch else 8
    examples = [{"words": row} for row in rows]
    probabilities = np.zeros((len(rows), len(names)), np.float32)
    for item in buckets(examples, options.batch, sides={"": ("words",)}, shapes=shapes):
        real = item["index"] >= 0
        probabilities[item["index"][real]] = np.asarray(forward(loaded.params, item))[real]
    multilabel = loaded.record["config"]["output"] == "multilabel"
    return [
        Classified(text, _labels(names, p, multilabel), dict(zip(names, p.tolist(), strict=True)))
        for text, p in zip(texts, probabilities, strict=True)
    ]


@functools.lru_cache(maxsize=4)
def _forward(model: Classifier) -> Callable[[Params, Any], Array]:
    """(params, batch) -> probabilities [B, C], compiled once for a model."""
    return jax.jit(model.predict)


def _encoded(loaded: Loaded, text: Any, number: int) -> np.ndarray:
    """The ids of a text's tokens, int32 [n]."""
    check_text(text, number)
    tokens = tokens_of(of_record(ClassificationData, loaded.record), text)
    if not tokens:
        raise ValueError(f"inputs: got an empty text as number {number}, want words")
    return encode(loaded.record["data"], loaded.vocabularies["words"], tokens)


def _labels(names: Sequence[str], probabilities: np.ndarray, multilabel: bool) -> list[str]:
    if not multilabel:
        return [names[int(probabilities.argmax())]]
    return [name for name, p in zip(names, probabilities, strict=True) if p > 0.5]


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: ClassificationOptions
) -> list[str]:
    """Texts, one a line; of tables (.tsv, .csv, .jsonl, gzip or not) the column of texts.

    Raises:
      ValueError: for a table without the column of texts that the run was trained on, or a line
        with nothing in it: rows match lines, and there is no label for none.
    """
    encoding = encoding_of(loaded.record)
    if not any(_layout(file) for file in files):
        return lines_of(texts, files, encoding=encoding)
    if texts:
        raise ValueError("file: got it together with --text, want one of them")
    data = of_record(ClassificationData, loaded.record)
    rows: list[str] = []
    for file in files:
        if layout := _layout(file):
            columns = [data.text_column]
            cells = table(file, columns, layout=layout, header=data.header, encoding=encoding)
            rows += [row.cells[0] for row in cells]
        else:
            rows += lines_of([], [file], encoding=encoding)
    return rows


def _layout(file: str) -> str:
    """How a table is written, by the end of its name; nothing for lines of text."""
    ending = Path(file.removesuffix(".gz")).suffix.removeprefix(".")
    return ending if ending in LAYOUTS else ""


def show(classified: Classified, options: ClassificationOptions) -> str:
    """The likeliest labels with their probabilities, then the text: "1 0.942  0 0.058  fine"."""
    ranked = sorted(classified.probabilities.items(), key=lambda pair: -pair[1])
    shown = [f"{label} {p:.3f}" for label, p in ranked[: options.top]]
    return "  ".join([*shown, one_line(classified.text)])
