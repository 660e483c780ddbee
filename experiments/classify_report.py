"""What is printed at the end of a run: figures beside a baseline, the confusion matrix, hints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.classify_data import Texts
from experiments.classify_figures import Outcome, matrix, scores
from seqjax.runs import Loaded
from seqjax.training.fit import Figures

WHOLE = 12
"""Most classes of which the whole confusion matrix is shown; of more, the commonest mistakes."""
MISTAKES = 10


def text(
    folder: Path, best: Loaded, made: Texts, part: str, found: Outcome, baseline: Figures
) -> str:
    """The whole report."""
    note = "" if part == "test" else ", which chose the step"
    head = f"on the {part} part ({len(found.targets):,} examples, none of them trained on{note})"
    rows = [
        (f"this model (step {best.step})", found.figures),
        (f"averaged embeddings (epoch {int(baseline['epoch'])})", baseline),
    ]
    parts = [table(head, rows), classes(made.labels.tokens, found), hints(folder, made, part)]
    return "\n\n".join(parts)


def table(head: str, rows: Sequence[tuple[str, Figures]]) -> str:
    """One line a model."""
    lines = [f"{head}\n  {'':32} accuracy  macro-F1     loss"]
    for name, found in rows:
        accuracy, score, loss = (found[key] for key in ("accuracy", "macro_f1", "loss"))
        lines.append(f"  {name:32} {accuracy:8.2%}  {score:8.4f} {loss:8.4f}")
    return "\n".join(lines)


def classes(labels: Sequence[str], found: Outcome) -> str:
    """F1 of each class, and what was taken for what."""
    several = found.targets.ndim == 2
    each = scores(found.probabilities, found.targets, several)
    if several:
        lines = [f"  {label:24} {score:8.4f}" for label, score in zip(labels, each, strict=True)]
        return "\n".join(["F1 of each label", *lines])
    counts = matrix(found.probabilities, found.targets)
    if len(labels) > WHOLE:
        return mistakes(labels, counts)
    width = max(7, *(len(label) + 1 for label in labels))
    lines = [f"confusion matrix (rows: truth)\n  {'':{width}}" + _cells([*labels, "F1"], width)]
    for label, row, score in zip(labels, counts, each, strict=True):
        cells = [*map(str, row), f"{score:.4f}"]
        lines.append(f"  {label:{width}}{_cells(cells, width)}")
    return "\n".join(lines)


def _cells(words: Sequence[str], width: int) -> str:
    return "".join(f"{word:>{width}}" for word in words)


def mistakes(labels: Sequence[str], counts: np.ndarray) -> str:
    """The commonest ones: truth, what it was taken for, how often."""
    wrong = counts * ~np.eye(len(labels), dtype=bool)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MISTAKES]
    pairs = [divmod(int(place), len(labels)) for place in order]
    lines = [f"  {labels[a]} as {labels[b]}: {wrong[a, b]}" for a, b in pairs if wrong[a, b]]
    return "\n".join(["commonest mistakes", *(lines or ["  none"])])


def hints(folder: Path, made: Texts, part: str) -> str:
    """How to go on."""
    run, example = shlex.quote(str(folder)), shlex.quote(made.passages[part][0].text)
    return f"""The run is in {folder}.
  python -m experiments.classify_text --run={run} --text={example}
  in Python: seqjax.load({str(folder)!r})"""
