"""Libraries that need not be installed."""

from __future__ import annotations

import importlib
from typing import Any


def optional_module(name: str, extra: str) -> Any:
    """The module of that name, which the optional ``extra`` of the package brings.

    Raises:
      ImportError: if it is not installed; names the extra.

    >>> optional_module("json", "interop").__name__
    'json'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} is not installed; pip install 'seqjax[{extra}]'") from error
