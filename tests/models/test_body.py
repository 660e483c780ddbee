"""The recurrent part of models."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.cells import CELLS
from seqjax.models.body import BodyConfig, body

SMALL = BodyConfig(hidden=4)
XS = jax.ShapeDtypeStruct((5, 2, 3), jnp.float32)


def shape(config: BodyConfig) -> tuple[int, ...]:
    layer = body(config)

    def whole(key: jax.Array, xs: jax.Array) -> jax.Array:
        return layer.apply(layer.init(key, 3), xs, jnp.array([5, 2]), key=key)[1]

    return jax.eval_shape(whole, jax.random.key(0), XS).shape


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
def test_any_cell_in_one_or_both_directions(cell: str, both: bool) -> None:
    config = BodyConfig(cell, 2, 4, both, residual=True, dropout=0.1, locked=True)
    assert shape(config) == (5, 2, 8 if both else 4)


def test_layers_see_what_they_should() -> None:
    """One direction is causal, both are not; what is added is the input of the upper layer."""
    xs = np.random.default_rng(0).normal(size=(5, 1, 3)).astype(np.float32)
    for both in (False, True):
        layer = body(dataclasses.replace(SMALL, bidirectional=both))
        params = layer.init(jax.random.key(0), 3)
        past = jax.jit(jax.grad(lambda x, run=layer.apply, p=params: run(p, x)[1][1].sum()))(xs)
        assert bool(np.any(past[2:])) == both
    plain, added = (body(BodyConfig(layers=2, hidden=4, residual=r)) for r in (False, True))
    params = plain.init(jax.random.key(0), 3)
    lower = jax.jit(body(SMALL).apply)({"0": {}, "1": params["1"]}, xs)[1]
    difference = jax.jit(added.apply)(params, xs)[1] - jax.jit(plain.apply)(params, xs)[1]
    np.testing.assert_allclose(difference, lower, atol=1e-7)


def test_forget_bias_reaches_the_cell() -> None:
    plain = body(SMALL).init(jax.random.key(0), 3)["1"]
    made = body(dataclasses.replace(SMALL, forget_bias=3.5)).init(jax.random.key(0), 3)["1"]
    changed = np.concatenate([np.ravel(a[a != b]) for a, b in zip(
        jax.tree.leaves(made), jax.tree.leaves(plain), strict=True)])  # fmt: skip
    assert set(changed.tolist()) == {3.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "lsmt"}, "cell: got 'lsmt'.*lstm"),
        ({"init": "ortogonal"}, "init: got 'ortogonal'"),
        ({"driver": "scan"}, "driver: got 'scan'"),
        ({"layers": 0}, "layers: got 0"),
        ({"hidden": 0}, "hidden: got 0"),
        ({"dropout": 1.0}, "dropout: got 1.0"),
        ({"forget_bias": float("nan")}, "forget_bias: got nan"),
        ({"forget_bias": 1.0, "cell": "gru"}, "forget_bias: got 1.0, but gru has none"),
        ({"residual": True}, "residual: got True, but one layer"),
        ({"locked": True}, "locked: got True, but --dropout is 0"),
    ],
)
def test_contradictions_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        body(dataclasses.replace(SMALL, **changes))


def test_a_model_may_refuse_both_directions() -> None:
    with pytest.raises(ValueError, match="bidirectional: got True, but it writes; want one"):
        body(dataclasses.replace(SMALL, bidirectional=True), why="it writes")
    assert body(SMALL, why="it writes").step is not None
