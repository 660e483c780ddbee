"""Trains a composer of music or of labelled texts: python -m experiments.compose --task=music.

Without --data: chords of four voices, or names as Python's library has them for functions, classes
and so on; a minute or two on two cores. The run directory (--workdir) holds everything; the same
command again goes on where it stopped. Then

    python -m experiments.compose_piece --run=FOLDER --first=60,64,67 --out=piece.mid
    python -m experiments.compose_piece --run=FOLDER --label=exception
"""

from experiments import training
from seqjax.tasks.composition import TASK

if __name__ == "__main__":
    training.start(TASK)
