"""Drivers: ways to walk time, one signature for all. ``DRIVERS`` names them."""

from __future__ import annotations

from seqjax.drivers.associative import associative
from seqjax.drivers.auto import auto
from seqjax.drivers.chunked import chunked
from seqjax.drivers.driver import Driver
from seqjax.drivers.fused import fused, fused_with
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.inputs import Outputs, OutputsWithStates, ScanInputs, ScanOutputs
from seqjax.drivers.native import native
from seqjax.drivers.newton import Convergence, newton, newton_convergence
from seqjax.drivers.sequential import sequential

__all__ = [
    "DRIVERS",
    "Convergence",
    "Driver",
    "Outputs",
    "OutputsWithStates",
    "ScanInputs",
    "ScanOutputs",
    "associative",
    "auto",
    "chunked",
    "fused",
    "fused_with",
    "hoisted",
    "native",
    "newton",
    "newton_convergence",
    "sequential",
]

DRIVERS: dict[str, Driver] = {
    driver.name: driver
    for driver in (auto, sequential, hoisted, chunked, native, fused, associative, newton)
}
