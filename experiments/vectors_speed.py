"""Words/s of training word vectors, and how good they are, beside gensim in the same run.

    python -m experiments.vectors_speed --data=FILE --objective=skip_gram --epochs=5 --seeds=3

Both sides read one prepared file, lower-cased letters with a blank between words and 1,000 words a
line, with the same flags: for each seed seqjax, then gensim (corpus_file, --workers threads). Apart
are stated: reading with the vocabulary, and compilation. Seconds are those of training alone, all
epochs, seqjax's pipeline (subsampling, windows) among them. Words/s are raw, of all words of the
file times epochs, and after subsampling, of those expected to be kept: the same numbers on both
sides. Quality: Spearman correlation with WordSim-353 and SimLex-999 and analogies within the
30,000 commonest words, unknown words left out, measured for both by the same code.

For glove there is no other side here: entries/s alone.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import optax

from experiments import flags, gensim_vectors, launch, vectors_data
from experiments.vectors import step_of
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import Source, stream
from seqjax.data.builtin.docstrings import python_words
from seqjax.data.words.cooccurrence import cooccurrences
from seqjax.data.words.corpus import NEWLINE, SPLITS, WordCorpus, pieces, word_corpus
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.entries import WordEntries
from seqjax.data.words.subsampling import keep_probability
from seqjax.training.adaptation import Adaptation
from seqjax.training.step import begin
from seqjax.vectors.evaluation.analogy_test import analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import read_pairs, similarity_test
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig, rate_of

LINE = 1000
"""Words of a line of the prepared file: gensim's windows end there, ours do not."""
OBJECTIVES = ("skip_gram", "cbow", "glove")
FINAL = 1e-4
"""Share of the rate at the end; gensim falls to a rate of 1e-4, which is as good as 0 too."""


@dataclasses.dataclass(frozen=True)
class SpeedConfig:
    """What is measured."""

    data: str = option("", "file or files of text; nothing: the words of Python's documentation")
    objective: str = option("skip_gram", "skip_gram, cbow or glove")
    epochs: int = option(5, "passes over the text")
    seeds: int = option(3, "how often each side trains, each time with another seed")
    workers: int = option(2, "threads of gensim")
    first: int = option(0, "so many words of the text alone; 0: all")
    minimum: int = option(5, "a rarer word gets no vector")
    size: int = option(100, "numbers of a vector")
    window: int = option(5, "words on each side that a window reaches")
    negatives: int = option(5, "negatives that each prediction is told from")
    sample: float = option(1e-3, "words of a larger share are left out at random; 0: none")
    rate: float = option(0.0, "learning rate of both sides; 0: 0.025, with cbow and glove 0.05")
    threads: int = option(1, "threads of the compiled program of seqjax; 0: all cores")
    piece: int = option(1 << 15, "words (glove: entries) of one call of the compiled program")


class Trained(NamedTuple):
    """What one seed gave."""

    seconds: float
    quality: dict[str, float]


Train = Callable[[int], tuple[float, KeyedVectors]]


def check(config: SpeedConfig) -> VectorsConfig:
    """The objective. Raises a ValueError for a flag that is wrong, before anything is read."""
    checks.lookup("objective", dict.fromkeys(OBJECTIVES), config.objective)
    for name in ("epochs", "seeds", "workers", "minimum", "size", "window", "negatives", "piece"):
        checks.positive(name, getattr(config, name))
    flags.natural("first", config.first)
    if not 0 <= config.sample <= 1:
        raise ValueError(f"sample: got {config.sample}, want a share in [0, 1]")
    made = VectorsConfig(
        objective=config.objective, size=config.size, window=config.window, rate=config.rate
    )
    if config.objective != "glove":
        made = dataclasses.replace(made, negatives=config.negatives)
    if config.objective == "cbow":  # as gensim has it
        made = dataclasses.replace(made, cbow_gradient="word2vec")
    build(dataclasses.replace(made, size=min(config.size, 2)), np.ones(2))
    vectors_data.files(config.data)
    return made


def prepared(config: SpeedConfig, path: Path) -> int:
    """Writes the text as words with blanks between them, ``LINE`` a line; returns their number."""
    split = SPLITS["letters"]
    paths = vectors_data.files(config.data)
    texts = pieces(paths, split) if paths else map(split, python_words())
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in _lines(texts, config.first):
            file.write(" ".join(line) + "\n")
            count += len(line)
    return count


def _lines(texts: Iterator[list[str]], most: int) -> Iterator[list[str]]:
    """``LINE`` words at a time, ``most`` in all unless it is 0."""
    held: list[str] = []
    left = most or float("inf")
    for text in texts:
        held += [word for word in text if word != NEWLINE]
        while len(held) >= LINE and left > 0:
            line, held = held[: int(min(LINE, left))], held[LINE:]
            left -= len(line)
            yield line
        if left <= 0:
            return
    if held:
        yield held[: int(min(len(held), left))]


