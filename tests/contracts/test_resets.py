"""Packed documents: a reset is as good as a new row."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from cases import REFERENCE, B, T, of_drivers, over_walks, over_ways
from walking import answer, close, in_numpy, plain, problem

pytestmark = pytest.mark.usefixtures("x64")


def begun_at_once(given):
    """The problem with a document that begins at step 0 of every row."""
    return given._replace(resets=given.resets | (np.arange(T) == 0)[:, None])


@over_ways(lambda case, driver: not case.noisy)
def test_documents_equal_rows_of_their_own(case, driver, way):
    """Every document of every packed row, walked alone from the start carry, gives its outputs."""
    given, reverse = problem(case, seed=20), way == "reverse"
    given = begun_at_once(given)
    packed = answer(case, driver, given, reverse=reverse).hs
    start = in_numpy(case.cell.start(given.params, (B,)))
    marks = np.asarray(given.resets)
    for first in sorted(set(np.flatnonzero(marks.any(1)))):
        # The rows that begin a document at this step, moved to the front, others emptied.
        ends = [
            min([t for t in range(first + 1, T) if marks[t, row]] + [int(given.lengths[row])])
            for row in range(B)
        ]
        sizes = [max(end - first, 0) * bool(marks[first, row]) for row, end in enumerate(ends)]
        alone = plain(given)._replace(
            xs=np.roll(given.xs, -first, 0), lengths=np.array(sizes), carry=start
        )
        if reverse:  # the given carry belongs to the last document of a row
            last = np.array(ends) == np.asarray(given.lengths)
            alone = alone._replace(
                carry=jax.tree.map(
                    lambda s, c, last=last: np.where(last[:, None], c, s), start, given.carry
                )
            )
        hs = answer(case, driver, alone, reverse=reverse).hs
        for row, size in enumerate(sizes):
            close(packed[first : first + size, row], hs[:size, row])


@over_ways()
def test_marks_in_the_padding_mean_nothing(case, driver, way):
    """Marks past a row's length change no bit of values or gradients."""
    given, reverse = problem(case), way == "reverse"
    past = np.arange(T)[:, None] >= np.asarray(given.lengths)
    got = answer(case, driver, given._replace(resets=given.resets | past), reverse=reverse)
    want = answer(case, driver, given._replace(resets=given.resets & ~past), reverse=reverse)
    jax.tree.map(np.testing.assert_array_equal, got, want)


@over_walks(lambda case, driver: "learned" in case.name, demands=of_drivers)
def test_a_learned_start_learns_from_resets(case, driver):
    """Its gradient is 0 without resets when a carry is given, and not 0 with them."""
    given = problem(case)
    never = given._replace(resets=np.zeros_like(given.resets))
    marked, unmarked = (answer(case, driver, each).dparams for each in (given, never))
    starts = [name for name in marked if name.startswith("start_")]
    assert starts
    for name in starts:
        assert (unmarked[name] == 0).all()
        assert abs(marked[name]).min() > 1e-6 or "relu" in case.name
        assert abs(marked[name]).max() > 1e-6


@over_walks(lambda case, driver: case.broad and driver == REFERENCE)
def test_a_reset_at_once_forgets_the_given_carry(case, driver):
    """With a mark at step 0 of every row, the given carry has no gradient but in empty rows."""
    given = problem(case)
    given = begun_at_once(given)
    for leaf in jax.tree.leaves(answer(case, driver, given).dcarry):
        assert (leaf[np.asarray(given.lengths) > 0] == 0).all()
        assert (leaf[np.asarray(given.lengths) == 0] != 0).all()
