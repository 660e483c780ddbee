"""Figures and predictions of a regressor over a part of a data set."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from seqjax.basics import mesh
from seqjax.basics.types import Array, Params
from seqjax.models.regressor import Regressor
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record
from seqjax.tasks.task import Part
from seqjax.training import evaluate as sums
from seqjax.training.fit import Figures


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss, of normalised targets; mse and mae in the units of the data."""
    return sums.evaluate(_metrics(loaded.model), loaded.params, (), part.source)


def readable(record: Record, figures: Figures) -> Figures:
    """Beside the mean squared error its root, which has the unit of the targets."""
    return {**figures, "rmse": figures["mse"] ** 0.5} if "mse" in figures else figures


def predictions(loaded: Loaded, part: Part) -> np.ndarray:
    """Those of all real elements, [N, K], normalised as the targets are."""
    forward = forward_of(loaded.model)
    batches = [(item, np.asarray(forward(loaded.params, item))) for item in part.source]
    return np.concatenate([_real(item, values) for item, values in batches])


def elements(part: Part, field: str) -> np.ndarray:
    """A field of all real elements, [N, ...]."""
    return np.concatenate([_real(item, item[field]) for item in part.source])


def _real(item: Mapping[str, np.ndarray], values: np.ndarray) -> np.ndarray:
    """Without padding: of values [B, K] the rows, of [T, B, K] the steps of rows."""
    if values.ndim == 2:
        return values[item["rows"] > 0]
    return values[np.arange(len(values))[:, None] < item["lengths"]]


@functools.lru_cache(maxsize=4)
def _metrics(model: Regressor) -> Callable[..., Any]:
    """``model.evaluate``, compiled once for a model."""
    return mesh.jit(model.evaluate)


@functools.lru_cache(maxsize=4)
def forward_of(model: Regressor) -> Callable[[Params, Any], Array]:
    """(params, batch) -> normalised predictions [B, K] or [T, B, K], compiled once for a model."""
    return mesh.jit(model.predict)
