"""Trains a tagger of words in sentences: python -m experiments.tag --data=FOLDER.

Without flags: tokens of Python's standard library by their role, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.predict --run=FOLDER --text="a sentence to tag"
"""

from experiments import training
from seqjax.tasks.tagging import TASK

if __name__ == "__main__":
    training.start(TASK)
