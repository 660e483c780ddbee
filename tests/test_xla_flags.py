"""The tests start whichever XLA is installed."""

from __future__ import annotations

import os

import pytest
import xla_flags


def test_a_flag_that_xla_does_not_know_is_left_out() -> None:
    assert xla_flags.known(["--xla_of_no_version=1", xla_flags.QUICK[0]]) == [xla_flags.QUICK[0]]


@pytest.mark.skipif(os.environ["JAX_PLATFORMS"] != "cpu", reason="they are set for the CPU")
def test_the_flags_of_the_tests_are_set_once() -> None:
    flags = os.environ["XLA_FLAGS"].split()
    assert flags.count(xla_flags.QUICK[0]) == 1
