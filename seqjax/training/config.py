"""How parameters are optimized: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses
import math

from seqjax.basics import checks
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class Optimization:
    """One optimizer with its schedule. Epochs and evaluations are counted from the beginning."""

    optimizer: str = option("adam", "sgd, momentum, nesterov, adam, adamw, rmsprop or asgd")
    rate: float = option(2e-3, "learning rate that the schedule starts from")
    momentum: float = option(0.9, "of momentum and nesterov; the first beta of adam and adamw")
    beta2: float = option(0.999, "adam, adamw: decay of the mean of squared gradients")
    decay_rms: float = option(0.95, "rmsprop: decay of the mean of squared gradients")
    epsilon: float = option(1e-8, "adam, adamw, rmsprop: added to the root of that mean")
    weight_decay: float = option(
        0.0, "times each parameter: added to its clipped gradient, in adamw to its update"
    )
    schedule: str = option("constant", "of the rate: constant, step, cosine, one_cycle or plateau")
    warmup: float = option(0.1, "one_cycle: share of all steps over which the rate grows")
    final: float = option(0.0, "cosine, one_cycle: share of the rate that is left at the end")
    decay: float = option(0.5, "step, plateau: what the rate is multiplied by")
    decay_after: int = option(1, "step: epochs at the full rate; the next one is decayed")
    decay_every: int = option(1, "step: epochs from one decay to the next")
    patience: int = option(0, "plateau: evaluations in a row without improvement that are borne")
    clip: float = option(0.0, "largest global norm of the gradients; 0 for any")
    clip_value: float = option(0.0, "largest size of each entry of the gradients; 0 for any")
    accumulate: int = option(1, "batches whose mean gradient makes one update")
    average: str = option(
        "", "evaluate the mean of the parameters over steps: from some evaluation on (after), or"
        " as soon as the loss stalls (nonmonotonic); asgd alone means after"
    )  # fmt: skip
    average_after: int = option(0, "average=after: number of evaluations before the mean begins")
    nonmonotonic: int = option(
        5, "average=nonmonotonic: the newest evaluations that the loss is not compared with"
    )


# Who uses an option: the choice it belongs to, and the values of that choice.
_USERS = {
    "momentum": ("optimizer", "momentum nesterov adam adamw"),
    "beta2": ("optimizer", "adam adamw"),
    "decay_rms": ("optimizer", "rmsprop"),
    "epsilon": ("optimizer", "adam adamw rmsprop"),
    "warmup": ("schedule", "one_cycle"),
    "final": ("schedule", "cosine one_cycle"),
    "decay": ("schedule", "step plateau"),
    "decay_after": ("schedule", "step"),
    "decay_every": ("schedule", "step"),
    "patience": ("schedule", "plateau"),
    "average_after": ("average", "after"),
    "nonmonotonic": ("average", "nonmonotonic"),
}


def averaging(config: Optimization) -> str:
    """The rule by which averaging begins: "", "after" or "nonmonotonic".

    >>> averaging(Optimization(optimizer="asgd"))
    'after'
    """
    return config.average or ("after" if config.optimizer == "asgd" else "")


def validate(config: Optimization) -> None:
    """Checks the numbers, and that no option is set that nothing would use.

    The names of optimizer and schedule are looked up by those who make them.

    Raises:
      ValueError: for a number out of range, an unknown ``average``, or an option without a user.

    >>> validate(Optimization(optimizer="sgd", rate=0.1, clip=5.0))
    """
    if config.average:
        checks.lookup("average", {"after": 0, "nonmonotonic": 0}, config.average)
    _numbers(config)
    choices = {
        "optimizer": config.optimizer,
        "schedule": config.schedule,
        "average": averaging(config),
    }
    for field in dataclasses.fields(config):
        kind, users = _USERS.get(field.name, ("", ""))
        value = getattr(config, field.name)
        if kind and value != field.default and choices[kind] not in users.split():
            raise ValueError(
                f"{field.name}: got {value!r}, but {kind} {choices[kind]!r} does not use it, only"
                f" {' '.join(users.split())}; leave it at {field.default!r}"
            )


def _numbers(config: Optimization) -> None:
    for name in ("momentum", "beta2", "decay_rms", "warmup"):
        checks.fraction(name, getattr(config, name))
    for name in ("decay_after", "decay_every", "accumulate", "nonmonotonic"):
        checks.positive(name, getattr(config, name))
    for name in ("rate", "epsilon"):
        _between(config, name, 0, math.inf, low=False, high=False)
    for name in ("weight_decay", "clip", "clip_value", "patience", "average_after"):
        _between(config, name, 0, math.inf, high=False)
    _between(config, "decay", 0, 1, low=False)
    _between(config, "final", 0, 1)


def _between(
    config: Optimization, name: str, least: float, most: float, low: bool = True, high: bool = True
) -> None:
    """The value lies in the interval, whose ends belong to it if ``low`` and ``high``."""
    value = getattr(config, name)
    inside = least < value < most or (low and value == least) or (high and value == most)
    if not inside:
        interval = f"{'[' if low else '('}{least}, {most}{']' if high else ')'}"
        raise ValueError(f"{name}: got {value}, want a number in {interval}")
