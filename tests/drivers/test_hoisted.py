"""Cells that use what ``hoisted`` rearranges: it must not notice that they do."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from covering import marked
from references import sigmoid
from walking import close, quick, random_like

from seqjax.basics import products
from seqjax.cells import Cell, Gate, Gated, clip_backward, gated_cell
from seqjax.drivers import Driver, auto, chunked, hoisted, sequential

pytestmark = pytest.mark.usefixtures("x64")

T, B, D, H = 5, 3, 2, 4


def mix(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
    f, n = blocks
    return f * h + (1 - f) * n


def rearranged() -> Cell:
    """Inputs not linear in the weights, a state that is scaled, axes counted from the left.

    And parameters inside parameters.
    """

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        (f, n), (s, t) = blocks, params["more"]["inner"]
        return f * h + s * (n - n.mean(1, keepdims=True)) + t * h[:, :1]

    def more(key: Any, h: int) -> Any:
        return {"scale": jnp.ones(h), "more": {"inner": [jnp.ones(h), jnp.ones(h)]}}

    cell = gated_cell("rearranged", H, Gate(combine, "st"), more=more)
    return cell._replace(
        project=lambda params, xs: products.dense(params, xs) ** 3,
        recurrence=Gated(lambda params, h: params["scale"] * h, cell.recurrence.gate),
    )


def weights_inside() -> Cell:
    """The gate looks at weights and biases that are folded and at a bias that is added to u.

    That bias is one number for all columns.
    """

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        f, (z, u) = blocks
        inside = jnp.tanh(h @ params["w_h"][:, :H] + params["b"][:H] + params["b_n"])
        return f * h + (1 - f) * jnp.tanh(z * u) + 0.1 * inside

    gate = Gate(combine, "s-", bias="b_n")
    return gated_cell("inside", H, gate, more=lambda key, h: {"b_n": jnp.zeros(1)})


def pairs_alone() -> Cell:
    """No block is activated, and a bias is added to u."""

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        (a, b), (c, d) = blocks
        return jnp.tanh(a * b) + 0.5 * jnp.tanh(c + d) * h

    gate = Gate(combine, "--", bias="b_n")
    return gated_cell("pairs", H, gate, more=lambda key, h: {"b_n": jnp.zeros(2 * h)})


def masked_rows() -> Cell:
    """A parameter that has a row for each of the batch, as noise makes it; of a relu block."""

    def combine(params: Any, blocks: list[Any], h: Any, side: Any) -> Any:
        return params["mask"] * blocks[0] + 0.1 * params["s"] * h

    def more(key: Any, h: int) -> Any:
        return {"mask": jnp.ones((B, h)), "s": jnp.ones(h)}

    return gated_cell("masked", H, Gate(combine, "r"), more=more)


def clipped() -> Cell:
    """A gradient that is not that of the values, whose derivative is to be that of the gradient."""
    return clip_backward(gated_cell("bare", H, Gate(mix, "st")), 0.3)


CELLS = [rearranged, weights_inside, pairs_alone, masked_rows, clipped]


def named(part: Any) -> str:
    return part.name if isinstance(part, Driver) else part.__name__


# JAX cannot differentiate twice through a checkpoint around a gradient that is clipped.
PAIRS = [*((make, hoisted) for make in CELLS), (rearranged, chunked)]
KEPT = PAIRS[:-1]  # chunks are walked by hoisted itself


@pytest.mark.parametrize(("make", "driver"), marked(PAIRS, KEPT, named))
def test_equals_sequential(make: Any, driver: Any) -> None:
    """Values, gradients by every parameter and derivatives of the gradient in both modes."""
    # Reverse mode gives H^T v, and H is symmetric, but that of a gradient which is clipped.
    want, transposed = answers(make, sequential, both=make is clipped)
    got, reverse_over_reverse = answers(make, driver, both=True)
    close(got, want)
    close(reverse_over_reverse, transposed if make is clipped else want[2][0])
    assert all(jnp.abs(leaf).max() > 0 for leaf in jax.tree.leaves(want))


@functools.cache
def answers(make: Any, walk: Any, both: bool) -> Any:
    """(values, gradients, H v by forward mode), and H^T v by reverse mode if ``both``."""
    cell = make()
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, float), shapes)
    params, direction = random_like(shapes, 0), random_like(shapes, 1)
    xs = random_like(jax.ShapeDtypeStruct((T, B, D), float), 2)
    lengths = jnp.array([5, 3, 0])

    def loss(params: Any, xs: Any) -> Any:
        carry, hs = walk(cell, params, xs, lengths)
        return jnp.sum(hs**2) + jnp.sum(carry), (carry, hs)

    def of_params(params: Any) -> Any:
        gradients, values = jax.grad(loss, (0, 1), has_aux=True)(params, xs)
        return gradients, values

    def everything(params: Any) -> Any:
        gradients, push, values = jax.linearize(of_params, params, has_aux=True)
        pull = jax.linear_transpose(lambda v: push(v)[0], params)
        return (values, gradients, push(direction)), pull(direction)[0] if both else None

    return quick(everything)(params)


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
        (Gate("st", mix), "gate: got Gate.*want Gate"),
    ],
)
def test_gates_that_contradict_themselves(gate: Gate, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gated_cell("wrong", H, gate)


def test_blocks_that_contradict_the_activations() -> None:
    with pytest.raises(ValueError, match="blocks: got 3, but activations 'st' are 2"):
        gated_cell("wrong", H, Gate(mix, "st"), blocks=3)


def test_a_counter_in_the_carry() -> None:
    """A part that has no derivative: refused by name, and walked by auto and chunked."""

    def combine(params: Any, blocks: list[Any], carry: Any, side: Any) -> Any:
        return blocks[0] / (1 + carry[1][:, None]), carry[1] + 1

    gate = Gate(combine, "t")
    cell = gated_cell("counted", H, gate)._replace(
        start=lambda params, shape: (jnp.zeros((*shape, H)), jnp.zeros(shape, int)),
        read=lambda carry: carry[0],
        recurrence=Gated(lambda params, carry: carry[0], gate),
    )
    params, xs = cell.init(jax.random.key(0), D), jnp.ones((T, B, D))
    params = jax.tree.map(lambda a: a.astype(float), params)
    with pytest.raises(ValueError, match="hoisted cannot serve counted, whose carry has a part of"):
        hoisted(cell, params, xs)
    want = sequential(cell, params, xs)
    assert (want.carry[1] == T).all()
    for driver in (auto, chunked):
        close(tuple(driver(cell, params, xs)), tuple(want), 1e-12)
