"""What a transcriber is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.models.body import BodyConfig

OUTPUTS = {"ctc": 0, "label": 0}


@dataclasses.dataclass(frozen=True)
class TranscriberConfig(BodyConfig):
    """Recurrent layers between frames of features and labels."""

    bidirectional: bool = option(True, "walk each layer from both ends")
    output: str = option(
        "ctc", "ctc (a sequence of labels, without alignment) or label (one for the whole)"
    )
    stack: int = option(1, "frames that are put side by side into one step")
    pooling: str = option(
        "mean", "output=label: what the layers give, as one vector: last, mean, max or attention"
    )


def validate(config: TranscriberConfig) -> None:
    """Raises a ValueError for what no model can be made of."""
    checks.lookup("output", OUTPUTS, config.output)
    checks.positive("stack", config.stack)
    if config.output == "ctc" and config.pooling != TranscriberConfig().pooling:
        raise ValueError(f"pooling: got {config.pooling!r}, but with output=ctc nothing is pooled")
