"""A field of a configuration: its default and the words that explain it, in one place."""

from __future__ import annotations

import dataclasses
from typing import Any


def option(default: Any, help: str) -> Any:
    """A dataclass field with ``metadata["help"]``, from which flags and their help are made."""
    return dataclasses.field(default=default, metadata={"help": help})
