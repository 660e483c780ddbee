"""Trains word vectors on a text: python -m experiments.vectors --objective=skip_gram --data=FILE.

Without flags: words of the documentation that Python carries, a minute on two cores. The run
directory (--workdir) holds everything, the vectors as vectors.bin too; the same command again goes
on where it stopped, in the middle of an epoch or not. Then

    python -m experiments.nearest --vectors=FOLDER
"""

from typing import Any

from experiments import training
from seqjax.basics import memory
from seqjax.tasks.word_vectors import TASK
from seqjax.tasks.word_vectors.config import thread_count


def before(run: Any, corpus: Any, config: Any, *others: Any) -> None:
    """Sets the number of threads, while JAX has not been used yet."""
    memory.threads(thread_count(run, config))


if __name__ == "__main__":
    training.start(TASK, before=before)
