from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.training.config import Optimization
from seqjax.training.schedules import schedule


def rates(config: Optimization, steps_per_epoch: int, steps: int) -> np.ndarray:
    function = jax.jit(jax.vmap(schedule(config, steps_per_epoch, steps)))
    return np.asarray(jnp.broadcast_to(function(jnp.arange(steps)), (steps,)), np.float64)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_constant(name: str) -> None:
    np.testing.assert_allclose(rates(Optimization(rate=20.0, schedule=name), 3, 7), 20.0)


# Zaremba et al. 2014: (decay, epochs at the full rate, all epochs)
@pytest.mark.parametrize(
    ("decay", "after", "epochs"), [(0.5, 4, 13), (0.8, 6, 39), (1 / 1.15, 14, 55)]
)
def test_step_decay_of_zaremba(decay: float, after: int, epochs: int) -> None:
    """Written as the loop over epochs that the paper describes."""
    config = Optimization(rate=1.0, schedule="step", decay=decay, decay_after=after)
    want, rate = [], 1.0
    for epoch in range(1, epochs + 1):
        if epoch > after:
            rate *= decay
        want += [rate] * 11
    np.testing.assert_allclose(rates(config, 11, 11 * epochs), want, rtol=3e-6)


def test_step_decay_every() -> None:
    config = Optimization(rate=8.0, schedule="step", decay=0.5, decay_after=2, decay_every=3)
    epochs = [8, 8, 4, 4, 4, 2, 2, 2, 1]
    np.testing.assert_allclose(rates(config, 2, 18), np.repeat(epochs, 2), rtol=1e-6)


def test_step_decay_begins_at_the_very_step() -> None:
    """388 is an epoch whose multiples, divided as floats under jit, fall short."""
    config = Optimization(rate=1.0, schedule="step", decay=0.5)
    want = 0.5 ** (np.arange(388 * 17) // 388)
    np.testing.assert_allclose(rates(config, 388, 388 * 17), want, rtol=1e-6)


def test_cosine() -> None:
    config = Optimization(rate=3.0, schedule="cosine", final=0.1)
    want = [3 * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * t / 50))) for t in range(50)]
    np.testing.assert_allclose(rates(config, 10, 50), want, rtol=1e-5)
    assert schedule(config, 10, 50)(50) == pytest.approx(0.3)


def test_one_cycle() -> None:
    config = Optimization(rate=5.0, schedule="one_cycle", warmup=0.2, final=0.1)
    got = rates(config, 10, 50)
    want = [0.2 + (5 - 0.2) * t / 10 for t in range(10)]
    want += [5 * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * t / 40))) for t in range(40)]
    np.testing.assert_allclose(got, want, rtol=1e-5)
    assert got[0] > 0


def test_one_cycle_without_warmup_is_the_cosine() -> None:
    one = Optimization(schedule="one_cycle", warmup=0.0)
    np.testing.assert_allclose(
        rates(one, 10, 50), rates(Optimization(schedule="cosine"), 10, 50), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "sizes", "message"),
    [
        (
            {"schedule": "cosin"},
            (1, 1),
            "schedule: got 'cosin', want .*did you mean 'cosine'",
        ),
        ({}, (0, 5), "steps_per_epoch: got 0, want an integer of 1 or more"),
        ({}, (5, 0), "steps: got 0"),
        ({"decay": 0.2}, (1, 1), "decay: got 0.2, but schedule 'constant' does not use it"),
    ],
)
def test_refuses(changes: dict, sizes: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        schedule(Optimization(**changes), *sizes)
