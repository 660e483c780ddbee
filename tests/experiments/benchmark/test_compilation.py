"""What compiled programs say of themselves: memory by driver and by form of cross entropy."""

from __future__ import annotations

import jax
import pytest
from launches import quick

from experiments.benchmark import compilation
from experiments.benchmark.compilation import CROSS_ENTROPIES
from experiments.benchmark.extras import EXTRAS
from experiments.benchmark.log import MEASURED

pytestmark = pytest.mark.usefixtures("frozen")


def test_chunked_keeps_less_and_is_asked_for_every_length(monkeypatch):
    quick(monkeypatch)
    monkeypatch.setattr(compilation, "BATCH", 2)
    monkeypatch.setattr(compilation, "HIDDEN", 4)
    jobs = {job.title: job for job in EXTRAS["compile"](1.0, 1)}
    assert len(jobs) == 3 * 5
    found = {name: jobs[f"{name} T=1024"].run()[0] for name in ("sequential", "chunked")}
    for name, line in found.items():
        assert (line["driver"], line["T"], line["status"]) == (name, 1024, MEASURED)
        assert line["compile_seconds"] > 0
    assert 8 * found["chunked"]["temporary_MiB"] < found["sequential"]["temporary_MiB"]


def test_blocks_never_hold_all_logits(monkeypatch):
    """The sizes are those of the second, large one: nothing of them is ever made."""
    quick(monkeypatch)
    jobs = {job.title: job for job in EXTRAS["memory"](1.0, 1)}
    plain, blocks = (jobs[f"{name} T=128 B=64 V=50000"].run()[0] for name in ("plain", "blocks"))
    logits = 128 * 64 * 50_000 * 4 / 2**20
    assert plain["temporary_MiB"] >= logits > 5 * blocks["temporary_MiB"]


def test_the_forms_of_cross_entropy_are_one_function(monkeypatch):
    quick(monkeypatch)
    params = {"w": jax.random.normal(jax.random.key(0), (9, 4)), "b": jax.numpy.arange(9.0)}
    hs, targets = jax.random.normal(jax.random.key(1), (3, 2, 4)), jax.numpy.arange(6).reshape(3, 2)
    forms = (jax.jit(form) for form in CROSS_ENTROPIES.values())
    plain, blocks = (form(params, hs, targets) for form in forms)
    assert plain == pytest.approx(float(blocks), rel=1e-6)
