"""The table of cases. A new cell, wrapper or driver is one row here and gets every contract test.

``CASES`` holds cells with their NumPy references, ``DRIVERS`` the ways to walk them, as the library
has them, ``WALKS`` the pairs that go together. The contract tests are the ``test_*.py`` here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest
import references as by_hand
from covering import Demands, covering, marked

from seqjax import drivers
from seqjax.basics.cell import Affine, Cell, Gated, SideProjection
from seqjax.cells import (
    cifg_lstm,
    clip_backward,
    diagonal_ssm,
    gru,
    gru_reset_before,
    gru_simple,
    ind_rnn,
    layer_norm,
    locked_dropout,
    lru,
    lstm,
    min_gru,
    min_lstm,
    peephole_lstm,
    residual,
    rg_lru,
    rnn,
    slstm,
    sru,
    weight_drop,
    zoneout,
)
from seqjax.cells.template import leaky

T, B, D, H = 7, 4, 3, 4


class Case(NamedTuple):
    """A cell and what it should compute."""

    name: str
    cell: Cell
    reference: by_hand.Reference
    d: int = D
    noisy: bool = False
    """Walk it with the noise of one pass, by ``cell.noise``."""
    clipped: bool = False
    """Its gradient is not that of its values, on purpose, and has no forward mode."""
    broad: bool = False
    """One of each kind: also walked backwards, and in the tests that compile much."""


def relu(a):
    return a * (a > 0)


CASES = [
    Case("rnn_tanh", rnn(H), by_hand.rnn(H)),
    Case(
        "rnn_relu_heads_learned",
        rnn(H, activation="relu", heads=2, learn_start=True),
        by_hand.rnn(H, relu),
    ),
    Case("template", leaky(H), by_hand.leaky(H)),
    Case("lstm", lstm(H), by_hand.lstm(H), broad=True),
    Case("lstm_heads_learned", lstm(H, heads=2, learn_start=True), by_hand.lstm(H)),
    Case(
        "lstm_projection_learned",
        lstm(H, projection=2, learn_start=True),
        by_hand.lstm(H, 2),
        broad=True,
    ),
    Case("peephole_lstm", peephole_lstm(H, heads=2), by_hand.peephole_lstm(H)),
    Case(
        "peephole_lstm_projection",
        peephole_lstm(H, projection=2, learn_start=True),
        by_hand.peephole_lstm(H, 2),
        broad=True,
    ),
    Case("cifg_lstm", cifg_lstm(H), by_hand.cifg_lstm(H)),
    Case("cifg_lstm_projection", cifg_lstm(H, projection=5), by_hand.cifg_lstm(H, 5)),
    Case("gru", gru(H), by_hand.gru(H)),
    Case("gru_heads_learned", gru(H, heads=2, learn_start=True), by_hand.gru(H), broad=True),
    Case("gru_reset_before", gru_reset_before(H), by_hand.gru_reset_before(H), broad=True),
    Case(
        "gru_reset_before_heads_learned",
        gru_reset_before(H, heads=2, learn_start=True),
        by_hand.gru_reset_before(H),
    ),
    Case("gru_simple", gru_simple(H), by_hand.gru_simple(H)),
    Case("min_gru_learned", min_gru(H, learn_start=True), by_hand.min_gru(H), broad=True),
    Case(
        "residual_zoneout_min_gru",
        residual(zoneout(min_gru(H), hidden=0.4)),
        by_hand.residual(by_hand.zoneout(by_hand.min_gru(H)), H),
        d=H,
        noisy=True,
    ),
    Case(
        "zoneout_min_gru_expected",
        zoneout(min_gru(H), hidden=0.4),
        by_hand.zoneout(by_hand.min_gru(H), 0.4),
    ),
    Case("clip_backward_min_gru", clip_backward(min_gru(H), 0.3), by_hand.min_gru(H), clipped=True),
    Case("min_lstm_learned", min_lstm(H, learn_start=True), by_hand.min_lstm(H)),
    Case("lru_learned", lru(H, learn_start=True), by_hand.lru(H), broad=True),
    Case(
        "residual_zoneout_lru",
        residual(zoneout(lru(H), hidden=0.4)),
        by_hand.residual(by_hand.zoneout(by_hand.lru(H)), H),
        d=H,
        noisy=True,
    ),
    Case("rg_lru", rg_lru(H), by_hand.rg_lru(H)),
    Case("diagonal_ssm", diagonal_ssm(H), by_hand.diagonal_ssm(H)),
    Case(
        "diagonal_ssm_bilinear_learned",
        diagonal_ssm(H, discretization="bilinear", learn_start=True),
        by_hand.diagonal_ssm(H, bilinear=True),
    ),
    Case("ind_rnn", ind_rnn(H), by_hand.ind_rnn(H, relu)),
    Case(
        "ind_rnn_bounded_tanh_learned",
        ind_rnn(H, activation="tanh", steps=2, learn_start=True),
        by_hand.ind_rnn(H, bound=2**0.5),
    ),
    Case("sru", sru(H), by_hand.sru(H)),
    Case("sru_scaled_learned", sru(H, scale=1.7, learn_start=True), by_hand.sru(H, 1.7)),
    Case("slstm", slstm(H), by_hand.slstm(H), broad=True),
    Case(
        "slstm_exp_heads_learned",
        slstm(H, forget_gate="exp", heads=2, learn_start=True),
        by_hand.slstm(H, lambda f: f),
    ),
    Case("layer_norm_lstm", layer_norm(lstm(H)), by_hand.lstm(H)),
    Case(
        "layer_norm_gru_heads",
        layer_norm(gru(H, heads=2, learn_start=True)),
        by_hand.gru(H),
        broad=True,
    ),
    Case("residual_lstm", residual(lstm(H)), by_hand.residual(by_hand.lstm(H), H), d=H),
    Case(
        "zoneout_lstm_expected",
        zoneout(lstm(H), hidden=0.2, memory=0.4),
        by_hand.zoneout(by_hand.lstm(H), 0.2, 0.4),
    ),
    Case(
        "zoneout_lstm",
        zoneout(lstm(H), hidden=0.2, memory=0.4),
        by_hand.zoneout(by_hand.lstm(H)),
        noisy=True,
    ),
    Case(
        "zoneout_gru_reset_before",
        zoneout(gru_reset_before(H), hidden=0.4),
        by_hand.zoneout(by_hand.gru_reset_before(H)),
        noisy=True,
    ),
    Case("weight_drop_gru", weight_drop(gru(H, heads=2), 0.4), by_hand.gru(H), noisy=True),
    Case("locked_lstm", locked_dropout(lstm(H), hidden=0.4), by_hand.lstm(H), noisy=True),
    Case("clip_backward_lstm", clip_backward(lstm(H), 0.3), by_hand.lstm(H), clipped=True),
    Case(
        "clip_backward_gru_reset_before",
        clip_backward(gru_reset_before(H), 0.3),
        by_hand.gru_reset_before(H),
        clipped=True,
    ),
    Case(
        "residual_zoneout_locked_gru",
        residual(zoneout(locked_dropout(gru(H), inputs=0.3), hidden=0.3)),
        by_hand.residual(by_hand.zoneout(by_hand.gru(H)), H),
        d=H,
        noisy=True,
        broad=True,
    ),
]


TWO = ("lstm_projection_learned", "gru_reset_before")
"""One cell with a gate and one without, for drivers that only hand on to others."""

FEW = ("lstm", "peephole_lstm", "gru_heads_learned", "zoneout_lstm")
"""A cell for each thing that a kernel has to know: parameters inside the gate, columns of heads,
blocks that are not activated, masks beside the inputs."""


class Driver(NamedTuple):
    """A way to walk time."""

    name: str
    drive: Callable
    walks: Callable[[Case], bool]

    @property
    def forward_mode(self) -> bool:
        """Whether it writes no backward pass itself."""
        return self.name in ("sequential", "associative", "newton")

    @property
    def apart(self) -> bool:
        """Walks in float32 alone: held to ``sequential`` by tests of its own."""
        return self.name in APART


OPTIONS = {"chunked": {"size": 3}}  # 7 steps: two chunks and a part
APART = {"native", "fused"}  # walked by tests/drivers/test_native_cells.py, test_fused.py

INSTEAD = {"fused": drivers.fused_with(interpret=True)}  # where there is no GPU


def row(driver: drivers.Driver) -> Driver:
    """A driver of the library as a row of this table."""

    def walks(case: Case) -> bool:
        if driver.name == "auto":
            return case.name in TWO
        if driver.name == "fused":
            return case.name in FEW  # others: tests/drivers/test_fused.py
        affine = isinstance(case.cell.recurrence, Affine) or "min_gru" in case.name
        if driver.name == "chunked" and affine:
            return case.broad  # without a gate, a chunk is walked as by sequential
        return driver.name not in APART and not driver.unsupported(case.cell, None)

    walk = INSTEAD.get(driver.name, driver)
    return Driver(driver.name, partial(walk, **OPTIONS.get(driver.name, {})), walks)


DRIVERS = [row(driver) for driver in drivers.DRIVERS.values()]
REFERENCE = next(driver for driver in DRIVERS if driver.name == "sequential")

WALKS = [(case, driver) for case in CASES for driver in DRIVERS if driver.walks(case)]


WAYS = [(*walk, way) for walk in WALKS for way in ("forward", "reverse")]
WAYS = [(case, driver, way) for case, driver, way in WAYS if case.broad or way == "forward"]


def kind(case: Case) -> str:
    """What the recurrence of the cell is to a driver."""
    match case.cell.recurrence:
        case Gated(_, gate):
            return "pairs" if "-" in gate.activations else "additive"
        case other:
            return "complex" if is_complex(case) else type(other).__name__


@cache
def is_complex(case: Case) -> bool:
    """Whether the carry has complex numbers, as no cell with a gate has."""
    params = jax.eval_shape(lambda: case.cell.init(jax.random.key(0), case.d))
    carry = jax.eval_shape(lambda params: case.cell.start(params, (B,)), params)
    leaves = jax.tree.leaves(carry)
    return any(jnp.issubdtype(leaf.dtype, jnp.complexfloating) for leaf in leaves)


def forms(case: Case) -> set[str]:
    """What a driver can see of a cell."""
    params = jax.eval_shape(lambda: case.cell.init(jax.random.key(0), case.d))
    carry = jax.eval_shape(lambda params: case.cell.start(params, (B,)), params)
    starts = {name for name in params if name.startswith("start_")}
    found = {
        "learned start": bool(starts),
        "parameters in the gate": params.keys() - starts - {"w_x", "w_h", "w_p", "b"},
        "heads": "w_h" in params and params["w_h"].ndim == 3,
        "side inputs": isinstance(case.cell.project, SideProjection),
        "several parts": len(jax.tree.leaves(carry)) > 1,
        "noise": case.noisy,
        "clipped": case.clipped,
    }
    return {kind(case), *(form for form, there in found.items() if there)}


FORMS = {case: forms(case) for case in CASES}


def of_ways(case: Case, driver: Driver, way: str = "forward") -> set[tuple]:
    """What a walk demands: each driver turns round itself, and knows kinds of cells forwards."""
    if way == "forward":
        return {(driver.name, kind(case))}
    return {(driver.name, way), (kind(case), way)}


def of_forms(case: Case, driver: Driver, way: str = "forward") -> set[tuple]:
    """And forms of cells, which drivers see."""
    forms = {(driver.name, form) for form in FORMS[case]}
    return of_ways(case, driver, way) | (forms if way == "forward" else set())


def of_kinds(case: Case, driver: Driver) -> set[tuple]:
    """What it demands of transformations by JAX, which see whole programs, not forms of cells."""
    return {(driver.name, kind(case)), (driver.name, case.noisy)}


def of_drivers(case: Case, driver: Driver) -> set[str]:
    """Where the cell can be any."""
    return {driver.name, kind(case)}


def as_auto(case: Case, driver: Driver, way: str = "forward") -> bool:
    """Whether it is the walk of that cell by the driver that ``auto`` takes on a CPU."""
    taken = {Gated: "hoisted", Affine: "associative"}
    return driver.name == taken.get(type(case.cell.recurrence), "sequential") and way == "forward"


# The same cells for all drivers, so that one walk of the reference serves them.
_KINDS = covering(
    [(case,) for case in CASES],
    lambda case: set().union(*(of_forms(*walk) for walk in WALKS if walk[0] == case)),
)
_FEW = covering([way for way in WAYS if way[:1] in _KINDS], of_forms)
_FEW = covering(WAYS, of_forms, given=_FEW)


def broad(case: Case, driver: Driver) -> bool:
    """Which walks take the tests that compile programs of their own."""
    most = ("sequential", "hoisted", "associative")
    return case.broad and (driver.name in most or case.name in TWO)


def _each(names: str, rows: list[tuple], kept: list[tuple]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        names, marked(rows, kept, lambda part: getattr(part, "name", part))
    )


def over_cases(
    keep: Callable = lambda case: True, demands: Demands | None = None
) -> pytest.MarkDecorator:
    """Runs a test on every case that ``keep`` keeps; with demands, others by them are ``product``.

    The demands are those of a walk by the reference driver.
    """
    rows = [(case,) for case in CASES if keep(case)]
    few = [row[:1] for row in _FEW if row[1:] == (REFERENCE, "forward")]
    needed = covering(rows, lambda case: demands(case, REFERENCE), few) if demands else rows
    return _each("case", rows, needed)


def _over(
    names: str, rows: list[tuple], every_cell: bool, demands: Demands = of_ways
) -> pytest.MarkDecorator:
    few = [row[:2] for row in _FEW if row[2] == "forward"] if "way" not in names else _FEW
    first = sorted(rows, key=lambda row: row[:1] not in _KINDS)
    kept = covering(first, demands, given=few)
    return _each(names, rows, kept + [row for row in rows if every_cell and as_auto(*row)])


def over_walks(
    keep: Callable = lambda case, driver: True,
    every_cell: bool = True,
    demands: Demands = of_ways,
) -> pytest.MarkDecorator:
    """Runs a test on pairs of case and driver that ``keep`` keeps.

    On each cell by the driver that ``auto`` takes, and on each driver with each form of cell;
    others are ``product``. Of what ``keep`` leaves out, ``demands`` have others instead.
    """
    return _over("case, driver", [walk for walk in WALKS if keep(*walk)], every_cell, demands)


def over_ways(
    keep: Callable = lambda case, driver: True, every_cell: bool = True
) -> pytest.MarkDecorator:
    """Like ``over_walks``, and backwards too for broad cases: no cell knows which way it goes."""
    return _over("case, driver, way", [way for way in WAYS if keep(*way[:2])], every_cell)


def over_few(keep: Callable = broad, demands: Demands = of_kinds) -> pytest.MarkDecorator:
    """Runs a test on pairs of case and driver that ``keep`` keeps, as few as ``demands`` allow."""
    rows = [walk for walk in WALKS if keep(*walk)]
    first = sorted(rows, key=lambda walk: walk[:1] not in _KINDS)
    return _each("case, driver", rows, covering(first, demands))
