"""The states of a walk by Newton's iteration, and their derivatives at the solution."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.cell import advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.trees import merge
from seqjax.basics.types import Array
from seqjax.drivers.inputs import ScanInputs
from seqjax.drivers.newton.iteration import iterate
from seqjax.drivers.newton.linear import solve_linearised
from seqjax.drivers.newton.stability import stable
from seqjax.drivers.newton.system import Args, Fixed, System, next_states, previous
from seqjax.drivers.sequential import scan_steps


class Report(NamedTuple):
    """How the iteration ended, row by row [B]."""

    iterations: Array
    """0 for rows that it did not try"""
    residual: Array
    """largest |s_t - f(s_{t-1}, x_t)|, relative to states above 1"""
    converged: Array
    """1.0, or 0.0 for rows that were walked step by step"""
    exponent: Array
    """the largest Lyapunov exponent of the first steps, nats a step; 0 where none was measured"""


def solve(
    system: System, args: Args, fixed: Fixed, guess: Array, tolerance: float, most: int
) -> tuple[Array, Report]:
    """(states [T, B, N] in the order of walking, how they were found)."""

    @jax.custom_jvp
    def solution(args: Args, fixed: Fixed, guess: Array) -> tuple[Array, Report]:
        return _solve(system, args, fixed, guess, tolerance, most)

    @solution.defjvp
    def tangents(primals: Any, tangents: Any) -> Any:
        (args, fixed, guess), (dargs, *_) = primals, tangents
        states, report = solution(args, fixed, guess)
        _, db = jax.jvp(
            lambda args: next_states(system, args, fixed, previous(system, args, states)),
            (args,),
            (dargs,),
        )
        parallel = jnp.all(report.converged > 0)
        dstates = solve_linearised(system, args, fixed, states, parallel, db)
        return (states, report), (dstates, jax.tree.map(jnp.zeros_like, report))

    found: tuple[Array, Report] = solution(args, fixed, guess)
    return found


def _solve(
    system: System, args: Args, fixed: Fixed, guess: Array, tolerance: float, most: int
) -> tuple[Array, Report]:
    """The iteration, and a walk step by step for the rows where it does not end."""
    served, exponent = stable(system, args, fixed, len(guess))
    end = iterate(system, args, fixed, guess, tolerance, most, served)
    converged = end.residual <= tolerance
    # The error that is left becomes that of one more step.
    states = end.states + end.error

    def step_by_step(states: Array) -> Array:
        return jnp.where(converged[:, None], states, _walk(system, args, fixed))

    states = lax.cond(jnp.all(converged), lambda states: states, step_by_step, states)
    report = Report(
        end.iterations.astype(states.dtype), end.residual, converged.astype(states.dtype), exponent
    )
    return states, report


def _walk(system: System, args: Args, fixed: Fixed) -> Array:
    """The same states step by step, as ``sequential`` walks."""
    flat = flat_state(system.cell, args.params)
    inputs = ScanInputs(
        args.params, None, args.carry, args.start, fixed.real, fixed.restarts, False, True
    )
    outputs = scan_steps(
        lambda carry, z: advance(system.cell, args.params, carry, z),
        system.cell.read,
        merge(args.zs, fixed.zs),
        inputs,
    )
    return jax.vmap(flat.ravel)(outputs.states)
