"""Drivers: ways to walk time. All have the signature of ``sequential``; ``DRIVERS`` names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqjax.drivers.auto import auto
from seqjax.drivers.chunked import chunked
from seqjax.drivers.cudnn import cudnn
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.native import native
from seqjax.drivers.sequential import sequential

__all__ = ["DRIVERS", "auto", "chunked", "cudnn", "hoisted", "native", "sequential"]

DRIVERS: dict[str, Callable[..., Any]] = {
    "auto": auto,
    "sequential": sequential,
    "hoisted": hoisted,
    "chunked": chunked,
    "native": native,
    "cudnn": cudnn,
}
