"""What is printed at the end of a run: figures, what was mistaken for what, what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

from experiments.signals import Signals
from experiments.transcribe_figures import Guess, error_rate, heard, hearer
from seqjax.runs import Loaded
from seqjax.training.fit import Figures

BEAM = 16
SHOWN = 5


def text(folder: Path, best: Loaded, made: Signals, part: str, figures: Figures) -> str:
    """The whole report."""
    whole = best.record["config"]["output"] == "label"
    source, said = made.sources[part], made.said[part]
    guesses = heard(hearer(best.model, whole=whole), best.params, source, made.labels)
    note = ", which chose the step" if part == "valid" else ", none of them trained on"
    title = f"{part} part ({len(said):,} recordings{note}), step {best.step}"
    body = labels(said, guesses) if whole else sequences(best, made, part, guesses)
    return "\n\n".join(
        [f"{title}\n{body}", examples(made.names[part], said, guesses), hint(folder)]
    )


def labels(said: list[list[str]], guesses: list[list[Guess]]) -> str:
    """Accuracy, that of the commonest label, and what was mistaken most often."""
    pairs = [(one[0], each[0].labels[0]) for one, each in zip(said, guesses, strict=True)]
    right = sum(a == b for a, b in pairs)
    _, common = Counter(a for a, _ in pairs).most_common(1)[0]
    lines = [
        f"  accuracy                        {right / len(pairs):8.2%} ({right} of {len(pairs)})",
        f"  always the commonest label      {common / len(pairs):8.2%}",
    ]
    mistakes = Counter((a, b) for a, b in pairs if a != b).most_common(SHOWN)
    lines += [f"  {a} taken for {b}: {count}" for (a, b), count in mistakes]
    return "\n".join(lines)


def sequences(best: Loaded, made: Signals, part: str, greedy: list[list[Guess]]) -> str:
    """Label error rates of both ways of decoding."""
    source, said = made.sources[part], made.said[part]
    hear = hearer(best.model, whole=False, beam=BEAM)
    lines = ["                       label error rate   all labels right"]
    for name, guesses in (
        ("greedy", greedy),
        (f"prefix beam {BEAM}", heard(hear, best.params, source, made.labels)),
    ):
        right = sum(a == b[0].labels for a, b in zip(said, guesses, strict=True))
        lines.append(f"  {name:20} {error_rate(said, guesses):16.2%} {right / len(said):18.2%}")
    count = sum(map(len, said))
    return "\n".join([*lines, f"  ({count:,} labels were said)"])


def examples(names: list[str], said: list[list[str]], guesses: list[list[Guess]]) -> str:
    """The first few recordings."""
    lines = ["recording: said / heard"]
    for name, one, each in list(zip(names, said, guesses, strict=True))[:SHOWN]:
        lines.append(f"  {name}: {' '.join(one)} / {' '.join(each[0].labels)}")
    return "\n".join(lines)


def hint(folder: Path) -> str:
    """The command that predicts."""
    run = shlex.quote(f"--run={folder}")
    return f"To transcribe a file:\n  python -m experiments.transcribe_file {run} --file=FILE"
