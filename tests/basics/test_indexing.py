"""What stands at an index; nothing stands at a wrong one, and nothing is learnt there."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.basics.indexing import entries, rows

TABLE = np.arange(1.0, 7.0, dtype=np.float32).reshape(3, 2)
WRONG = [-1, -3, -4, 3, 300, 2**31 - 1, -(2**31)]


def columns(table, ids):
    """``rows`` by ``entries``."""
    return jnp.stack([jax.vmap(entries, (None, 0))(column, ids) for column in table.T], -1)


@pytest.mark.parametrize("take", [rows, columns])
def test_values_and_gradients(take):
    ids = np.array([2, *WRONG, 0], np.int32)

    def total(table):
        values = take(table, ids)
        return jnp.nansum(values * values), values

    gradient, values = map(np.asarray, quick(jax.grad(total, has_aux=True))(TABLE))
    np.testing.assert_array_equal(values[[0, -1]], TABLE[[2, 0]])
    assert np.isnan(values[1:-1]).all()
    np.testing.assert_array_equal(gradient, 2 * TABLE * np.array([[1], [0], [1]]))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32"])
def test_narrow_ids_reach_large_tables(dtype):
    table = np.arange(1000.0, dtype=np.float32)[:, None]
    ids = np.array([5, 127, -1], np.int64).astype(dtype)
    found = quick(rows)(table, ids)[:, 0]
    np.testing.assert_array_equal(found, [5, 127, 255 if dtype == "uint8" else np.nan])
