"""The text of the kernels of a gate: all that a compiler needs, in one piece."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from seqjax.drivers.fused.dense.layouts import Layout, Sizes

KERNELS = Path(__file__).parent / "kernels"


class Factor(NamedTuple):
    """Of the product of a step."""

    name: str
    """its type in the kernels"""
    dtype: str
    """of w_h as the kernels get it"""
    numbers: int
    """in a word of 32 bits"""


FACTORS = {
    "bfloat16": Factor("Bfloat16", "bfloat16", 2),
    "float16": Factor("Float16", "float16", 2),
    "tf32": Factor("Tf32", "float32", 1),
}
"""By precision of the product."""


class Source(NamedTuple):
    """Two kernels, ``forward`` and ``backward``."""

    name: str
    """another one for every other text"""
    text: str


def with_headers(text: str, seen: set[str] | None = None) -> str:
    """The text with its own headers in the place of their includes, each once."""
    seen = set[str]() if seen is None else seen

    def header(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen or not (KERNELS / name).exists():
            return "" if name in seen else match[0]
        seen.add(name)
        return with_headers((KERNELS / name).read_text(encoding="utf-8"), seen)

    return re.sub(r'#include "(\w+\.h)"', header, text.replace("#pragma once\n", ""))


def source(body: str, factor: Factor, ways: dict[Sizes, Layout]) -> Source:
    """The kernels of a gate, whose functor is ``body``, for these layouts."""
    lines = [
        *(["#define TANH ::tanhf"] if factor.dtype == "float32" else []),
        '#include "functions.h"',
        '#include "forward.h"',
        '#include "backward.h"',
        f"namespace gate {{ struct Gate {body} }}",
    ]
    for sizes, layout in ways.items():
        name = "Backward" if sizes.backward else "Forward"
        numbers = (layout.units, sizes.columns(layout), *layout[1:], sizes.numbers)
        shape = f"Shape<{', '.join(map(str, numbers))}>"
        lines.append(
            f"KERNEL({32 * layout.warps}) {name.lower()}(PARAMETER Arguments a) {{\n"
            "  SHARED(memory);\n"
            f"  {name}<gate::Gate, {factor.name}, {shape}>::walk(a, memory);\n}}"
        )
    text = with_headers("\n".join(lines)) + "\n"
    return Source(f"dense_{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)
