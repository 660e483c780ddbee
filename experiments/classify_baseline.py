"""The averaged-embedding baseline, trained beside each recurrent classifier on the same batches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import jax
import optax

from experiments.classify_figures import outcome, outcomes
from seqjax.data import Source, stream
from seqjax.data.buckets import Buckets
from seqjax.models.classifier import Classifier
from seqjax.training.adaptation import Adaptation
from seqjax.training.fit import Figures
from seqjax.training.step import begin, train_step

Adjust = Callable[[optax.GradientTransformation], optax.GradientTransformation]
FILE = "baseline.json"
EPOCHS, PATIENCE, RATE = 30, 5, 2e-3
"""At most so many passes; so many without a smaller validation error end it; Adam's rate."""


def kept(
    folder: Path,
    model: Classifier,
    adjust: Adjust,
    sources: dict[str, Buckets],
    *,
    part: str,
    several: bool,
    seed: int,
) -> Figures:
    """The figures of the baseline on ``part``, and its "epoch"; from the run, if they are there."""
    path = folder / FILE
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    found = fit(model, adjust, sources, part=part, several=several, seed=seed)
    aside = path.with_name(path.name + ".aside")
    aside.write_text(json.dumps(found) + "\n", encoding="utf-8")
    os.replace(aside, path)
    return found


def fit(
    model: Classifier,
    adjust: Adjust,
    sources: dict[str, Buckets],
    *,
    part: str,
    several: bool,
    seed: int,
) -> Figures:
    """Trains with Adam; tests the parameters with the smallest validation error.

    The same seed and sources give the same figures.
    """
    first, noise = jax.random.split(jax.random.key(seed))
    chain, look = adjust(optax.adam(RATE)), outcomes(model)
    step, fixed = train_step(model.loss, chain), Adaptation(1.0, False)
    state = begin(model.init(first), chain, (), key=noise)
    train: Source = sources["train"]
    batches = stream(train, seed=seed)
    best, chosen, params = float("inf"), 0, state.params
    for epoch in range(1, EPOCHS + 1):
        for _ in range(len(train)):
            state, _ = step(state, next(batches), fixed)
        error = outcome(look, state.params, sources["valid"], several).figures["error"]
        if error < best:
            # A copy: the next step takes the buffers away.
            best, chosen, params = error, epoch, jax.tree.map(lambda a: a.copy(), state.params)
        elif epoch - chosen >= PATIENCE:
            break
    return {**outcome(look, params, sources[part], several).figures, "epoch": chosen}
