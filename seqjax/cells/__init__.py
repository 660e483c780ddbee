"""Cells: one recurrence a file, and wrappers from cell to cell. ``CELLS`` names the recurrences.

Who writes a cell finds all that it needs here, too: ``gated_cell``, ``affine_cell``, or the record
``Cell`` with one of the recurrences ``Gated``, ``Affine`` and ``Step``; ``weights``, ``start``. See
``template``.
"""

from __future__ import annotations

from collections.abc import Callable

from seqjax.basics.cell import Affine, Cell, Gated, Step
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import INITIALIZERS, Init, uniform
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.cifg_lstm import cifg_lstm
from seqjax.cells.clip_backward import clip_backward
from seqjax.cells.diagonal_ssm import diagonal_ssm
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.gru import gru
from seqjax.cells.gru_reset_before import gru_reset_before
from seqjax.cells.gru_simple import gru_simple
from seqjax.cells.ind_rnn import ind_rnn
from seqjax.cells.layer_norm import layer_norm
from seqjax.cells.locked_dropout import locked_dropout
from seqjax.cells.log_space import log_space_scan
from seqjax.cells.lru import lru
from seqjax.cells.lstm import lstm
from seqjax.cells.min_gru import min_gru
from seqjax.cells.min_lstm import min_lstm
from seqjax.cells.peephole_lstm import peephole_lstm
from seqjax.cells.residual import residual
from seqjax.cells.rg_lru import rg_lru
from seqjax.cells.rnn import rnn
from seqjax.cells.slstm import slstm
from seqjax.cells.sru import sru
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
    "affine_cell",
    "cifg_lstm",
    "clip_backward",
    "diagonal_ssm",
    "gated_cell",
    "gru",
    "gru_reset_before",
    "gru_simple",
    "ind_rnn",
    "layer_norm",
    "locked_dropout",
    "log_space_scan",
    "lru",
    "lstm",
    "min_gru",
    "min_lstm",
    "peephole_lstm",
    "residual",
    "rg_lru",
    "rnn",
    "slstm",
    "sru",
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
    "min_lstm": min_lstm,
    "lru": lru,
    "rg_lru": rg_lru,
    "diagonal_ssm": diagonal_ssm,
    "ind_rnn": ind_rnn,
    "sru": sru,
    "slstm": slstm,
}
