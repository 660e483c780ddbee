"""How a walk is cut for a GPU: what a block owns, chosen by sizes and by what was measured."""

from __future__ import annotations

import itertools
from typing import NamedTuple

ROWS, ROW_WORDS = 16, 16
"""Rows of a tile, and words of a row in a k block, as in kernels/ring.h."""


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


class Layout(NamedTuple):
    """The numbers of ``Shape`` in kernels/shape.h."""

    units: int
    """that a block owns, with all their gates"""
    cluster: int
    """blocks that cut the k axis of the product"""
    warps: int
    pieces: int
    """k blocks of a warp, whose weights are in its registers"""
    tiles: int
    """of 16 rows, of a block"""


class Sizes(NamedTuple):
    """Of a walk, as far as a layout depends on it."""

    backward: bool
    gates: int
    units: int
    tiles: int
    """of 16 rows"""
    numbers: int = 2
    """factors of the product in a word of 32 bits"""

    @property
    def depth(self) -> int:
        """Columns of a k block."""
        return ROW_WORDS * self.numbers

    @property
    def k_blocks(self) -> int:
        """Of the whole product: h forward, du of all gates backward."""
        return _ceil(self.units, self.depth) * (self.gates if self.backward else 1)

    def columns(self, layout: Layout) -> int:
        """Of the product, that a block owns."""
        return layout.units * (1 if self.backward else self.gates)

    def blocks(self, layout: Layout) -> tuple[int, int]:
        """(along units, along rows): the grid."""
        units = _ceil(self.units, self.depth) * self.depth
        clusters = _ceil(units, layout.units * layout.cluster)
        return clusters * layout.cluster, _ceil(self.tiles, layout.tiles)

    def weight_registers(self, layout: Layout) -> int:
        """Of a thread, that hold its part of w_h."""
        return 4 * layout.pieces * _ceil(layout.cluster * self.columns(layout), 8)

    def shared_bytes(self, layout: Layout) -> int:
        """``Shape::BYTES``."""
        columns = self.columns(layout)
        partial = 128 * layout.tiles * layout.warps * _ceil(layout.cluster * columns, 8)
        received = layout.cluster * layout.tiles * ROWS * columns if layout.cluster > 1 else 0
        buffers = 1 if 8 * partial > 160 * 1024 else 2
        return 4 * (buffers * partial + 2 * received) + 16


MEASURED = {
    Sizes(False, 4, 768, 1): Layout(8, 1, 4, 6, 1),  # 1.38 us a step; with 8 warps of 3: 1.49
    Sizes(True, 4, 768, 1): Layout(8, 4, 4, 6, 1),  # 1.83; clusters of 2: 2.61, none: 2.65
    Sizes(False, 4, 650, 2): Layout(16, 1, 7, 3, 1),  # 2.08; 8 units of 2 tiles: 2.21
    Sizes(True, 4, 650, 2): Layout(8, 4, 7, 3, 2),  # 3.08; 16 units, clusters of 2: 3.10
    Sizes(False, 4, 512, 4): Layout(16, 1, 8, 2, 1),  # 1.70; 8 units of 2 tiles: 2.18
    Sizes(False, 4, 1024, 8): Layout(16, 1, 8, 4, 4),  # 6.40; 8 units of 8 tiles: 7.97
    Sizes(False, 4, 1024, 1): Layout(8, 1, 8, 4, 1),  # 1.79; in clusters of 2: 2.89
    Sizes(True, 4, 1024, 1): Layout(16, 4, 8, 4, 1),  # 2.45; 8 units, clusters of 2: 3.21
    Sizes(False, 3, 768, 1): Layout(8, 1, 8, 3, 1),  # 1.40, the only one tried
    Sizes(True, 3, 768, 1): Layout(8, 4, 6, 3, 1),  # 2.08, the only one tried
    Sizes(False, 4, 200, 2): Layout(8, 1, 7, 1, 2),  # 1.68, the only one tried
    Sizes(True, 4, 200, 2): Layout(8, 4, 7, 1, 2),  # 2.46, the only one tried
    Sizes(False, 3, 200, 2): Layout(8, 2, 4, 1, 2),  # 2.16, the only one tried
    Sizes(True, 3, 200, 2): Layout(8, 2, 6, 2, 2),  # 2.29, the only one tried
}
"""The best of each size: microseconds a step on one H200 with 132 multiprocessors, bfloat16
products, once, by a study of the same loops before these kernels were written. Other sizes, and
these kernels themselves, were not measured."""

WEIGHT_REGISTERS = {4: 96, 8: 128, 12: 96, 16: 48}
"""By number of warps: what weights may take of a thread's registers, 255 at most and less the more
warps there are. As compiled by nvcc 13.0, gates and fragments then have enough left."""
SHARED_BYTES = 227 * 1024
CLUSTERED = 7 / 8
"""Of multiprocessors, that clusters of 4 may ask for: their parts of the chip are of uneven sizes,
and 128 of 132 did not fit. What fits is asked of the device before a layout is taken."""


def choose(sizes: Sizes, multiprocessors: int) -> Layout | None:
    """The layout of a walk: a measured one, or the first that fits; None where none does.

    The order is that of the measurements: few rows a block before few blocks, since a step of more
    tiles takes longer; clusters backward alone, where the vector is k times as long; few warps.
    """
    exact = MEASURED.get(sizes)
    if exact and _fits(sizes, exact, multiprocessors):
        return exact
    clusters = (4, 2, 1) if sizes.backward else (1,)
    for tiles, cluster, units in itertools.product((1, 2, 4, 8), clusters, (8, 12, 16)):
        for warps, most in WEIGHT_REGISTERS.items():
            pieces = _ceil(_ceil(sizes.k_blocks, cluster), warps)
            layout = Layout(units, cluster, warps, pieces, tiles)
            if sizes.weight_registers(layout) <= most and _fits(sizes, layout, multiprocessors):
                return layout
    return None


def _fits(sizes: Sizes, layout: Layout, multiprocessors: int) -> bool:
    """Whether all blocks run at once, one on each multiprocessor, and have the memory they need."""
    columns, groups = sizes.blocks(layout)
    room = multiprocessors * (CLUSTERED if layout.cluster > 2 else 1)
    return (
        columns * groups <= room
        and sizes.shared_bytes(layout) <= SHARED_BYTES
        and layout.pieces <= 16  # bits of a word say which fragments are missing
    )
