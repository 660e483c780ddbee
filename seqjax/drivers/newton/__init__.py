"""``newton``: all steps of a walk as one system of equations, for cells that are not linear.

s_t = f(s_{t-1}, x_t) for all t is a system of T equations. Newton's method linearises all of them
at once, at a guess, and solves the linear system by an associative scan:

    d_t = J_t d_{t-1} + f(s_{t-1}, x_t) - s_t,   J_t = ∂f/∂s_{t-1},   s_t ← s_t + d_t

(Lim et al. 2024, DEER; Gonzalez et al. 2024; Danieli et al. 2025). A few iterations of log2(T)
rounds take the place of T steps one after the other, if the cell forgets: where small differences
grow, the iteration would find the steps one by one, and the row is walked step by step instead.

The Jacobian is exact for cells whose state falls into small blocks, such as heads, or single units;
the blocks are found from the cell's own step. Derivatives are those of the solution, in both modes
and of any order: one linear scan by the true Jacobian, whatever the iteration used.
"""

from __future__ import annotations

from seqjax.drivers.driver import Driver
from seqjax.drivers.newton.convergence import Convergence, newton_convergence
from seqjax.drivers.newton.run import run
from seqjax.drivers.newton.support import unsupported

__all__ = ["Convergence", "newton", "newton_convergence"]

newton = Driver("newton", unsupported, run)
"""Walks a cell that is not linear in time over all steps at once; see the module.

Options: ``guess``, ``tolerance``, ``iterations`` and ``jacobian``, those of ``run``. Serves cells
whose recurrence is ``Gated`` or ``Step`` and has a forward-mode derivative. Forward and reverse
mode, to any order. Rows that do not converge give the numbers of ``sequential``; one such row costs
a walk step by step of the whole batch. ``newton_convergence`` says how each row was solved. With a
Jacobian that is not exact the gradient is exact all the same: its scan goes step by step.
"""
