"""Cells that use what ``hoisted`` rearranges: it must not notice that they do."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pytest
from references import sigmoid
from walking import close, quick, random_like

from seqjax.basics import products
from seqjax.cells import Cell, Gate, Gated, gated_cell
from seqjax.drivers import chunked, hoisted, sequential

pytestmark = pytest.mark.usefixtures("x64")

T, B, D, H = 5, 3, 2, 4


def mix(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
    f, n = blocks
    return f * h + (1 - f) * n


def bare() -> Cell:
    return gated_cell("bare", H, Gate(mix, "st"))


def squared_inputs() -> Cell:
    """A projection of its own, not linear in the weights."""
    cell = bare()
    return cell._replace(project=lambda params, xs: products.dense(params, xs) ** 3)


def scaled_state() -> Cell:
    """What is fed back is scaled by a parameter."""
    cell = gated_cell("scaled", H, Gate(mix, "st"), more=lambda key, h: {"scale": jnp.ones(h)})
    gate = cell.recurrence.gate
    return cell._replace(recurrence=Gated(lambda params, h: params["scale"] * h, gate))


def weights_inside() -> Cell:
    """The gate looks at weights and biases that are folded and at a bias that is added to u."""

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        f, (z, u) = blocks
        inside = jnp.tanh(h @ params["w_h"][:, :H] + params["b"][:H] + params["b_n"])
        return f * h + (1 - f) * jnp.tanh(z + u) + 0.1 * inside

    gate = Gate(combine, "s-", bias="b_n")
    return gated_cell("inside", H, gate, more=lambda key, h: {"b_n": jnp.zeros(h)})


def pairs_alone() -> Cell:
    """No block is activated, and a bias is added to u."""

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        (a, b), (c, d) = blocks
        return jnp.tanh(a * b) + 0.5 * jnp.tanh(c + d) * h

    gate = Gate(combine, "--", bias="b_n")
    return gated_cell("pairs", H, gate, more=lambda key, h: {"b_n": jnp.zeros(2 * h)})


CELLS = [squared_inputs, scaled_state, weights_inside, pairs_alone]


@pytest.mark.parametrize("driver", [hoisted, chunked], ids=lambda driver: driver.name)
@pytest.mark.parametrize("make", CELLS)
def test_equals_sequential(make: Any, driver: Any) -> None:
    """Values, gradients by every parameter and the derivative of the gradient."""
    cell = make()
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, float), shapes)
    params, direction = random_like(shapes, 0), random_like(shapes, 1)
    xs = random_like(jax.ShapeDtypeStruct((T, B, D), float), 2)
    lengths = jnp.array([5, 3, 0])

    def answers(walk: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            carry, hs = walk(cell, params, xs, lengths)
            return jnp.sum(hs**2) + jnp.sum(carry)

        def slope(params: Any) -> Any:
            gradient = jax.grad(loss)(params, xs)
            return sum(jnp.vdot(gradient[name], direction[name]) for name in gradient)

        values = tuple(walk(cell, params, xs, lengths))
        return values, jax.grad(loss, (0, 1))(params, xs), jax.grad(slope)(params)

    got, want = (quick(lambda walk=walk: answers(walk))() for walk in (driver, sequential))
    close(got, want)
    assert all(jnp.abs(leaf).max() > 0 for leaf in jax.tree.leaves(want))


def test_activations_of_a_gate() -> None:
    """Blocks are what their letters say, against NumPy."""
    from seqjax.basics import gates

    z, u = (random_like(jax.ShapeDtypeStruct((B, 3 * H), float), s) for s in (0, 1))
    gate = Gate(mix, "ts-", bias="b_n")
    n, f, (raw_z, raw_u) = gates.blocks(gate, {"b_n": jnp.full(H, 2.0)}, z, u)
    pre = z + u
    close((n, f), (jnp.tanh(pre[:, :H]), sigmoid(pre[:, H : 2 * H])))
    close((raw_z, raw_u), (z[:, 2 * H :], u[:, 2 * H :] + 2))
    assert (gates.blocks(Gate(mix), {}, z, u) == pre).all()


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (Gate(mix, "sx"), "activations: got 'sx'; want letters s and t"),
        (Gate(mix, "sr"), "activations: got 'sr'"),
        (Gate(mix, "s-t"), "activations: got 's-t'"),
        (Gate(mix, "st", bias="b_n"), "bias: got 'b_n', but activations 'st' have no - block"),
    ],
)
def test_gates_that_contradict_themselves(gate: Gate, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gated_cell("wrong", H, gate)
