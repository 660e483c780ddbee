"""Trains a transcriber of speech or other signals: python -m experiments.transcribe --data=FOLDER.

Without flags: generated beeps to their pitches, a minute or two on two cores. --output=ctc writes
down a sequence of labels, --output=label one for the whole recording. The run directory (--workdir)
holds everything; the same command again goes on where it stopped. Then

    python -m experiments.predict --run=FOLDER --file=one.wav --file=another.wav
    python -m experiments.predict --run=FOLDER --file=FOLDER_OF_FILES --beam=16 --count=3

A line for each guess: name, what was heard, log probability; the likeliest first.
"""

from experiments import training
from seqjax.tasks.transcription import TASK

if __name__ == "__main__":
    training.start(TASK)
