"""A field of a configuration: its default and the words that explain it, in one place."""

from __future__ import annotations

import dataclasses
import os
from typing import Any


def option(default: Any, help: str) -> Any:
    """A dataclass field with ``metadata["help"]``, from which flags and their help are made."""
    return dataclasses.field(default=default, metadata={"help": help})


def at_home(value: Any) -> Any:
    """A setting that begins with ``~/`` is a path in the home of the user; others as they are."""
    home = isinstance(value, str) and value.startswith("~/")
    return os.path.expanduser(value) if home else value
