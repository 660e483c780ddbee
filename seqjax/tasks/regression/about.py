"""What is said of the numbers before training begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.settings import Record
from seqjax.tasks.task import Part


def about(record: Record, parts: Mapping[str, Part], values: Mapping[str, int]) -> str:
    """What is predicted from what, and how much of it there is."""
    data, sizes = record["data"], []
    for part, (_, series) in parts.items():
        members = f" ({len(series):,} series)" if series else ""
        sizes.append(f"{part} {values[part]:,}{members}")
    return (
        f"{data['name']}: from {', '.join(data[INPUTS])} to {', '.join(data[TARGETS])}"
        f" ({record['config']['output']}); values to predict: {', '.join(sizes)}"
    )


def notes(data: Mapping[str, Any], train: Part) -> list[str]:
    """What somebody who brings a file for the first time may not expect."""
    source, series = train
    lines = []
    if ignored := series[0].ignored:
        names = ", ".join(name or "one without a name" for name in ignored)
        lines.append(f"columns that are left out, as not all they hold are numbers: {names}")
    if len(series) == 1:
        batches = "one step of training an epoch (--window cuts it; --id tells series apart)"
        if data["window"]:
            pieces = f"{len(source.examples)} pieces of {data['window']} steps"
            batches = f"cut into {pieces}, {len(source)} batches an epoch"
            batches += " (see --window and --batch)"
        steps = len(series[0].values)
        lines.append(f"the training part is one series of {steps:,} steps: {batches}")
    return lines
