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

import tempfile
from pathlib import Path

import jax

from experiments import flags, launch
from experiments.benchmark import machine
from experiments.benchmark.word_vectors import text
from experiments.benchmark.word_vectors.compare import SpeedConfig, compare, objective_config
from experiments.benchmark.word_vectors.gensim_side import library
from seqjax.basics import memory


def main() -> None:
    """Prints the machine, then the table."""
    with launch.mistakes():
        config = flags.parse(SpeedConfig)
        memory.threads(config.threads)
        objective = objective_config(config)
        version = library().__version__
    cores = machine.cores()
    print(f"{jax.devices()[0].device_kind}, {cores} cores, jax {jax.__version__}, gensim {version}"
          f" with {config.workers} workers")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prepared.txt"
        with launch.mistakes():
            count = text.prepare(config.data, path, config.first)
            corpus, reading = text.read(path, config.minimum, config.size)
        print(f"{config.objective}: {count:,} words, {config.epochs} epochs, {config.seeds} seeds")
        print(f"seqjax: reading {reading:.1f} s, {len(corpus.words):,} words", flush=True)
        print(compare(config, objective, path, corpus))


if __name__ == "__main__":
    flags.define(SpeedConfig)
    launch.run(main)
