"""Parity and products of permutations, against what Python itself computes."""

from __future__ import annotations

import functools
import itertools
import operator

import numpy as np
import pytest

from seqjax.data.builtin.parity import composition_table, parity, permutation_products


def test_parity_is_whether_ones_are_odd_in_number() -> None:
    bits, targets = parity(20, 9, seed=3)
    assert bits.shape == targets.shape == (20, 9)
    for row, found in zip(bits.tolist(), targets.tolist(), strict=True):
        assert found == [functools.reduce(operator.xor, row[: t + 1]) for t in range(9)]
    assert 0.3 < bits.mean() < 0.7


@pytest.mark.parametrize("elements", [2, 3, 5])
def test_a_product_moves_things_as_its_permutations_do_one_after_the_other(elements: int) -> None:
    permutations = list(itertools.permutations(range(elements)))
    drawn, products = permutation_products(5, 7, elements=elements, seed=1)
    assert drawn.max() < len(permutations)
    for row, found in zip(drawn, products, strict=True):
        places = list(range(elements))
        for step, number in zip(row, found, strict=True):
            places = [permutations[step][place] for place in places]
            assert permutations[number] == tuple(places)


def test_the_table_is_a_group_that_does_not_commute() -> None:
    table = composition_table(3)
    everything = list(range(6))
    assert [sorted(row) for row in table.tolist()] == [everything] * 6
    assert table[0].tolist() == table[:, 0].tolist() == everything
    for i, j, k in itertools.product(everything, repeat=3):
        assert table[table[i, j], k] == table[i, table[j, k]]
    assert (table != table.T).any()


def test_a_seed_is_a_data_set() -> None:
    assert np.array_equal(parity(4, 9, seed=0).inputs, parity(4, 9, seed=0).inputs)
    assert not np.array_equal(parity(4, 9, seed=0).inputs, parity(4, 9, seed=1).inputs)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="steps: got 0, want 1 or more"):
        parity(1, 0, seed=0)
    with pytest.raises(ValueError, match="count: got 0, want 1 or more"):
        permutation_products(0, 1, seed=0)
    for elements in (1, 6):
        with pytest.raises(ValueError, match=f"elements: got {elements}, want 2 to 5"):
            permutation_products(1, 1, elements=elements, seed=0)
