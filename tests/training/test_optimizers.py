from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.basics.options import option
from seqjax.training.config import Optimization, validate
from seqjax.training.optimizers import OPTIMIZERS, optimizer

SHAPES = {"w": (4, 3), "b": (3,)}
DRAW = np.random.default_rng(0)
START = {name: DRAW.normal(size=shape) for name, shape in SHAPES.items()}
GRADIENTS = [{name: DRAW.normal(size=shape) for name, shape in SHAPES.items()} for _ in range(12)]


def walk(config: Optimization, gradients: list[dict], scale: float = 1.0) -> list[dict]:
    """The parameters after each gradient."""
    optimize = optimizer(config, 3, len(gradients))
    params, path = jax.tree.map(jnp.asarray, START), []
    state = optimize.init(params)
    # Small programs are sooner run than compiled.
    update = quick(optimize.update) if config.accumulate > 1 else optimize.update
    for gradient in gradients:
        updates, state = update(jax.tree.map(jnp.asarray, gradient), state, params)
        params = jax.tree.map(lambda p, u: p + scale * u, params, updates)
        path.append(jax.tree.map(np.asarray, params))
    return path


def close(got: dict, want: dict, tolerance: float = 1e-12) -> None:
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=tolerance, atol=tolerance)


TORCH = {
    "sgd": ("SGD", {}),
    "asgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adam": ("Adam", {"betas": (0.9, 0.999), "eps": 1e-8}),
    "adamw": ("AdamW", {"betas": (0.9, 0.999), "eps": 1e-8}),
    "rmsprop": ("RMSprop", {"alpha": 0.95, "eps": 1e-8}),
}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_equals_torch(name: str, weight_decay: float) -> None:
    torch = pytest.importorskip("torch")
    leaves = {k: torch.tensor(v, requires_grad=True) for k, v in START.items()}
    kind, arguments = TORCH[name]
    peer = getattr(torch.optim, kind)(
        leaves.values(), lr=0.05, weight_decay=weight_decay, **arguments
    )
    config = Optimization(optimizer=name, rate=0.05, weight_decay=weight_decay)
    for gradient, got in zip(GRADIENTS, walk(config, GRADIENTS), strict=True):
        for k, leaf in leaves.items():
            leaf.grad = torch.tensor(gradient[k])
        peer.step()
        # The rate of a schedule is float32.
        close(got, {k: leaf.detach().numpy() for k, leaf in leaves.items()}, 1e-7)


