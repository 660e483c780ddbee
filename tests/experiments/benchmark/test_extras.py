"""What the benchmark measures besides rows: sampling, and the table of all such measurements."""

from __future__ import annotations

import pytest
from launches import quick

from experiments.benchmark import extras
from experiments.benchmark.extras import EXTRAS, sampling, training
from experiments.benchmark.language_models.compare import Speed
from experiments.benchmark.language_models.setup import SETUPS
from experiments.benchmark.log import MEASURED

pytestmark = pytest.mark.usefixtures("frozen")


def test_sampling(monkeypatch):
    quick(monkeypatch)
    (line,) = sampling(2, 0.0, words=7, hidden=3, steps=5)
    assert line["status"] == MEASURED
    low, high = line["tokens_per_second_p10"], line["tokens_per_second_p90"]
    assert 0 < low <= line["tokens_per_second"] <= high
    # Two rows make two tokens a step.
    assert line["tokens_per_second"] * line["microseconds_per_step"] == pytest.approx(2e6)


def test_jobs_have_names_of_their_own():
    for name, make in EXTRAS.items():
        jobs = make(1.0, 1)
        assert len({job.title for job in jobs}) == len(jobs) > 1
        assert {job.kind for job in jobs} == {name}


def test_language_models(monkeypatch):
    seen = []

    def compare(setup, seconds, threads):
        seen.append((setup, seconds, threads))
        return {"seqjax": Speed(1e3, 9e2, 1.1e3, 1.0, 9.21, 0.01)}

    monkeypatch.setattr(extras, "compare", compare)
    small, _ = EXTRAS["language_model"](2.0, 3)
    (line,) = small.run()
    assert seen == [(SETUPS["small"], 20.0, 3)]
    assert (line["library"], line["tokens_per_second"], line["waiting"]) == ("seqjax", 1e3, 0.01)
    assert training("medium", 1.0, 1)[0]["model"] == "medium"
