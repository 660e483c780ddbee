"""The table of predicted and measured memory: one row of it, in this process."""

from __future__ import annotations

import json

import pytest

from experiments.benchmark.process_memory import REFERENCES, measure


@pytest.mark.skipif(not REFERENCES.exists(), reason="Linux alone")
def test_a_row_has_what_xla_says_and_what_the_process_took(capsys) -> None:
    measure("rnn", "chunked:32", 512, 64, 32)
    predicted, measured, process, seconds = json.loads(capsys.readouterr().out)
    inputs = 4 * 512 * 32 * 64
    assert 3 * inputs < predicted < 12 * inputs
    assert measured > inputs
    assert process > measured
    assert 0 < seconds < 60
