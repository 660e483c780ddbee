"""What is the chunked driver's own: its names, sizes beyond T, and carries in host memory."""

from __future__ import annotations

import functools
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick, random_like

from seqjax import cells, drivers
from seqjax.drivers.chunked import chunked_by_name
from seqjax.layers import recurrent

T, B, D, H, SIZE = 11, 3, 2, 4, 2
LENGTHS = np.array([11, 4, 0])
RESETS = np.zeros((T, B), bool)
RESETS[5, 0] = RESETS[2, 1] = True


def loss(cell: Any, params: Any, xs: Any, driver: str = "chunked", **options: Any) -> jax.Array:
    walk = drivers.DRIVERS[driver]
    carry, hs = walk(cell, params, xs, LENGTHS, resets=RESETS, reverse=True, **options)
    return jnp.sum(jnp.sin(hs)) + sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(carry))


def problem(cell: Any) -> tuple[Any, Any]:
    """(params, xs) in float32."""
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    given = shapes, jax.ShapeDtypeStruct((T, B, D), np.float32)
    return random_like(jax.tree.map(lambda a: a.update(dtype=np.float32), given), 0)


@pytest.mark.usefixtures("x64")
def test_values_and_gradients_are_those_of_the_sequential_walk() -> None:
    """With carries in host memory, and in one chunk that is longer than the sequence."""
    cell = cells.gru(H, learn_start=True)
    given = jax.tree.map(np.float64, problem(cell))
    ways: list[dict[str, Any]] = [
        {"driver": "sequential"},
        {"size": SIZE, "offload": True},
        {"size": 10**6},
    ]
    wanted, *found = quick(lambda p, x: [grads_of(cell, how)(p, x) for how in ways])(*given)
    for one in found:
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(wanted), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def grads_of(cell: Any, how: dict[str, Any]) -> Any:
    return jax.value_and_grad(functools.partial(loss, cell, **how), (0, 1))


def test_carries_that_wait_for_the_way_back_lie_in_host_memory() -> None:
    cell = cells.gru(H)
    given = problem(cell)
    stacked = re.compile(rf"f32(<host>)?\[{T // SIZE},{B},{H}\]")
    for offload, kept in ((False, ""), (True, "<host>")):
        how = {"size": SIZE, "offload": offload}
        traced = jax.jit(grads_of(cell, how)).trace(*given)
        assert set(stacked.findall(str(traced.jaxpr))) == {kept}
        for platform in ("cuda", "cpu"):
            lowered = traced.lower(lowering_platforms=(platform,)).as_text()
            assert ("pinned_host" in lowered) is (offload and platform == "cuda")


def test_a_name_says_size_and_place() -> None:
    assert chunked_by_name("chunked") is chunked_by_name("hoisted") is None
    cell = cells.rnn(H)
    params, xs = problem(cell)
    for name, options in (
        ("chunked:3", {"size": 3}),
        ("chunked:4:host", {"size": 4, "offload": True}),
    ):
        layer = recurrent(cell, name)
        text = str(jax.make_jaxpr(layer.apply)(params, xs))
        own = jax.make_jaxpr(lambda p, x, o=options: drivers.chunked(cell, p, x, **o))(params, xs)
        assert re.sub("0x[0-9a-f]+", "", text) == re.sub("0x[0-9a-f]+", "", str(own))


@pytest.mark.parametrize("name", ["chunked:", "chunked:0", "chunked:-1", "chunked:8:x", "newton:8"])
def test_a_name_without_a_size(name: str) -> None:
    with pytest.raises(ValueError, match=r"driver: got '(chunked|newton):.*', want chunked:SIZE"):
        recurrent(cells.rnn(H), name)


@pytest.mark.parametrize(
    ("option", "message"),
    [({"size": 0}, "size: got 0, want an integer"), ({"offload": 1}, "offload: got 1, want True")],
)
def test_options_that_are_wrong(option: dict, message: str) -> None:
    cell = cells.rnn(H)
    with pytest.raises(ValueError, match=message):
        drivers.chunked(cell, *problem(cell), **option)
