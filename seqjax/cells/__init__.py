"""Cells: one recurrence a file, and wrappers from cell to cell. ``CELLS`` names the recurrences."""

from __future__ import annotations

from collections.abc import Callable

from seqjax.basics.types import Cell
from seqjax.cells.cifg_lstm import cifg_lstm
from seqjax.cells.clip_backward import clip_backward
from seqjax.cells.gru import gru
from seqjax.cells.gru_reset_before import gru_reset_before
from seqjax.cells.gru_simple import gru_simple
from seqjax.cells.layer_norm import layer_norm
from seqjax.cells.locked_dropout import locked_dropout
from seqjax.cells.lstm import lstm
from seqjax.cells.peephole_lstm import peephole_lstm
from seqjax.cells.residual import residual
from seqjax.cells.rnn import rnn
from seqjax.cells.weight_drop import weight_drop
from seqjax.cells.zoneout import zoneout

__all__ = [
    "CELLS",
    "cifg_lstm",
    "clip_backward",
    "gru",
    "gru_reset_before",
    "gru_simple",
    "layer_norm",
    "locked_dropout",
    "lstm",
    "peephole_lstm",
    "residual",
    "rnn",
    "weight_drop",
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
}
