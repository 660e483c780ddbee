"""What is printed at the end of a composer's training: figures beside baselines, samples."""

from __future__ import annotations

import shlex
from pathlib import Path

import jax
import numpy as np

from experiments.compose_data import Pieces
from experiments.compose_piece import PieceConfig, lines
from seqjax.data.buckets import Buckets
from seqjax.objectives import bits
from seqjax.runs import Loaded
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures


def text(folder: Path, best: Loaded, made: Pieces, part: str, found: Figures) -> str:
    """The whole report."""
    if made.labels:
        drawn = "\n".join(lines(best, PieceConfig(count=3)))
        return "\n\n".join([of_text(best, made, part, found), drawn, hints(folder, best)])
    return "\n\n".join([of_music(best, made, part, found), hints(folder, best)])


def of_music(best: Loaded, made: Pieces, part: str, found: Figures) -> str:
    """Nats a frame, beside those of keys that sound as often as in the training part."""
    train, held_out = (_frames(made.sources[name]) for name in ("train", part))
    often = (train.sum(0) + 0.5) / (len(train) + 1)
    apart = -(np.log(np.where(held_out, often, 1 - often))).sum(1).mean()
    return "\n".join(
        [
            f"nats per frame of 88 keys on the {part} part ({len(held_out):,} frames)",
            f"  {f'this model (step {best.step})':34} {found['loss']:8.3f}"
            f"   frame accuracy {found['accuracy']:.2%}",
            f"  {'each key as often as in training':34} {apart:8.3f}",
        ]
    )


def of_text(best: Loaded, made: Pieces, part: str, found: Figures) -> str:
    """Bits a token with the right labels and with wrong ones, and those of single tokens."""
    source = made.sources[part]
    look, count = jax.jit(best.model.evaluate), made.labels
    wrong = ({**item, "labels": (item["labels"] + 1) % count} for item in source)
    other = evaluate(look, best.params, (), wrong)["loss"]
    train, held_out = (
        np.concatenate([e["targets"] for e in made.sources[name].examples])
        for name in ("train", part)
    )
    size = len(made.vocabularies["words"])
    often = (np.bincount(train, minlength=size) + 0.5) / (len(train) + 0.5 * size)
    unit = best.tokenizer.unit
    rows = [
        (f"this model (step {best.step})", found["loss"]),
        ("the same, told wrong labels", other),
        ("unigram", -np.log(often[held_out]).mean()),
    ]
    head = f"bits per {unit} on the {part} part ({len(held_out):,} {unit}s)"
    return "\n".join([head, *(f"  {label:34} {bits(nats):8.3f}" for label, nats in rows)])


def _frames(source: Buckets) -> np.ndarray:
    """bool [N, 88] of all pieces."""
    return np.concatenate([example["targets"] for example in source.examples])


def hints(folder: Path, best: Loaded) -> str:
    """How to go on."""
    run = shlex.quote(str(folder))
    how = "--first=60,64,67 --out=piece.wav"
    if labels := best.vocabularies.get("labels"):
        how = f"--label={shlex.quote(labels.tokens[0])}"
    return f"""The run is in {folder}.
  python -m experiments.compose_piece --run={run} {how}
  in Python: seqjax.load({str(folder)!r})"""
