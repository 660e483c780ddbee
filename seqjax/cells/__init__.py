"""Cells: one recurrence a file, and wrappers from cell to cell. ``CELLS`` names the recurrences.

Who writes a cell finds all that it needs here, too: ``gated_cell`` or the record ``Cell`` with one
of the recurrences ``Gated``, ``Affine`` and ``Step``; ``weights`` and ``start``. See ``template``.
"""

from __future__ import annotations

from collections.abc import Callable

from seqjax.basics.cell import Affine, Cell, Gated, Step
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import INITIALIZERS, Init, uniform
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.cifg_lstm import cifg_lstm
from seqjax.cells.clip_backward import clip_backward
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.gru import gru
from seqjax.cells.gru_reset_before import gru_reset_before
from seqjax.cells.gru_simple import gru_simple
from seqjax.cells.layer_norm import layer_norm
from seqjax.cells.locked_dropout import locked_dropout
from seqjax.cells.lstm import lstm
from seqjax.cells.min_gru import min_gru
from seqjax.cells.peephole_lstm import peephole_lstm
from seqjax.cells.residual import residual
from seqjax.cells.rnn import rnn
from seqjax.cells.weight_drop import weight_drop
from seqjax.cells.weights import start, weights
from seqjax.cells.zoneout import zoneout

__all__ = [
    "CELLS",
    "INITIALIZERS",
    "Affine",
    "Array",
    "Carry",
    "Cell",
    "Gate",
    "Gated",
    "Init",
    "Params",
    "Step",
    "Tree",
    "cifg_lstm",
    "clip_backward",
    "gated_cell",
    "gru",
    "gru_reset_before",
    "gru_simple",
    "layer_norm",
    "locked_dropout",
    "lstm",
    "min_gru",
    "peephole_lstm",
    "residual",
    "rnn",
    "start",
    "uniform",
    "weight_drop",
    "weights",
    "zoneout",
]

CELLS: dict[str, Callable[..., Cell]] = {
    "rnn": rnn,
    "lstm": lstm,
    "peephole_lstm": peephole_lstm,
    "cifg_lstm": cifg_lstm,
    "gru": gru,
    "gru_reset_before": gru_reset_before,
    "gru_simple": gru_simple,
    "min_gru": min_gru,
}
