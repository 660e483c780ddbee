"""Trains an encoder-decoder on pairs of texts: python -m experiments.translate --data=FOLDER.

Without flags: dates as people write them into ISO 8601, character by character, a minute or two on
two cores. The run directory (--workdir) holds everything; the same command again goes on where it
stopped. Then

    python -m experiments.predict --run=FOLDER --text="3 May 1979"
    python -m experiments.attention --run=FOLDER --text="3 May 1979" --out=attention.png
"""

from experiments import training
from seqjax.tasks.translation import TASK

if __name__ == "__main__":
    training.start(TASK)
