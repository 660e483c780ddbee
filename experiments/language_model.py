"""Trains a language model on a text: python -m experiments.language_model --data=FILE.

Without flags: characters of the documentation that Python carries, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.generate --run=FOLDER --prompt="The"
    python -m experiments.score --run=FOLDER --text="one sentence" --text="another"
    python -m experiments.predict --run=FOLDER --text="The likeliest next"
"""

from experiments import training
from seqjax.tasks.language_model import TASK

if __name__ == "__main__":
    training.start(TASK)
