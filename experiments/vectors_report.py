"""What a launch that trains word vectors says: what it begins with, and what came out."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import numpy as np

from experiments.vectors_data import DEFAULT
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.training.logs import NAME, Logs, read
from seqjax.vectors import files
from seqjax.vectors.evaluation.analogy_test import analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import read_pairs, similarity_test
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import check_contexts, trained

if TYPE_CHECKING:
    from experiments.vectors import Training

SHOWN = 8
"""Words whose neighbours are shown, where none were asked for."""
PYTHONS = "function,string,exception,integer,dictionary,thread,server,class"
"""Those of the text that Python carries."""


@dataclasses.dataclass(frozen=True)
class ReportConfig:
    """What is done with the vectors at the end."""

    save: str = option(
        "vectors.bin", "files in the folder of the run, with commas between them, as their ends"
        " say: .bin and .txt (word2vec), .glove, .npz"
    )  # fmt: skip
    contexts: str = option(
        "", "files for the vectors of words as contexts (the output table), named as in --save"
    )
    show: str = option("", "words whose neighbours are printed, with commas between them")
    similarity: str = option("", "files of word pairs with scores, with commas between them")
    analogies: str = option("", "file of analogy questions")


def check(config: ReportConfig, vectors: VectorsConfig) -> None:
    """Raises a ValueError, before training, for a file that could not be read or written after."""
    for flag, names in (("save", config.save), ("contexts", config.contexts)):
        for name in filter(None, names.split(",")):
            if Path(name).suffix not in {files.NUMPY, *files.ENDINGS} or Path(name).name != name:
                raise ValueError(f"{flag}: got {name!r}, want names without folders that end in"
                                 f" {', '.join([files.NUMPY, *files.ENDINGS])}")  # fmt: skip
    if config.contexts:
        check_contexts(vectors)
    for path in filter(None, config.similarity.split(",")):
        read_pairs(path)
    if config.analogies:
        read_analogies(config.analogies)


def beginning(training: Training, done: int) -> str:
    """What is trained on what, from where, and what is to be feared."""
    text, loop, folder = training.text, training.loop, training.run.workdir
    corpus = text.corpus
    kept = float((corpus.counts * text.keep).sum()) / max(1, corpus.train)
    shapes = jax.tree.leaves(jax.eval_shape(training.objective.init, jax.random.key(0)))
    lines = [
        f"{text.data['name']}: {corpus.read:,} words read, {len(corpus.words):,} different ones"
        f" with {len(corpus.ids):,} occurrences, {kept:.0%} of which subsampling keeps",
        training.about,
        f"{training.config.objective}: {sum(leaf.size for leaf in shapes):,} parameters,"
        f" {training.run.epochs} epochs, {loop.steps:,} steps",
        training.warning,
        f"Resuming in {folder} after step {done}" if done else f"Training in {folder}",
    ]
    return "\n".join(filter(None, lines))


def finish(training: Training, config: ReportConfig, params: Params, logs: Logs) -> str:
    """Writes the vectors, measures what was asked for, and says it."""
    folder = Path(training.run.workdir)
    model = trained(training.config, training.words)
    vectors = model.vectors(params)
    names = [name for name in config.save.split(",") if name]
    for name in names:
        files.save(folder / name, vectors)
    for name in filter(None, config.contexts.split(",")):
        files.save(folder / name, model.contexts(params))
    measured = measures(vectors, config)
    if measured:
        logs.write(training.loop.steps, "test", {name: value for name, value, _ in measured})
    parts = [
        neighbours(vectors, config.show or PYTHONS * (training.text.data["name"] == DEFAULT)),
        history(folder, training.objective.unit),
        "\n".join(f"{name}: {value:.4f} ({covered})" for name, value, covered in measured),
        hints(folder, names),
    ]
    return "\n\n".join(filter(None, parts))


def history(folder: Path, unit: str) -> str:
    """What the log says: the held-out loss before and after, and how fast training was."""
    rows = read(folder / NAME)
    losses = [row["loss"] for row in rows if row["kind"] == "valid"]
    names = {
        "raw_words_per_second": "words/s",
        "kept_words_per_second": "words/s after subsampling",
        f"{unit}_per_second": f"{unit}/s",
    }
    if unit == "words":  # those kept, but for windows without a context
        del names["words_per_second"]
    found = {label: [row[name] for row in rows if name in row] for name, label in names.items()}
    speeds = [f"{np.median(values):,.0f} {label}" for label, values in found.items() if values]
    lines = [f"held-out loss: {losses[0]:.4f} before training, {losses[-1]:.4f} after"]
    return "\n".join([*lines, f"speed: {', '.join(speeds)}"] if speeds else lines)


def measures(vectors: KeyedVectors, config: ReportConfig) -> list[tuple[str, float, str]]:
    """(name, figure, how much was covered) of each set."""
    found = []
    for path in filter(None, config.similarity.split(",")):
        agreement = similarity_test(vectors, read_pairs(path))
        name = f"spearman {Path(path).stem}"
        found.append((name, agreement.spearman, f"{agreement.covered} of {agreement.pairs} pairs"))
    if config.analogies:
        for name, score in totals(analogy_test(vectors, read_analogies(config.analogies))).items():
            if score.answered:
                covered = f"{score.answered:,} of {score.questions:,} questions"
                found.append((f"analogies {name}", score.answered_only, covered))
    return found


def neighbours(vectors: KeyedVectors, show: str) -> str:
    """The words nearest to some: to those asked for, or to some of middling frequency."""
    asked = vectors.covered([word for word in show.split(",") if word])
    if not asked:
        last = min(len(vectors), 2000)
        ranks = np.geomspace(max(1, last // 20), last, SHOWN + 1)[:-1].astype(int)
        asked = [vectors.words[rank] for rank in dict.fromkeys(ranks.tolist())]
    rows = zip(asked, nearest(vectors, asked, 6), strict=True)
    return "\n".join(
        ["nearest words", *(f"  {word:14} {' '.join(n.word for n in near)}" for word, near in rows)]
    )


def hints(folder: Path, names: list[str]) -> str:
    """How to go on."""
    lines = [f"The run is in {folder}."]
    if names:
        path = shlex.quote(str(folder / names[0]))
        lines += [
            f"  python -m experiments.nearest --vectors={path}",
            f"  python -m experiments.evaluate_vectors --vectors={path} --similarity=FILE",
            f"  python -m experiments.classify --data=FILE --vectors={path}",
            f"  in Python: seqjax.vectors.load({str(folder / names[0])!r})",
        ]
    return "\n".join(lines)
