"""A call of ``newton``: its options, the equations of the walk, and their solution."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, states
from seqjax.basics.cell import Cell
from seqjax.basics.flat_state import flat_state
from seqjax.basics.trees import merge
from seqjax.basics.types import Array, Carry
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.newton.blocks import blocks_of, dependencies, diagonal, largest
from seqjax.drivers.newton.solve import Report, solve
from seqjax.drivers.newton.system import Args, Fixed, System, equations

WIDEST = 64
"""Entries of the largest block whose Jacobian is made whole, unless it is asked for."""
MOST = 64
"""Iterations, after which a row is walked step by step."""
JACOBIANS = ("auto", "block", "diagonal")


def run(
    cell: Cell,
    inputs: ScanInputs,
    *,
    guess: Carry | None = None,
    tolerance: float | None = None,
    iterations: int = MOST,
    jacobian: str = "auto",
) -> ScanOutputs:
    """Solves for the states of all steps.

    Args:
      guess: the carry after each step, [T, B, ...], from which the iteration starts; None: the
        carry before the first step, everywhere.
      tolerance: of the residual, relative to states above 1; None: 8 roundings of the dtype.
      iterations: after which a row is walked step by step.
      jacobian: "block" is exact; "diagonal" has less to compute and needs more iterations; "auto"
        is "block" up to ``WIDEST`` entries.
    """
    outputs, _ = solved(
        cell, inputs, guess=guess, tolerance=tolerance, iterations=iterations, jacobian=jacobian
    )
    return outputs


def solved(
    cell: Cell,
    inputs: ScanInputs,
    *,
    guess: Carry | None = None,
    tolerance: float | None = None,
    iterations: int = MOST,
    jacobian: str = "auto",
) -> tuple[ScanOutputs, Report]:
    """What ``run`` gives, and how each row was solved."""
    checks.natural("iterations", iterations)
    checks.lookup("jacobian", dict.fromkeys(JACOBIANS), jacobian)
    flat = flat_state(cell, inputs.params)
    dtype = flat.ravel(inputs.carry).dtype
    if tolerance is None:
        tolerance = 8 * float(jnp.finfo(dtype).eps)
    checks.number("tolerance", tolerance, above=0)
    args, fixed = equations(cell, inputs)
    system = _system(cell, inputs, args, fixed, jacobian)
    first = _flat_guess(cell, inputs, guess)
    found, report = solve(system, args, fixed, first, tolerance, iterations)
    if inputs.reverse:
        found = found[::-1]
    carries = jax.vmap(flat.unravel)(found)
    carry = jax.tree.map(lambda a: a[0 if inputs.reverse else -1], carries)
    hs = jax.vmap(cell.read)(carries)
    return ScanOutputs(carry, hs, carries if inputs.states else None), report


def _system(cell: Cell, inputs: ScanInputs, args: Args, fixed: Fixed, jacobian: str) -> System:
    """The equations, and the blocks that the iteration sees of their Jacobian."""
    z = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), merge(args.zs, fixed.zs))
    blocks = blocks_of(dependencies(cell, inputs.params, z))
    widest = largest(blocks)
    if widest > 1 and (jacobian == "diagonal" or (jacobian == "auto" and widest > WIDEST)):
        size = sum(block.size for block in blocks)
        return System(cell, diagonal(size), exact=False)
    return System(cell, blocks, exact=True)


def _flat_guess(cell: Cell, inputs: ScanInputs, guess: Carry | None) -> Array:
    """[T, B, N] in the order of walking."""
    flat = flat_state(cell, inputs.params)
    first = flat.ravel(inputs.carry)
    if guess is None:
        return jnp.broadcast_to(first, (inputs.steps, *first.shape))
    states.structure("guess", cell, guess, inputs.carry)
    for got, like in zip(jax.tree.leaves(guess), jax.tree.leaves(inputs.carry), strict=True):
        want = (inputs.steps, *like.shape)
        if jnp.shape(got) != want:
            raise ValueError(f"guess: got shape {list(jnp.shape(got))}, want {list(want)}")
        if jnp.iscomplexobj(got) and not jnp.iscomplexobj(like):
            raise ValueError(f"guess: got complex numbers, want {like.dtype}")
    whole = jax.vmap(flat.ravel)(guess).astype(first.dtype)
    return whole[::-1] if inputs.reverse else whole