@pytest.mark.parametrize("name", ["rmsprop", "adam", "adamw"])
def test_large_epsilon_is_outside_the_root(name: str) -> None:
    """First step, where every mean is known: g (1 - ρ or 1) and g², by hand."""
    g = GRADIENTS[0]["w"]
    root = np.sqrt(0.05 * g * g) if name == "rmsprop" else np.abs(g)
    got = walk(Optimization(optimizer=name, rate=0.1, epsilon=0.5), GRADIENTS[:1])[0]["w"]
    np.testing.assert_allclose(got, START["w"] - 0.1 * g / (root + 0.5), rtol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_goes_down(name: str) -> None:
    optimize = optimizer(Optimization(optimizer=name, rate=0.05), 10, 10)
    params = jnp.array([3.0, -2.0])
    state = optimize.init(params)
    for _ in range(3):
        updates, state = optimize.update(2 * params, state, params)
        less = params + updates
        assert jnp.all(jnp.abs(less) < jnp.abs(params))
        params = less


def test_schedule_counts_steps_of_epochs() -> None:
    config = Optimization(optimizer="sgd", rate=1.0, schedule="step", decay=0.5, decay_after=2)
    path = walk(config, [{"w": np.ones((4, 3)), "b": np.ones(3)}] * 12)
    moved = -np.diff([START["b"][0], *(p["b"][0] for p in path)])
    np.testing.assert_allclose(moved, [1.0] * 6 + [0.5] * 3 + [0.25] * 3, rtol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_scaled_updates_are_those_of_a_scaled_rate(name: str) -> None:
    """So that a plateau may scale the updates from outside."""
    config = Optimization(optimizer=name, rate=0.08, weight_decay=0.1)
    want = walk(dataclasses.replace(config, rate=0.02), GRADIENTS[:4])[-1]
    close(walk(config, GRADIENTS[:4], scale=0.25)[-1], want, 1e-6)


def norm(tree: dict) -> float:
    return float(np.sqrt(sum((leaf**2).sum() for leaf in tree.values())))


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_clip_by_norm_then_decay(share: float) -> None:
    """Clipping concerns the gradient alone: the decay is added to what is left of it."""
    g = GRADIENTS[0]
    config = Optimization(optimizer="sgd", rate=0.1, clip=share * norm(g), weight_decay=0.3)
    got = walk(config, [g])[0]
    want = {k: START[k] - 0.1 * (min(share, 1.0) * g[k] + 0.3 * START[k]) for k in g}
    close(got, want, 1e-6)


def test_clip_by_value_then_norm() -> None:
    g = {k: np.clip(v, -0.2, 0.2) for k, v in GRADIENTS[0].items()}
    config = Optimization(optimizer="sgd", rate=0.1, clip_value=0.2, clip=0.3)
    want = {k: START[k] - 0.1 * g[k] * 0.3 / norm(g) for k in g}
    close(walk(config, GRADIENTS[:1])[0], want, 1e-6)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", ["nesterov", "adamw"])
def test_accumulation_is_a_larger_batch(name: str) -> None:
    """3 batches an update, under clipping, decay and a schedule."""
    config = Optimization(
        optimizer=name, rate=0.1, weight_decay=0.1, clip=2.2, schedule="step", decay=0.3
    )
    large = [
        {k: np.mean([g[k] for g in GRADIENTS[i : i + 3]], 0) for k in SHAPES}
        for i in range(0, 12, 3)
    ]
    # An epoch is 3 small batches or 1 large one.
    optimize, params = optimizer(config, 1, 4), jax.tree.map(jnp.asarray, START)
    state, want = optimize.init(params), []
    for gradient in large:
        updates, state = optimize.update(gradient, state, params)
        params = jax.tree.map(jnp.add, params, updates)
        want.append(jax.tree.map(np.asarray, params))
    path = walk(dataclasses.replace(config, accumulate=3), GRADIENTS)
    before = [START, START, *(p for p in want for _ in range(3))]
    for got, expected in zip(path, before, strict=False):
        close(got, expected, 1e-6)  # the mean is accumulated in float32
    close(path[-1], want[-1], 1e-6)


def test_option_keeps_default_and_help() -> None:
    @dataclasses.dataclass(frozen=True)
    class Some:
        size: int = option(3, "how large")

    assert Some().size == 3
    assert dataclasses.fields(Some)[0].metadata["help"] == "how large"


def test_every_option_explains_itself_and_the_defaults_are_valid() -> None:
    assert all(field.metadata["help"] for field in dataclasses.fields(Optimization))
    validate(Optimization())


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"optimizer": "adm"}, "optimizer: got 'adm', want one of .*did you mean 'adam'"),
    ({"schedule": "plato"}, "schedule: got 'plato', .*did you mean 'plateau'"),
    ({"average": "afterwards"}, "average: got 'afterwards', .*did you mean 'after'"),
    ({"rate": 0.0}, r"rate: got 0.0, want a number in \(0, inf\)"),
    ({"rate": float("nan")}, "rate: got nan"),
    ({"rate": float("inf")}, "rate: got inf"),
    ({"momentum": 1.0}, r"momentum: got 1.0, want a rate in \[0, 1\)"),
    ({"beta2": -0.1}, "beta2: got -0.1"),
    ({"epsilon": 0.0}, "epsilon: got 0.0"),
    ({"clip": -1.0}, r"clip: got -1.0, want a number in \[0, inf\)"),
    ({"clip_value": -1.0}, "clip_value: got -1.0"),
    ({"weight_decay": -1.0}, "weight_decay: got -1.0"),
    ({"schedule": "step", "decay": 1.5}, r"decay: got 1.5, want a number in \(0, 1\]"),
    ({"schedule": "step", "decay_after": 0}, "decay_after: got 0, want an integer of 1 or more"),
    ({"schedule": "cosine", "final": 2.0}, "final: got 2.0"),
    ({"schedule": "plateau", "patience": -1}, "patience: got -1"),
    ({"accumulate": 0}, "accumulate: got 0"),
    ({"accumulate": 13}, "accumulate: got 13, want at most 12, the number of steps"),
    ({"optimizer": "sgd", "momentum": 0.5}, "momentum: got 0.5, but optimizer 'sgd' does not use"),
    ({"optimizer": "sgd", "beta2": 0.5}, "beta2: got 0.5, .* only adam adamw; leave it at 0.999"),
    ({"decay_rms": 0.5}, "decay_rms: got 0.5, but optimizer 'adam'"),
    ({"patience": 2}, "patience: got 2, but schedule 'constant' does not use it, only plateau"),
    ({"schedule": "cosine", "decay": 0.1}, "decay: got 0.1, but schedule 'cosine'"),
    ({"schedule": "cosine", "warmup": 0.2}, "warmup: got 0.2, but schedule 'cosine'"),
    ({"average_after": 2}, "average_after: got 2, but average '' does not use it, only after"),
    ({"average": "after", "nonmonotonic": 2}, "nonmonotonic: got 2, but average 'after'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_refuses(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optimizer(Optimization(**changes), 3, 12)
