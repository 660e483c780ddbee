"""The table of conventions: its functions on small arrays, and that nothing in it is unknown."""

import importlib

import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.cells import CELLS
from seqjax.interop import gates, trees

ROWS = [(lib, cell) for lib, table in gates.CONVENTIONS.items() for cell in table]


def test_reordering_by_hand():
    row = gates.CONVENTIONS["haiku"]["lstm"]  # i g f o
    ours = np.array([[10, 11, 20, 21, 30, 31, 40, 41]])  # i f g o, H = 2
    theirs = np.array([[10, 11, 30, 31, 20, 21, 40, 41]])
    np.testing.assert_array_equal(gates.to_theirs(row, "lstm", ours), theirs)
    np.testing.assert_array_equal(gates.from_theirs(row, "lstm", theirs), ours)
    np.testing.assert_array_equal(gates.added(row, "lstm", 8), [0, 0, 1, 1, 0, 0, 0, 0])

    row = gates.CONVENTIONS["haiku"]["gru_reset_before"]  # z r n, z inverted
    ours, theirs = np.array([1.0, 2.0, 3.0]), np.array([-2.0, 1.0, 3.0])  # r z n, H = 1
    np.testing.assert_array_equal(gates.to_theirs(row, "gru_reset_before", ours), theirs)
    np.testing.assert_array_equal(gates.from_theirs(row, "gru_reset_before", theirs), ours)


@pytest.mark.parametrize("array", [np.arange(24.0).reshape(2, 12), jnp.arange(24.0).reshape(2, 12)])
@pytest.mark.parametrize(("library", "cell"), ROWS)
def test_reordering_is_invertible_and_keeps_the_kind_of_array(library, cell, array):
    row = gates.convention(library, cell)
    there = gates.to_theirs(row, cell, array)
    assert isinstance(there, np.ndarray) == isinstance(array, np.ndarray)
    np.testing.assert_array_equal(gates.from_theirs(row, cell, there), array)


@pytest.mark.parametrize(("library", "cell"), ROWS)
def test_rows_name_known_cells_gates_and_modules(library, cell):
    row = gates.convention(library, cell)
    assert cell in CELLS
    assert sorted(row.blocks) == sorted(gates.OURS[cell])
    assert set(row.inverted) | {gate for gate, _ in row.added} <= set(row.blocks)
    module = importlib.import_module(f"seqjax.interop.{library}")
    assert callable(module.load) and callable(module.store)


def test_unknown_cell():
    with pytest.raises(ValueError, match="cell: got peephole_lstm, but torch has only rnn, lstm"):
        gates.convention("torch", "peephole_lstm")


def test_layers_without_parameters_are_passed_over():
    cell = CELLS["rnn"](2)
    params = {"0": {"w_x": 1}, "1": {}, "10": {"w_x": 3}, "2": {"w_x": 2}}
    found = trees.unnest(params, cell, lambda p, c: p["w_x"])
    assert found == [[1], [2], [3]]  # in the order of numbers, not of strings
