"""Both sides trained on one file, seed after seed: what is asked for, checked, and run."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.benchmark.word_vectors.gensim_side import Train, gensim_training
from experiments.benchmark.word_vectors.report import Trained, quality, table
from experiments.benchmark.word_vectors.seqjax_side import seqjax_training
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.words.corpus import WordCorpus
from seqjax.data.words.subsampling import keep_probability
from seqjax.tasks.word_vectors.config import names
from seqjax.tasks.word_vectors.corpus import text_files
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig

OBJECTIVES = ("skip_gram", "cbow", "glove")


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


def objective_config(config: SpeedConfig) -> VectorsConfig:
    """The objective, as gensim has it.

    Raises:
      ValueError: for a flag that is wrong, before anything is read.
    """
    checks.lookup("objective", dict.fromkeys(OBJECTIVES), config.objective)
    for name in ("epochs", "seeds", "workers", "minimum", "size", "window", "negatives", "piece"):
        checks.positive(name, getattr(config, name))
    checks.natural("first", config.first)
    if not 0 <= config.sample <= 1:
        raise ValueError(f"sample: got {config.sample}, want a share in [0, 1]")
    objective = VectorsConfig(
        objective=config.objective, size=config.size, window=config.window, rate=config.rate
    )
    if config.objective != "glove":
        objective = dataclasses.replace(objective, negatives=config.negatives)
    if config.objective == "cbow":
        objective = dataclasses.replace(objective, cbow_gradient="word2vec")
    # One for two words refuses all that one for many does, but for its size.
    build(dataclasses.replace(objective, size=min(config.size, 2)), np.ones(2))
    text_files(names(config.data))
    return objective


def compare(config: SpeedConfig, objective: VectorsConfig, path: Path, corpus: WordCorpus) -> str:
    """Trains all seeds, one side after the other; prints what came before, returns the table."""
    keep = keep_probability(corpus.counts, config.sample)
    ours = seqjax_training(objective, corpus, keep, epochs=config.epochs, piece=config.piece)
    print(f"seqjax: compiling {ours.compiling:.1f} s", flush=True)
    sides: dict[str, Train] = {"seqjax": ours.train}
    amounts: Mapping[str, float] = {"entries/s": ours.entries}
    if objective.objective != "glove":
        theirs = gensim_training(
            path, objective, minimum=config.minimum, sample=config.sample, epochs=config.epochs,
            workers=config.workers,
        )  # fmt: skip
        print(f"gensim: reading {theirs.reading:.1f} s, {theirs.words:,} words", flush=True)
        sides["gensim"] = theirs.train
        kept = float(corpus.counts @ keep)
        amounts = {"words/s, raw": corpus.read, "words/s after subsampling": kept}
    trained: dict[str, list[Trained]] = {side: [] for side in sides}
    for seed in range(config.seeds):
        for side, train in sides.items():
            seconds, vectors = train(seed)
            trained[side].append(Trained(seconds, quality(vectors)))
            print(f"{side} seed {seed}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return table(trained, amounts, config.epochs)
