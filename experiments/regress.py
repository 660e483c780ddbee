"""Trains a model from sequences of numbers to numbers: python -m experiments.regress --data=FILE.

Without flags: forecasts of generated waves, half a minute on two cores. The run directory
(--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.predict --run=FOLDER --file=new.csv --out=forecast.csv
"""

from experiments import training
from seqjax.tasks.regression import TASK

if __name__ == "__main__":
    training.start(TASK)
