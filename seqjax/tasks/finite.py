"""Whether a trained model says anything: NaN as parameter or answer is an error, not a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Params
from seqjax.decoding.defined import WANT


def check_parameters(params: Params, where: str) -> None:
    """Checks parameters that were read from ``where``.

    Raises:
      ValueError: names the first that is not finite.
    """
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if not np.isfinite(np.asarray(leaf)).all():
            name = jax.tree_util.keystr(path, simple=True, separator=".")
            raise ValueError(f"{where}: parameter {name} is not finite; {WANT}")


def check_answers(records: Sequence[Any]) -> None:
    """Checks what a task predicts, a record for each input. -inf is a logarithm, and is fine.

    Raises:
      ValueError: says for which input there is NaN.
    """
    for number, record in enumerate(records, 1):
        if _has_nan(record):
            raise ValueError(f"inputs: the model gave NaN for input {number}; {WANT}")


def _has_nan(tree: Any) -> bool:
    if isinstance(tree, float | np.floating):
        return bool(np.isnan(tree))
    if isinstance(tree, np.ndarray | jax.Array):
        return bool(jnp.issubdtype(tree.dtype, jnp.floating) and np.isnan(np.asarray(tree)).any())
    if isinstance(tree, Mapping):
        return any(map(_has_nan, tree.values()))
    return isinstance(tree, list | tuple) and any(map(_has_nan, tree))
