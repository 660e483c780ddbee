"""Runs: trained, kept in a directory that describes itself, opened again."""

from seqjax.runs.begin import begun
from seqjax.runs.comparison import Comparison, compare
from seqjax.runs.load import load
from seqjax.runs.lock import hold
from seqjax.runs.run import Run
from seqjax.runs.together import train_many
from seqjax.runs.train import train
from seqjax.tasks.run_record import CHECKPOINTS, RECORD, read_record

__all__ = [
    "CHECKPOINTS",
    "RECORD",
    "Comparison",
    "Run",
    "begun",
    "compare",
    "hold",
    "load",
    "read_record",
    "train",
    "train_many",
]
