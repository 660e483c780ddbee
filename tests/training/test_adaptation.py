from __future__ import annotations

import itertools
import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walking import quick, same

from seqjax.training.adaptation import adapt, average_start, average_update
from seqjax.training.config import Optimization

LOSSES = st.lists(st.integers(0, 9).map(float), max_size=25)
# All histories of three values, equal ones among them.
HISTORIES = [
    list(h) for length in range(7) for h in itertools.product([1.0, 2.0, 3.0], repeat=length)
]


def test_plateau_of_the_word_language_model() -> None:
    """The loop as PyTorch's example has it."""
    config = Optimization(schedule="plateau", decay=0.25, rate=20.0)
    for history in HISTORIES:
        lr, best_val_loss = 20.0, None
        for val_loss in history:
            if best_val_loss is None or val_loss < best_val_loss:
                best_val_loss = val_loss
            else:
                lr /= 4.0
        assert 20.0 * adapt(config, history).scale == lr, history


@given(LOSSES, st.integers(0, 3))
def test_plateau_with_patience_is_that_of_torch(history: list[float], patience: int) -> None:
    torch = pytest.importorskip("torch")
    peer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    rule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        peer, factor=0.5, patience=patience, threshold=0.0, eps=0.0
    )
    for loss in history:
        rule.step(loss)
    config = Optimization(schedule="plateau", patience=patience)
    assert adapt(config, history).scale == peer.param_groups[0]["lr"]


@pytest.mark.parametrize("interval", [1, 2, 4])
def test_nonmonotonic_trigger_of_merity(interval: int) -> None:
    """Algorithm 1 of the paper, which appends a loss after it looked at those before."""
    config = Optimization(average="nonmonotonic", nonmonotonic=interval)
    for history in HISTORIES:
        logs: list[float] = []
        triggered = False
        for t, v in enumerate(history):
            if not triggered and t > interval and v > min(logs[k] for k in range(t - interval)):
                triggered = True
            logs.append(v)
        assert adapt(config, history).averaging == triggered, history


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, None),
        ({"average": "after"}, 0),
        ({"average": "after", "average_after": 3}, 3),
        ({"optimizer": "asgd"}, 0),
        ({"optimizer": "asgd", "average_after": 2}, 2),
        ({"optimizer": "asgd", "average": "nonmonotonic", "nonmonotonic": 1}, 4),
    ],
)
def test_when_averaging_begins(changes: dict, beginning: int | None) -> None:
    history = [5.0, 4.0, 3.0, 6.0, 1.0]
    averaging = [adapt(Optimization(**changes), history[:n]).averaging for n in range(6)]
    assert averaging == [beginning is not None and n >= beginning for n in range(6)]


def test_a_loss_of_nan_does_not_improve() -> None:
    config = Optimization(schedule="plateau")
    assert adapt(config, [3.0, math.nan, 2.0, math.nan]).scale == 0.25


def test_adaptation_of_other_schedules_and_as_json() -> None:
    assert json.loads(json.dumps(adapt(Optimization(), [1.0, 2.0]))) == [1.0, False]


def test_running_mean() -> None:
    draw = np.random.default_rng(0)
    walks = {"w": draw.normal(size=(40, 3, 2)), "deep": (draw.normal(size=(40, 4)),)}
    average = average_start(jax.tree.map(lambda a: jnp.full(a.shape[1:], 9.0), walks))
    update = quick(average_update)
    for n in range(40):
        params = jax.tree.map(lambda a, n=n: jnp.asarray(a[n], jnp.float32), walks)
        average = update(average, params, n + 1)
    want = jax.tree.map(lambda a: a.mean(0), walks)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=3e-7), average, want)


def test_running_mean_of_torch_asgd() -> None:
    """torch.optim.ASGD leaves out its first step; the rest is the same mean of the same path."""
    torch = pytest.importorskip("torch")
    theta = torch.tensor([1.0, -2.0], requires_grad=True)
    peer = torch.optim.ASGD([theta], lr=0.1, lambd=0.0, alpha=0.0, t0=0)
    ours, average = jnp.array([1.0, -2.0]), average_start(jnp.array([1.0, -2.0]))
    for n in range(8):
        peer.zero_grad()
        (theta**2).sum().backward()
        peer.step()
        ours = ours - 0.1 * 2 * ours
        if n:
            average = average_update(average, ours, n)
    np.testing.assert_allclose(average, peer.state[theta]["ax"].numpy(), rtol=1e-6)


def test_average_is_kept_in_float32_and_apart() -> None:
    params = {"half": jnp.full(3, 1.0, jnp.bfloat16), "whole": jnp.full(3, 2.0)}
    average = average_start(params)
    assert {leaf.dtype for leaf in jax.tree.leaves(average)} == {jnp.dtype("float32")}
    # Own buffers: both can be donated at once, and the mean lives on when the parameters are gone.
    step = jax.jit(lambda p, a: (p, average_update(a, p, 2)), donate_argnums=(0, 1))
    kept, average = step(params, average)
    same(average, {"half": np.full(3, 1, np.float32), "whole": np.full(3, 2, np.float32)})
    # 1 + 1/256 is no bfloat16; the mean holds it.
    kept["half"] = jnp.full(3, 1 + 2**-7, jnp.bfloat16)
    assert average_update(average, kept, 2)["half"][0] == 1 + 2**-8
