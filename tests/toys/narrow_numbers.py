"""Random numbers for tests of whatever may come in: of narrow dtypes, far apart, infinite."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

DTYPES = (jnp.bfloat16, jnp.float16, jnp.float32)
SCALES = (0.0, 1.0, 8.0, 300.0)


@st.composite
def numbers(draw, shapes, infinite=(-np.inf,)):
    """(an array of one of the dtypes, itself in float64); here and there -inf, or what is given."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from(shapes))
    values = random.normal(size=shape) * draw(st.sampled_from(SCALES))
    share = draw(st.sampled_from([0.0, 0.2, 0.6])) if infinite else 0
    if share:
        values = np.where(random.random(shape) < share, random.choice(infinite, shape), values)
    narrow = values.astype(np.float32).astype(draw(st.sampled_from(DTYPES)))
    return narrow, narrow.astype(np.float64)


def log_softmax(logits):
    """In float64; NaN where all are -inf."""
    with np.errstate(invalid="ignore", divide="ignore"):
        below = logits - logits.max(-1, keepdims=True)
        return below - np.log(np.exp(below).sum(-1, keepdims=True))


def close(got, want, scale):
    """Equal to the rounding of float32 at numbers of that size; NaN and infinities where they are.

    And in float32, whatever came in.
    """
    assert got.dtype == np.float32
    allowed = 2e-6 * (1 + np.abs(scale[np.isfinite(scale)]).max(initial=0))
    np.testing.assert_allclose(np.asarray(got, np.float64), want, rtol=2e-6, atol=allowed)
