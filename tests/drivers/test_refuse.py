"""Contradictions at the door are ValueErrors that name the argument, what it got, what it wants."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, DRIVERS, D, H

from seqjax import cells, drivers
from seqjax.basics import checks

CELL = cells.lstm(H)
XS = np.zeros((5, 3, D), np.float32)

every_driver = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)


def carry(h=(3, H), c=(3, H), dtype=np.float32):
    return np.zeros(h, dtype), np.zeros(c, dtype)


WRONG = {
    "width": ({"xs": XS[..., :2]}, r"xs: got width 2 .*want 3"),
    "rank": ({"xs": XS[:, 0]}, r"xs: got shape \(5, 3\), want \[T, B, D\]"),
    "too long": ({"lengths": np.array([5, 6, 0])}, r"lengths: got 6 in row 1, want 0 to 5"),
    "negative": ({"lengths": np.array([5, 5, -1])}, r"lengths: got -1 in row 2, want 0 to 5"),
    "lengths shape": ({"lengths": np.array([5, 5])}, r"lengths: got int\d+\[2\], want .*\[3\]"),
    "lengths dtype": ({"lengths": np.ones(3)}, r"lengths: got float\d+\[3\], want integers"),
    "carry structure": ({"carry": carry()[0]}, r"carry: got structure .*lstm wants"),
    "carry shape": ({"carry": carry(c=(2, H))}, r"carry\[1\]: got float32\[2, 4\].*\[3, 4\]"),
    "carry dtype": ({"carry": carry(dtype=np.float16)}, r"carry\[0\]: got float16.*float32"),
    "resets shape": ({"resets": np.zeros((3, 5), bool)}, r"resets: got bool\[3, 5\], want .*5, 3"),
    "resets dtype": ({"resets": np.zeros((5, 3), int)}, r"resets: got int\d+\[5, 3\], want bool"),
}


@every_driver
@pytest.mark.parametrize("wrong", WRONG)
def test_contradicting_arguments(driver, wrong):
    """Every driver refuses, and says which argument is wrong and what it should be."""
    arguments, message = WRONG[wrong]
    arguments = {"xs": XS, **arguments}
    with pytest.raises(ValueError, match=message):
        driver.drive(CELL, CELL.init(jax.random.key(0), D), **arguments)


def test_lengths_are_checked_under_jit_as_far_as_known():
    """Traced lengths keep the check of shape; their values cannot be known."""
    params = CELL.init(jax.random.key(0), D)
    walk = jax.jit(lambda lengths: drivers.sequential(CELL, params, XS, lengths)[0])
    walk(jnp.array([5, 0, 2]))
    with pytest.raises(ValueError, match=r"lengths: got int32\[2\]"):
        walk(jnp.array([5, 0]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hoisted_refuses_what_it_cannot_walk(case):
    """A cell without a gate is refused by name, and told where to go."""
    params = case.cell.init(jax.random.key(0), case.d)
    xs = np.zeros((2, 1, case.d), np.float32)
    if isinstance(case.cell.recurrence, cells.Gated):
        jax.eval_shape(lambda: drivers.hoisted(case.cell, params, xs))
        return
    with pytest.raises(ValueError, match=r"hoisted cannot serve .*; use sequential"):
        drivers.hoisted(case.cell, params, xs)


@pytest.mark.parametrize("size", [-1, 1.5])
def test_chunks_have_a_size(size):
    """A chunk size that is not a positive integer is refused."""
    with pytest.raises(ValueError, match="size: got"):
        drivers.chunked(CELL, CELL.init(jax.random.key(0), D), XS, size=size)


def test_a_name_nearly_right():
    """lookup lists the names and the closest one."""
    with pytest.raises(ValueError, match=r"cell: got 'lstn', want one of .*did you mean 'lstm'"):
        checks.lookup("cell", cells.CELLS, "lstn")
    with pytest.raises(
        ValueError, match=r"driver: got 'zzz', want one of associative, auto, [^;]*$"
    ):
        checks.lookup("driver", drivers.DRIVERS, "zzz")
    assert checks.lookup("cell", cells.CELLS, "gru") is cells.gru
