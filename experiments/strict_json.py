"""Figures as JSON that every reader takes."""

from __future__ import annotations

import json
import math
from typing import Any


def text(tree: Any) -> str:
    """Indented JSON with a line end; null where a figure is not finite, which JSON cannot say."""
    return json.dumps(_finite(tree), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _finite(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_finite(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree
