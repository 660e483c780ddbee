"""What all parity tests share: weights with no zero among them, layers, and a strict comparison."""

from functools import cache

import jax
import numpy as np
import pytest

from seqjax.basics.cell import Cell
from seqjax.layers import bidirectional, recurrent, stack

T, B, D = 7, 3, 5


@pytest.fixture(autouse=True)
def exact_products():
    with jax.default_matmul_precision("highest"):
        yield


@pytest.fixture
def noise():
    """noise(*shape) -> float32 normal numbers, deviation 1/2, new ones with every call."""
    random = np.random.default_rng(0)
    return lambda *shape: random.normal(0, 0.5, shape).astype(np.float32)


@pytest.fixture
def xs(noise):
    return 2 * noise(T, B, D)


@pytest.fixture
def drawn(noise):
    """drawn(layer) -> parameters of the layer for xs, every one random, biases included."""

    def draw(layer):
        made = jax.eval_shape(lambda key: layer.init(key, D), jax.random.key(0))
        return jax.tree.map(lambda leaf: noise(*leaf.shape), made)

    return draw


@cache
def compiled(cells, both):
    """The layer, whose programs all tests of these cells share."""

    def one(cell):
        ahead = recurrent(cell, driver="sequential")
        back = recurrent(cell, driver="sequential", reverse=True)
        return bidirectional(ahead, back) if both else ahead

    layer = one(cells[0]) if len(cells) == 1 else stack([one(cell) for cell in cells])
    return layer._replace(apply=jax.jit(layer.apply))


@pytest.fixture
def build():
    """build(cell or cells, layers, both) -> the layer, in the form that interop loads into."""

    def make(cell, layers=1, both=False):
        return compiled((cell,) * layers if isinstance(cell, Cell) else tuple(cell), both)

    return make


@pytest.fixture
def states():
    """states(carry, layers, both) -> our final states, layer by layer, forward before backward."""

    def flat(carry, layers=1, both=False):
        each = carry if layers > 1 else (carry,)
        return [state for one in each for state in (one if both else (one,))]

    return flat


@pytest.fixture
def same():
    """same(got, want): equal structures of arrays, to float32 rounding."""

    def compare(got, want):
        got, want = jax.tree.leaves(got), jax.tree.leaves(want)
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=2e-6, atol=1e-6)

    return compare
