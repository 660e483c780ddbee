"""What is said and written at the end of a run: vectors as files, neighbours, figures, hints."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import of_record
from seqjax.tasks.task import DataSet
from seqjax.tasks.word_vectors.config import OutcomeConfig, names
from seqjax.tasks.word_vectors.read import DEFAULT
from seqjax.tasks.word_vectors.vectors import contexts, vectors
from seqjax.training.fit import Figures
from seqjax.training.logs import NAME, read
from seqjax.vectors import files
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest

SHOWN = 8
"""Words whose neighbours are shown, where none were asked for."""
PYTHON_WORDS = "function,string,exception,integer,dictionary,thread,server,class"
"""Those of the text that Python carries."""


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Writes the vectors; neighbours, losses and speed, tests of the vectors, how to go on."""
    config = of_record(OutcomeConfig, best.record)
    save(best, config)
    tests = data_set.parts[part].records
    shown = config.show or PYTHON_WORDS * (best.record["data"]["name"] == DEFAULT)
    parts = [
        neighbour_lines(vectors(best), names(shown)),
        history(best.folder, best.model.objective.unit),
        "\n".join(line for test in tests for line in test.lines(figures)),
        hints(best, config),
    ]
    return "\n\n".join(filter(None, parts))


def save(best: Loaded, config: OutcomeConfig) -> None:
    """Writes the files of vectors into the folder of the run.

    Raises:
      ValueError: for words that a format cannot hold, or contexts of output=hierarchical.
    """
    for name in names(config.save):
        files.save(best.folder / name, vectors(best))
    for name in names(config.contexts):
        files.save(best.folder / name, contexts(best))


def neighbour_lines(keyed: KeyedVectors, shown: list[str]) -> str:
    """The words nearest to some: to those asked for, or to some of middling frequency.

    "" where none of them has a vector that is not zero.
    """
    words = keyed.directed_words(shown)
    if not words:
        last = min(len(keyed), 2000)
        ranks = np.geomspace(max(1, last // 20), last, SHOWN + 1)[:-1].astype(int)
        words = keyed.directed_words([keyed.words[rank] for rank in dict.fromkeys(ranks.tolist())])
    if not words:
        return ""
    rows = zip(words, nearest(keyed, words, 6), strict=True)
    return "\n".join(
        ["nearest words", *(f"  {word:14} {' '.join(n.word for n in near)}" for word, near in rows)]
    )


def history(folder: Path, unit: str) -> str:
    """What the log says: the held-out loss before and after, and how fast training was."""
    rows = read(folder / NAME)
    losses = [row["loss"] for row in rows if row["kind"] == "valid"]
    labels = {
        "raw_words_per_second": "words/s",
        "kept_words_per_second": "words/s after subsampling",
        f"{unit}_per_second": f"{unit}/s",
    }
    if unit == "words":  # those kept, but for windows without a context
        del labels["words_per_second"]
    speeds = {label: [row[name] for row in rows if name in row] for name, label in labels.items()}
    medians = [f"{np.median(values):,.0f} {label}" for label, values in speeds.items() if values]
    lines = [f"held-out loss: {losses[0]:.4f} before training, {losses[-1]:.4f} after"]
    return "\n".join([*lines, f"speed: {', '.join(medians)}"] if medians else lines)


def hints(best: Loaded, config: OutcomeConfig) -> str:
    """The folder of the run, and commands that use it."""
    folder, saved = best.folder, names(config.save)
    run, word = shlex.quote(str(folder)), shlex.quote(best.vocabulary.tokens[0])
    lines = [
        f"The run is in {folder}.",
        f"  python -m experiments.nearest --vectors={run}",
        f"  python -m experiments.predict --run={run} --text={word}",
    ]
    if saved:
        path = shlex.quote(str(folder / saved[0]))
        lines += [
            f"  python -m experiments.evaluate_vectors --vectors={path} --similarity=FILE",
            f"  python -m experiments.classify --data=FILE --vectors={path}",
        ]
    return "\n".join([*lines, f"  in Python: seqjax.load({str(folder)!r}).vectors()"])
