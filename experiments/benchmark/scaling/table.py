"""The table of what several devices cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.benchmark.scaling.exchange import KINDS


def heading() -> str:
    """Of a table in Markdown."""
    names = ["model", "devices", "compile s", "step ms", "words/s", "efficiency", "MB a step"]
    return f"| {' | '.join([*names, 'collectives'])} |\n|---|---|{'--:|' * 5}---|"


def line(case: str, name: str, result: Mapping[str, Any], alone: Mapping[str, Any]) -> str:
    """A row.

    Args:
      alone: what one device without a mesh has taken.
    """
    calls = [f"{result['calls'][kind]} {kind}" for kind in KINDS if kind in result["calls"]]
    cells = [
        case,
        name,
        f"{result['compile']:.1f}",
        f"{1e3 * result['step']:.1f}",
        f"{result['amount'] / result['step']:,.0f}",
        f"{alone['step'] / result['step']:.2f}",
        f"{sum(result['bytes'].values()) / 1e6:.2f}",
        ", ".join(calls) or "none",
    ]
    return f"| {' | '.join(cells)} |"
