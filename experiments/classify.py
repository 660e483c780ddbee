"""Trains a classifier of texts or other sequences: python -m experiments.classify --data=FILE.

Without flags: passages of the documentation that Python carries by their subject, a minute or two
on two cores. The run directory (--workdir) holds everything; the same command again goes on where
it stopped. A baseline, the mean of the embeddings, is trained beside it. Then

    python -m experiments.predict --run=FOLDER --text="what is this about"
"""

from __future__ import annotations

from pathlib import Path

from experiments import flags, launch, training
from seqjax.runs.members import several
from seqjax.tasks.classification import TASK
from seqjax.tasks.classification.compare import CompareConfig, check_compare, comparison, fresh
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.training import processes


def main() -> int:
    """Returns the exit status."""
    with launch.mistakes():
        configs = training.settings(TASK)
        compare = flags.parse(CompareConfig)
        check_compare(compare, flags.parse(PretrainedConfig))
        if compare.compare_vectors and (training.seeds() or several(configs)):
            raise ValueError("compare_vectors: got it with several runs, want one of them")
    status = training.train(TASK, configs, training.seeds())
    if status or not compare.compare_vectors:
        return status
    if processes.first():
        print("\nThe same with fresh vectors:")
    status = training.train(TASK, fresh(*configs))
    if not status and processes.first():
        print(f"\n{comparison(Path(configs[0].workdir))}")
    return status


if __name__ == "__main__":
    training.define(TASK, CompareConfig)
    launch.run(main)
