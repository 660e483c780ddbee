"""Answers that are NaN are errors, which say where."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from seqjax.tasks.finite import check_answers


class Answer(NamedTuple):
    """As a task gives it."""

    label: str
    scores: np.ndarray


def test_the_input_is_counted_from_one() -> None:
    fine, nan = Answer("a", np.array([0.5, -np.inf])), Answer("b", np.array([0.5, np.nan]))
    check_answers([fine, fine])
    with pytest.raises(ValueError, match="the model gave NaN for input 2;"):
        check_answers([fine, nan])
    with pytest.raises(ValueError, match="for input 1;"):
        check_answers([nan, fine])
