"""The recurrent part of a model: a stack of layers of any cell, in one or both directions."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.initializers import INITIALIZERS
from seqjax.basics.options import option
from seqjax.basics.types import Layer
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.layers import bidirectional, dropout, recurrent, residual, stack


@dataclasses.dataclass(frozen=True)
class BodyConfig:
    """Recurrent layers on top of each other."""

    cell: str = option("lstm", f"the recurrence: {', '.join(CELLS)}")
    layers: int = option(1, "recurrent layers on top of each other")
    hidden: int = option(128, "units of a layer, in each direction")
    bidirectional: bool = option(False, "walk each layer from both ends")
    residual: bool = option(False, "add its inputs to the outputs of each layer above the first")
    dropout: float = option(0.0, "share of zeros in the inputs of each layer")
    locked: bool = option(False, "one dropout mask for all steps of a row (Gal 2016)")
    init: str = option("default", f"how cells begin: {', '.join(INITIALIZERS)}")
    forget_bias: float = option(-1.0, "where the forget gate's bias begins; -1 leaves it to --init")
    driver: str = option("auto", f"how time is walked: {', '.join(DRIVERS)}")


def body(config: BodyConfig, *, why: str = "", moved_start: bool = False) -> Layer:
    """dropout, layer, dropout, layer, ...: xs [T, B, D] -> hs [T, B, H], or 2H in both directions.

    What the last layer gives is not dropped here.

    Args:
      why: the reason, where a model cannot walk backwards: both directions are then refused.
      moved_start: whether the model adds something to the state that the layers begin with.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.

    >>> layers = body(BodyConfig(cell="gru", hidden=8, layers=2, bidirectional=True))
    >>> layers.width(3)
    16
    """
    _validate(config)
    if why and config.bidirectional:
        raise ValueError(f"bidirectional: got True, but {why}; want one direction")
    layers = []
    for number in range(config.layers):
        layer = _layer(config, moved_start)
        layers.append(dropout(config.dropout, locked=config.locked))
        layers.append(residual(layer) if config.residual and number else layer)
    return stack(layers)


def cell(config: BodyConfig, moved_start: bool = False) -> Cell:
    """The recurrence of one layer in one direction.

    With ``moved_start``, ``slstm`` begins with a memory of weight 1, whose c is learned: from the
    start without one, where n is 0, all that is added to c would be lost at the first step.

    Raises:
      ValueError: for an unknown cell or init, or a forget bias that the cell does not have.

    >>> cell(BodyConfig(cell="gru", hidden=8)).width
    8
    """
    make: Callable[..., Cell] = checks.lookup("cell", CELLS, config.cell)
    options: dict[str, Any] = {"init": checks.lookup("init", INITIALIZERS, config.init)}
    if config.forget_bias != -1:
        if "forget_bias" not in inspect.signature(make).parameters:
            raise ValueError(f"forget_bias: got {config.forget_bias}, but {config.cell} has none")
        options["forget_bias"] = config.forget_bias
    if moved_start and config.cell == "slstm":
        options["learn_start"] = True
    return make(config.hidden, **options)


def _layer(config: BodyConfig, moved_start: bool) -> Layer:
    forward = recurrent(cell(config, moved_start), config.driver)
    if not config.bidirectional:
        return forward
    return bidirectional(forward, recurrent(cell(config), config.driver, reverse=True))


def _validate(config: BodyConfig) -> None:
    checks.positive("layers", config.layers)
    checks.positive("hidden", config.hidden)
    checks.fraction("dropout", config.dropout)
    if not math.isfinite(config.forget_bias):
        raise ValueError(f"forget_bias: got {config.forget_bias}, want a number")
    if config.residual and config.layers == 1:
        raise ValueError("residual: got True, but one layer has no layer below it")
    if config.locked and not config.dropout:
        raise ValueError("locked: got True, but --dropout is 0: nothing would use it")
