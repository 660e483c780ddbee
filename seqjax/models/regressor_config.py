"""What a regression model is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.layers.pooling import POOLINGS
from seqjax.models.body import BodyConfig

OUTPUTS = ("one", "each", "forecast")


@dataclasses.dataclass(frozen=True)
class RegressorConfig(BodyConfig):
    """Recurrent layers over numbers, with numbers out."""

    output: str = option(
        "forecast", "one (numbers of a whole sequence), each (numbers of every step) or forecast"
        " (at every step, numbers of a later one)"
    )  # fmt: skip
    pooling: str = option(
        "last", f"output=one: how a sequence becomes one vector, {', '.join(POOLINGS)}"
    )
    ahead: int = option(1, "output=forecast: how many steps ahead of the inputs the targets are")
    loss: str = option("mse", "what is minimised: mse, mae or huber")
    delta: float = option(1.0, "loss=huber: up to this error it is a square, then a line")


def validate(config: RegressorConfig) -> None:
    """Raises a ValueError for what no model can be made of. The body looks at its own options."""
    checks.lookup("output", dict.fromkeys(OUTPUTS), config.output)
    checks.positive("ahead", config.ahead)
    users = {
        "pooling": ("output", "one"),
        "ahead": ("output", "forecast"),
        "delta": ("loss", "huber"),
    }
    for name, (choice, user) in users.items():
        value, default = getattr(config, name), getattr(RegressorConfig(), name)
        if value != default and getattr(config, choice) != user:
            raise ValueError(f"{name}: got {value!r}, but {choice}={user} alone uses it")
