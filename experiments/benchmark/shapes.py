"""Shapes as text, and the shape sets by name.

    20x35x200                                   batch x steps x width (inputs as wide as states)
    20x35x100x200                               batch x steps x inputs x states
    20x35x200:layers=2:bidirectional:padded     what else a shape may be, in any order
    16x1024x768:heads=24                        recurrent weights in 24 blocks

``padded`` sequences have lengths between a quarter of the steps and all of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from experiments.benchmark.cases import Shape
from seqjax.basics import checks

SIZES = re.compile(r"[1-9]\d*(x[1-9]\d*){2,3}")
NUMBERED = re.compile(r"(layers|heads)=([1-9]\d*)")
OPTIONS = ("bidirectional", "padded")


class ShapeSet(NamedTuple):
    """Shapes, and what is measured with them if nothing else is asked for."""

    shapes: str
    modes: str = "forward,gradient"
    drivers: str = "auto,sequential"


SETS = {
    "small": ShapeSet("20x35x200,32x64x128,8x128x64"),
    "medium": ShapeSet("20x35x650,64x64x512,32x256x256"),
    # Of Zaremba et al. 2014: small and medium.
    "language_model": ShapeSet("20x20x200:layers=2,20x35x650:layers=2", "forward,train"),
    "tagging": ShapeSet(
        "32x50x100x200:bidirectional:padded,32x50x100x200:layers=2:padded,"
        "32x50x100x200:layers=2:bidirectional:padded"
    ),
    "long": ShapeSet(
        "8x4096x64,8x16384x64,1x4096x256", "gradient", "sequential,hoisted,chunked"
    ),
    # Steps are those of the comparison with the reference; what is timed is one.
    "streaming": ShapeSet("1x16x200:layers=2,1x16x650:layers=2,64x16x650:layers=2", "latency"),
    # Of the published timings of FlashRNN (Pöppel et al. 2024).
    "flashrnn": ShapeSet("16x1024x768"),
    # The shapes that seqjax was written against.
    "cpu": ShapeSet("20x35x200,20x35x650,64x128x512,32x256x64,8x1024x32,1x512x256"),
    # What time in parallel is for: few rows, many steps. Sized for a GPU; programs are few, since
    # each takes seconds to compile: --cells=min_gru,lru,ind_rnn,gru --peers=none takes 5 minutes.
    "parallel": ShapeSet(
        "8x1024x16,8x16384x16,1x262144x16", "gradient", "auto,sequential,associative,newton"
    ),
    # The same for a CPU: one row, up to a million steps.
    "parallel_cpu": ShapeSet(
        "1x64x16,1x1024x16,1x16384x16,1x131072x16,1x1048576x16", "gradient",
        "sequential,hoisted,native,associative,newton",
    ),
    # What a kernel that walks all steps is measured by.
    "gpu": ShapeSet(
        "16x1024x768,16x1024x768:heads=24,16x1024x1024,1x1024x768,20x35x650,64x128x512,"
        "128x256x1024,32x256x64",
        drivers="auto,hoisted,fused",
    ),
}  # fmt: skip


def parse_shape(text: str) -> Shape:
    """The shape that a text of the grammar names.

    Raises:
      ValueError: for a text that names none.
    """
    sizes, *options = text.split(":")
    if not SIZES.fullmatch(sizes):
        raise ValueError(f"shapes: got {text!r}, want batch x steps x width, as in 20x35x200")
    numbers = [int(number) for number in sizes.split("x")]
    batch, steps, inputs, hidden = numbers if len(numbers) == 4 else [*numbers, numbers[-1]]
    numbered = {"layers": 1, "heads": 1}
    for option in options:
        if match := NUMBERED.fullmatch(option):
            numbered[match[1]] = int(match[2])
        elif option not in OPTIONS:
            raise ValueError(
                f"shapes: got {option!r} in {text!r}, want layers=2, heads=2, bidirectional or"
                " padded"
            )
    if hidden % numbered["heads"]:
        raise ValueError(f"shapes: got {text!r}, want heads that divide {hidden}")
    names = [option.split("=")[0] for option in options]
    if len(set(names)) < len(names):
        raise ValueError(f"shapes: got {text!r}, want each of its options once")
    both, padded = (name in options for name in OPTIONS)
    return Shape(batch, steps, inputs, hidden, numbered["layers"], both, padded, numbered["heads"])


def parse_shapes(text: str) -> list[Shape]:
    """Those of several texts with commas between them, each once."""
    return list(dict.fromkeys(parse_shape(part) for part in text.split(",")))


def format_shape(shape: Shape) -> str:
    """The shortest text that names the shape."""
    inputs = [] if shape.inputs == shape.hidden else [shape.inputs]
    sizes = "x".join(map(str, (shape.batch, shape.steps, *inputs, shape.hidden)))
    numbered = {"layers": shape.layers, "heads": shape.heads}
    texts = [f"{name}={number}" for name, number in numbered.items() if number > 1]
    return ":".join([sizes, *texts, *(name for name in OPTIONS if getattr(shape, name))])


def shape_sets(names: str) -> list[ShapeSet]:
    """Those of several names with commas between. Raises a ValueError for an unknown one."""
    return [checks.lookup("set", SETS, name) for name in names.split(",")] if names else []
