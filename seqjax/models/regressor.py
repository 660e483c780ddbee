"""Regression: sequences of numbers in, numbers out, once (many-to-one) or at every step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks, masks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dense, dropout
from seqjax.layers.pooling import POOLINGS, pooling
from seqjax.models.body import BodyConfig, body
from seqjax.models.door import checked
from seqjax.objectives import masked, mean
from seqjax.objectives.regression import regression_loss

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
    """Checks what no model can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
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


Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]
AHEAD = "the targets are ahead of the inputs, and walking backwards would see them"


class Regressor(NamedTuple):
    """What training, evaluation and prediction need of a regression model.

    A batch is a dict of inputs [T, B, D], lengths int32 [B], rows float32 [B] and targets, [B, K]
    or, unless output=one, [T, B, K]. Inputs and targets are as the data was normalised.
    """

    init: Callable[[Array], Params]
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, (), batch, *, key) -> (loss, ((), {"loss": (total, count)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, (), batch) -> ((), {"loss", "mse", "mae": (values, weights)}); the latter two in
    the units of the data"""
    predict: Callable[[Params, Batch], Array]
    """(params, batch) -> predictions, shaped like the targets, normalised as they are"""


def regressor(
    config: RegressorConfig, inputs: int, outputs: int, deviation: Sequence[float] | None = None
) -> Regressor:
    """The model from ``inputs`` columns to ``outputs`` columns.

    Parameters: {"body": ..., "pooling": ..., "head": {"w", "b"}}.

    Args:
      deviation: [K], what one unit of each normalised target is in the units of the data; None
        where targets are not normalised.

    Raises:
      ValueError: for a configuration that contradicts itself, which names the option, or
        deviations that are not one a column.

    >>> model = regressor(RegressorConfig(hidden=8), inputs=3, outputs=2)
    >>> batch = {"inputs": jnp.zeros((5, 1, 3)), "lengths": jnp.array([5])}
    >>> params = model.init(jax.random.key(0))
    >>> jax.jit(model.predict)(params, batch).shape
    (5, 1, 2)
    """
    validate(config)
    for name, value in (("inputs", inputs), ("outputs", outputs)):
        checks.positive(name, value)
    units = np.ones(outputs) if deviation is None else np.asarray(deviation, np.float64)
    if units.shape != (outputs,):
        raise ValueError(f"deviation: got shape {units.shape}, want {outputs} numbers")
    layers = body(config, why=AHEAD if config.output == "forecast" else "")
    pool = pooling(config.pooling, both_ways=config.bidirectional)
    out, head = dropout(config.dropout, locked=config.locked), dense(outputs)
    elements = regression_loss(config.loss, delta=config.delta)
    each_step = config.output != "one"

    def init(key: Array) -> Params:
        checks.key(key)
        body_key, pooling_key, head_key = jax.random.split(key, 3)
        params = {"body": layers.init(body_key, inputs)}
        width = layers.width(inputs)
        if not each_step:
            params["pooling"] = pool.init(pooling_key, width)
        return {**params, "head": head.init(head_key, width)}

    def predict(params: Params, batch: Batch, key: Array | None = None) -> Array:
        keys = (None, None) if key is None else jax.random.split(key)
        _, hs = layers.apply(params["body"], batch["inputs"], batch["lengths"], key=keys[0])
        if not each_step:
            # A layer without parameters may have been lost from a tree that was flattened.
            hs = pool.apply(params.get("pooling", {}), hs, batch["lengths"])[None]
        _, hs = out.apply({}, hs, key=keys[1])
        _, ys = head.apply(params["head"], hs)
        return ys if each_step else ys[0]

    def real(batch: Batch) -> Array:
        """float32, shaped like the targets: 1 where there is one."""
        targets = batch["targets"]
        mask = masks.valid(batch["lengths"], len(targets)) if each_step else batch["rows"]
        return jnp.broadcast_to(jnp.asarray(mask, jnp.float32)[..., None], targets.shape)

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        losses = elements(predict(params, batch, key), batch["targets"])
        total, count = masked(losses, real(batch))
        return mean(total, count), (carry, {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        ys, targets, weights = predict(params, batch), batch["targets"], real(batch)
        error = (ys - targets) * jnp.asarray(units, ys.dtype)
        return carry, {
            "loss": (elements(ys, targets), weights),
            "mse": (error**2, weights),
            "mae": (jnp.abs(error), weights),
        }

    without_noise = Regressor(init, loss, evaluate, lambda params, batch: predict(params, batch))
    return checked("regressor", without_noise)
