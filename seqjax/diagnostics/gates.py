"""What the gates of a cell say at each step."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import gates, products
from seqjax.basics.cell import Cell, Gated, split_side
from seqjax.basics.flat_state import flat_state
from seqjax.basics.gates import Gate, active_letters
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.diagnostics.trajectory import Trajectory

NAMES = {
    "rnn": "h", "lstm": "ifgo", "peephole_lstm": "ifgo", "cifg_lstm": "fgo", "gru": "rz",
    "gru_reset_before": "rzn", "gru_simple": "zn", "min_gru": "z", "min_lstm": "fi",
    "rg_lru": "ri", "sru": "fr", "ind_rnn": "h", "slstm": "go",
}  # fmt: skip
"""Of the activated blocks, in order; those of other cells are numbered."""
OF_INPUTS = {"min_gru": "s-", "min_lstm": "ss-", "rg_lru": "ss-", "sru": "ss--"}
"""Activations of all blocks of z, in cells whose gates see the inputs alone."""
LETTERS = {"peephole_lstm": "ssts", "gru_reset_before": "sst", "slstm": "ts", **OF_INPUTS}
"""Activations of blocks that no ``Gate`` says: s σ, t tanh, r relu, - none."""
GATELESS = ("lru", "diagonal_ssm")
"""Cells that multiply their state by the same numbers whatever the inputs are."""

Blocks = Callable[[Params, Carry, Tree], list[Array]]


def innermost(cell: Cell) -> str:
    """The name of the cell inside all wrappers.

    >>> from seqjax.cells import lstm, zoneout
    >>> innermost(zoneout(lstm(3)))
    'lstm'
    """
    return cell.name.rpartition("(")[2].rstrip(")")


def gate_letters(cell: Cell) -> dict[str, str]:
    """{name: activation} of each block that is activated: s σ, t tanh, r relu.

    Raises:
      ValueError: for a cell that has no gates, such as ``lru``, or whose activations lie inside its
        functions, such as ``layer_norm``.

    >>> from seqjax.cells import gru_simple
    >>> gate_letters(gru_simple(3))
    {'z': 's', 'n': 't'}
    """
    _blocks(cell)
    name = innermost(cell)
    letters = LETTERS.get(name)
    if letters is None and isinstance(cell.recurrence, Gated):
        letters = active_letters(cell.recurrence.gate)
    letters = letters or ""
    names = NAMES.get(name, [f"block {i}" for i in range(len(letters))])
    return {own: a for own, a in zip(names, letters, strict=False) if a != "-"}


def gate_values(cell: Cell, params: Params, walk: Trajectory) -> dict[str, Array]:
    """{name: values [T, B, H]} of the activated blocks along a trajectory of the cell.

    Names are those of the cell's equations: i f g o of an LSTM, r z of a GRU, h of a plain RNN.

    Raises:
      ValueError: as ``gate_letters``.

    >>> from seqjax.cells import gru
    >>> from seqjax.diagnostics.trajectory import trajectory
    >>> cell = gru(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> walk = trajectory(cell, params, jnp.ones((5, 2, 3)))
    >>> {name: values.shape for name, values in gate_values(cell, params, walk).items()}
    {'r': (5, 2, 4), 'z': (5, 2, 4)}
    """
    blocks, flat = _blocks(cell), flat_state(cell, params)

    def at(s: Array, z: Tree) -> list[Array]:
        return blocks(params, flat.unravel(s), split_side(z).z)

    return dict(zip(gate_letters(cell), jax.vmap(at)(walk.before, walk.zs), strict=False))


def _blocks(cell: Cell) -> Blocks:
    """(params, carry, z) -> the activated blocks."""
    name = innermost(cell)
    match cell.recurrence:
        case Gated(hidden, gate) if active_letters(gate):
            count = len(active_letters(gate))

            def of_gate(params: Params, carry: Carry, z: Tree) -> list[Array]:
                u = products.recur(hidden(params, carry), params["w_h"])
                values: list[Array] = gates.blocks(gate, params, z, u)[:count]
                return values

            return of_gate
        case Gated(hidden, Gate(activations="")) if name == "peephole_lstm":
            return lambda params, carry, z: _peephole(
                params, z + products.recur(hidden(params, carry), params["w_h"]), carry
            )
    if name == "gru_reset_before":
        return _reset_before
    if name == "slstm" and isinstance(cell.recurrence, Gated):
        return functools.partial(_candidate_and_output, cell.recurrence)
    if name in OF_INPUTS:
        return functools.partial(_of_inputs, OF_INPUTS[name])
    if name in GATELESS:
        raise ValueError(
            f"cell: got {cell.name}, which has no gates: nothing in its recurrence is activated"
        )
    raise ValueError(
        f"cell: got {cell.name}, whose activations lie inside its functions; want a cell with a"
        " Gate that names them"
    )


def _candidate_and_output(recurrence: Gated, params: Params, carry: Carry, z: Array) -> list[Array]:
    """g o of ``slstm``; its other gates may be exponentials, which have no end to come near to."""
    u = products.recur(recurrence.hidden(params, carry), params["w_h"])
    _, _, g, o = jnp.split(z + u, 4, axis=-1)
    return [jnp.tanh(g), jax.nn.sigmoid(o)]


def _of_inputs(letters: str, params: Params, carry: Carry, z: Array) -> list[Array]:
    """σ of the blocks that come first in z."""
    blocks = jnp.split(z, len(letters), axis=-1)[: letters.count("s")]
    return [jax.nn.sigmoid(block) for block in blocks]


def _peephole(params: Params, pre: Array, carry: Carry) -> list[Array]:
    """i f g o of ``peephole_lstm``, whose gates see the memory too."""
    p_i, p_f, p_o = jnp.split(params["w_c"].astype(pre.dtype), 3)
    i, f, g, o = jnp.split(pre, 4, axis=-1)
    c = jax.tree.leaves(carry)[1]  # wrappers put what is theirs behind h and c
    i, f, g = jax.nn.sigmoid(i + p_i * c), jax.nn.sigmoid(f + p_f * c), jnp.tanh(g)
    return [i, f, g, jax.nn.sigmoid(o + p_o * (f * c + i * g))]


def _reset_before(params: Params, carry: Carry, z: Array) -> list[Array]:
    """r z n of ``gru_reset_before``."""
    h = jax.tree.leaves(carry)[0]
    third = params["w_h"].shape[-1] // 3
    cut = z.shape[-1] // 3
    own = [params["w_h"][..., k * third : (k + 1) * third] for k in range(3)]
    r, keep = (
        jax.nn.sigmoid(z[..., k * cut : (k + 1) * cut] + products.recur(h, own[k])) for k in (0, 1)
    )
    return [r, keep, jnp.tanh(z[..., 2 * cut :] + products.recur(r * h, own[2]))]