def ours(
    config: SpeedConfig, made: VectorsConfig, corpus: WordCorpus, keep: np.ndarray
) -> tuple[float, int, Train]:
    """(seconds of compilation, entries of GloVe or 0, what trains)."""
    objective = build(made, corpus.counts)

    def source(seed: int) -> Source:
        return CorpusPieces(
            corpus, keep, window=made.window, dynamic=made.dynamic, length=config.piece, seed=seed
        )

    entries = 0
    if made.objective == "glove":
        counted = cooccurrences(corpus, window=made.window, symmetric=made.symmetric)
        whole = WordEntries(counted, part="train", held_out=0.0, length=config.piece)
        entries, source = whole.entries, lambda seed: whole
    steps = config.epochs * len(source(0))
    step, still = step_of(objective, rate_of(made), FINAL, steps), Adaptation(1.0, False)

    def start(seed: int) -> tuple:
        first, noise = jax.random.split(jax.random.key(seed))
        state = begin(objective.init(first), optax.identity(), (), key=noise)
        return jax.block_until_ready(state), source(seed)

    def train(seed: int) -> tuple[float, KeyedVectors]:
        state, items = start(seed)
        before = time.perf_counter()
        batches = stream(items, seed=seed)
        for _ in range(steps):
            state, metrics = step(state, next(batches), still)
        jax.block_until_ready((state, metrics))
        seconds = time.perf_counter() - before
        return seconds, KeyedVectors(corpus.words, np.asarray(objective.vectors(state.params)))

    state, items = start(0)
    times = []
    for _ in range(2):  # the first call compiles, the second does not
        before = time.perf_counter()
        state, _ = jax.block_until_ready(step(state, items[0], still))
        times.append(time.perf_counter() - before)
    return max(0.0, times[0] - times[1]), entries, train


def quality(vectors: KeyedVectors) -> dict[str, float]:
    """Agreement with both similarity sets, and the share of analogies."""
    folder = gensim_vectors.tests()
    found = {
        Path(name).stem: similarity_test(vectors, read_pairs(folder / name)).spearman
        for name in gensim_vectors.SIMILARITY
    }
    scores = analogy_test(vectors, read_analogies(folder / gensim_vectors.ANALOGIES))
    return {**found, "analogies": totals(scores)["total"].answered_only}


def mean(values: list[float], form: str) -> str:
    """The mean, and behind it the lowest and highest."""
    low, high = min(values), max(values)
    return f"{statistics.fmean(values):{form}} ({low:{form}} to {high:{form}})"


def table(config: SpeedConfig, found: Mapping[str, list[Trained]], amounts: Mapping) -> str:
    """One line a seed and side, then the means with their spread, then the ratio."""
    lines = []
    names = list(next(iter(found.values()))[0].quality)
    for side, runs in found.items():
        for seed, (seconds, measured) in enumerate(runs):
            shown = "  ".join(f"{name} {value:.4f}" for name, value in measured.items())
            lines.append(f"{side:7} seed {seed}  {seconds:7.1f} s  {shown}")
    for side, runs in found.items():
        for unit, amount in amounts.items():
            speeds = [config.epochs * amount / run.seconds for run in runs]
            lines.append(f"{side:7} {unit:26} {mean(speeds, ',.0f')}")
        for name in names:
            lines.append(f"{side:7} {name:26} {mean([r.quality[name] for r in runs], '.4f')}")
    if len(found) == 2:
        pairs = zip(found["seqjax"], found["gensim"], strict=True)
        ratios = [theirs.seconds / mine.seconds for mine, theirs in pairs]
        lines.append(f"seqjax trains {mean(ratios, '.2f')} times as fast")
    return "\n".join(lines)


def counted(config: SpeedConfig, path: Path) -> tuple[WordCorpus, float]:
    """The corpus of the prepared file, and the seconds of reading it."""
    before = time.perf_counter()
    corpus = word_corpus([path], split="pretokenised", minimum=config.minimum)
    if config.size > len(corpus.words):
        raise ValueError(f"size: got {config.size}, want {len(corpus.words)} or less, the words")
    return corpus, time.perf_counter() - before


def compare(config: SpeedConfig, made: VectorsConfig, path: Path, corpus: WordCorpus) -> str:
    """Trains all seeds, one side after the other; prints what came before."""
    keep = keep_probability(corpus.counts, config.sample)
    compiling, entries, train = ours(config, made, corpus, keep)
    print(f"seqjax: compiling {compiling:.1f} s", flush=True)
    amounts = {"words/s, raw": corpus.read, "words/s after subsampling": corpus.counts @ keep}
    sides: dict[str, Train] = {"seqjax": train}
    if made.objective == "glove":
        amounts = {"entries/s": entries}
    else:
        other = gensim_vectors.prepare(
            path, made, minimum=config.minimum, sample=config.sample, epochs=config.epochs,
            workers=config.workers,
        )  # fmt: skip
        print(f"gensim: reading {other.reading:.1f} s, {other.words:,} words", flush=True)
        sides["gensim"] = other.train
    found: dict[str, list[Trained]] = {side: [] for side in sides}
    for seed in range(config.seeds):
        for side, train in sides.items():
            seconds, vectors = train(seed)
            found[side].append(Trained(seconds, quality(vectors)))
            print(f"{side} seed {seed}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return table(config, found, amounts)


def main() -> None:
    """Prints the machine, then the table."""
    with launch.mistakes():
        config = flags.parse(SpeedConfig)
        launch.threads(config.threads)
        made = check(config)
        version = gensim_vectors.library().__version__
    cores = len(os.sched_getaffinity(0))
    print(f"{jax.devices()[0].device_kind}, {cores} cores, jax {jax.__version__}, gensim {version}"
          f" with {config.workers} workers")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prepared.txt"
        with launch.mistakes():
            count = prepared(config, path)
            corpus, reading = counted(config, path)
        print(f"{config.objective}: {count:,} words, {config.epochs} epochs, {config.seeds} seeds")
        print(f"seqjax: reading {reading:.1f} s, {len(corpus.words):,} words", flush=True)
        print(compare(config, made, path, corpus))


if __name__ == "__main__":
    flags.define(SpeedConfig)
    launch.run(main)
