"""Libraries that need not be installed."""

from __future__ import annotations

import importlib
from typing import Any


def library(name: str) -> Any:
    """The module of that name, or an ImportError that names the extra which brings it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} is not installed; pip install 'seqjax[interop]'") from error
