"""Libraries that need not be installed."""

from __future__ import annotations

import importlib
from typing import Any


def library(name: str) -> Any:
    """The module of that name.

    Raises:
      ImportError: if it is not installed; names the extra which brings it.

    >>> library("json").__name__
    'json'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} is not installed; pip install 'seqjax[interop]'") from error
