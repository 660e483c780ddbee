"""Predictions as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_json(value: Any) -> object:
    """A prediction as what JSON holds: named tuples are objects, arrays are lists.

    >>> from seqjax.tasks.language_model import Score
    >>> as_json([Score("a cat", -4.5, 3, 0)])
    [{'sentence': 'a cat', 'log_probability': -4.5, 'tokens': 3, 'unknown': 0}]
    """
    if hasattr(value, "_asdict"):
        return {name: as_json(each) for name, each in value._asdict().items()}
    if isinstance(value, dict):
        return {str(name): as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
