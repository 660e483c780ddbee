"""Pooling over time against loops in NumPy; padding, rows without steps, both directions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick, random_like

from seqjax.basics.types import Params
from seqjax.cells import gru, lstm
from seqjax.layers import bidirectional, recurrent
from seqjax.layers.pooling import POOLINGS, pooling

T, B, H = 5, 4, 6
LENGTHS = np.array([T, 3, 1, 0])


def last(params: Params, row: np.ndarray) -> np.ndarray:
    return row[-1]


def mean(params: Params, row: np.ndarray) -> np.ndarray:
    return sum(row) / len(row)


def maximum(params: Params, row: np.ndarray) -> np.ndarray:
    return np.array([max(column) for column in row.T])


def attention(params: Params, row: np.ndarray) -> np.ndarray:
    scores = [params["v"][:, 0] @ np.tanh(params["w"].T @ h + params["b"]) for h in row]
    weights = np.exp(scores) / np.exp(scores).sum()
    return sum(weight * h for weight, h in zip(weights, row, strict=True))


LOOPS = {"last": last, "mean": mean, "max": maximum, "attention": attention}


def problem(name: str) -> tuple[Params, np.ndarray]:
    """Parameters and states in float64, nothing at zero; the padding is poisoned."""
    shapes = jax.eval_shape(lambda: pooling(name).init(jax.random.key(0), H))
    doubles = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes)
    hs = np.random.default_rng(0).normal(size=(T, B, H)) - 3  # a zero would be a maximum
    for b, length in enumerate(LENGTHS):
        hs[length:, b] = np.nan
    return random_like(doubles, 1), hs


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", POOLINGS)
def test_equals_the_loop_and_ignores_padding(name: str) -> None:
    params, hs = problem(name)

    def apply(params: Params, hs: Any) -> Any:
        pooled = pooling(name).apply(params, hs, jnp.asarray(LENGTHS))
        return (pooled * jnp.arange(1.0, H + 1)).sum(), pooled

    (_, pooled), gradients = quick(jax.value_and_grad(apply, (0, 1), has_aux=True))(params, hs)
    for b, length in enumerate(LENGTHS[:-1]):
        want = LOOPS[name](jax.tree.map(np.asarray, params), hs[:length, b])
        np.testing.assert_allclose(pooled[b], want, rtol=1e-13)
    np.testing.assert_array_equal(pooled[3], np.zeros(H))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
    padding = np.isnan(hs)
    np.testing.assert_array_equal(gradients[1][padding], 0)
    assert np.abs(gradients[1][~padding]).max() > 0


def test_last_of_both_ways_is_what_each_direction_ends_with() -> None:
    """The state of the forward layer at the last, of the backward layer at the first step."""
    cell = lstm(3)
    layer = bidirectional(recurrent(cell), recurrent(gru(3), reverse=True))
    params = layer.init(jax.random.key(0), 2)
    xs = np.random.default_rng(0).normal(size=(T, B, 2)).astype(np.float32)
    (ahead, back), hs = quick(layer.apply)(params, xs, jnp.asarray(LENGTHS))
    found = pooling("last", both_ways=True).apply({}, hs, jnp.asarray(LENGTHS))
    np.testing.assert_array_equal(found, np.concatenate([cell.read(ahead), back], -1))
    np.testing.assert_array_equal(found[3], np.zeros(6))


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match=r"pooling: got 'men', want .*did you mean 'mean'"):
        pooling("men")


def test_lengths_beyond_the_steps() -> None:
    with pytest.raises(ValueError, match="lengths: got 4 in row 1, want 0 to 3"):
        pooling("mean").apply({}, jnp.ones((3, 2, H)), np.array([3, 4]))
