"""What is printed at the end of a run: figures beside a baseline, the confusion matrix, hints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqjax.tasks.classification.baseline import baseline_figures
from seqjax.tasks.classification.evaluate import Outcome, confusions, outcome, scores
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import DataSet
from seqjax.training.fit import Figures

MATRIX_CLASSES = 12
"""Most classes of which the whole confusion matrix is shown; of more, the commonest mistakes."""
MISTAKES = 10


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Figures beside those of averaged embeddings, F1 and mistakes by class, how to go on."""
    held_out = data_set.parts[part]
    baseline = baseline_figures(best, data_set, part)
    predictions = outcome(best.model, best.params, held_out)
    note = "" if part == "test" else ", which chose the step"
    count = len(held_out.records)
    head = f"on the {part} part ({count:,} examples, none of them trained on{note})"
    rows = [
        (f"this model (step {best.step})", figures),
        (f"averaged embeddings (epoch {int(baseline['epoch'])})", baseline),
    ]
    labels, example = best.vocabularies["labels"].tokens, held_out.records[0].text
    parts = [table(head, rows), by_class(labels, predictions), hints(best.folder, example)]
    return "\n\n".join(parts)


def table(head: str, rows: Sequence[tuple[str, Figures]]) -> str:
    """A line for each model: accuracy, macro F1, loss in nats."""
    lines = [f"{head}\n  {'':32} accuracy  macro-F1     loss"]
    for name, figures in rows:
        accuracy, score, loss = (figures[key] for key in ("accuracy", "macro_f1", "loss"))
        lines.append(f"  {name:32} {accuracy:8.2%}  {score:8.4f} {loss:8.4f}")
    return "\n".join(lines)


def by_class(labels: Sequence[str], predictions: Outcome) -> str:
    """F1 of each class, and what was taken for what."""
    probabilities, targets = predictions.probabilities, predictions.targets
    f1 = scores(probabilities, targets)
    if targets.ndim == 2:
        lines = [f"  {label:24} {score:8.4f}" for label, score in zip(labels, f1, strict=True)]
        return "\n".join(["F1 of each label", *lines])
    counts = confusions(probabilities, targets)
    if len(labels) > MATRIX_CLASSES:
        return mistakes(labels, counts)
    width = max(7, *(len(label) + 1 for label in labels))
    lines = [f"confusion matrix (rows: truth)\n  {'':{width}}" + _cells([*labels, "F1"], width)]
    for label, row, score in zip(labels, counts, f1, strict=True):
        cells = [*map(str, row), f"{score:.4f}"]
        lines.append(f"  {label:{width}}{_cells(cells, width)}")
    return "\n".join(lines)


def _cells(words: Sequence[str], width: int) -> str:
    return "".join(f"{word:>{width}}" for word in words)


def mistakes(labels: Sequence[str], counts: np.ndarray) -> str:
    """The commonest mistakes, counts [C, C]: truth, what it was taken for, how often."""
    wrong = counts * ~np.eye(len(labels), dtype=bool)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MISTAKES]
    pairs = [divmod(int(flat), len(labels)) for flat in order]
    lines = [f"  {labels[a]} as {labels[b]}: {wrong[a, b]}" for a, b in pairs if wrong[a, b]]
    return "\n".join(["commonest mistakes", *(lines or ["  none"])])


def hints(folder: Path, example: str) -> str:
    """The folder of the run, and commands that use it."""
    return f"""The run is in {folder}.
  python -m experiments.predict --run={shlex.quote(str(folder))} --text={shlex.quote(example)}
  in Python: seqjax.load({str(folder)!r}).predict(["a text", "another one"])"""
