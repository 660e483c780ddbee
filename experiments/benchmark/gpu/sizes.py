"""How large what is tried on a GPU is, and small enough to be tried anywhere."""

from __future__ import annotations

from typing import NamedTuple

import jax

from experiments.benchmark.language_models.setup import SETUPS, Setup


class Sizes(NamedTuple):
    """Of all jobs. Programs are few: on a GPU each takes seconds to compile."""

    check: tuple[int, int, int, int]
    """T, B, D, H of the comparison with float64"""
    wide: tuple[int, int, int, int]
    """the same, of a dense w_h that all multiprocessors of a GPU have to hold together"""
    hidden: int
    """units of the model that is trained, stopped and resumed"""
    shapes: tuple[str, ...]
    """of the rows of speed"""
    model: Setup
    """the language model that is trained beside torch's"""


REAL = Sizes(
    (48, 6, 24, 64),
    (48, 20, 24, 768),
    64,
    ("20x35x650", "64x128x512", "32x256x64", "16x1024x768"),
    SETUPS["medium"],
)
TINY = Sizes(
    (7, 3, 4, 6),
    (7, 3, 4, 8),
    6,
    ("2x3x4",),
    Setup(6, 4, 0.0, 0.1, words=30, text=501, batch=2),
)
"""For everything but the device."""


def sizes_of(tiny: bool) -> Sizes:
    """Those of a real check, or the tiny ones.

    Raises:
      ValueError: for a real one where JAX has no GPU.
    """
    platform = jax.devices()[0].platform
    if platform != "gpu" and not tiny:
        raise ValueError(
            f"GPU: JAX computes on {platform}; want an NVIDIA GPU with its driver, and pip install"
            " 'jax[cuda13]' (or cuda12); or --tiny, which tries everything but the device"
        )
    return TINY if tiny else REAL
