"""What the benchmark measures besides rows: sampling, compiled programs, language models."""

from __future__ import annotations

import jax
import pytest
from launches import quick

from experiments import language_model_speed
from experiments.benchmark import compiled as benchmark_compiled
from experiments.benchmark import extras as benchmark_extras
from experiments.benchmark.extras import EXTRAS, sampling, trained
from experiments.benchmark.log import MEASURED
from experiments.language_model_speed import Speed, lines

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
        found = make(1.0, 1)
        assert len({job.title for job in found}) == len(found) > 1
        assert {job.kind for job in found} == {name}


def test_chunked_keeps_less_and_is_asked_for_every_length(monkeypatch):
    quick(monkeypatch)
    monkeypatch.setattr(benchmark_compiled, "BATCH", 2)
    monkeypatch.setattr(benchmark_compiled, "HIDDEN", 4)
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
    forms = (jax.jit(form) for form in benchmark_compiled.FORMS.values())
    plain, blocks = (form(params, hs, targets) for form in forms)
    assert plain == pytest.approx(float(blocks), rel=1e-6)


def test_language_models(monkeypatch):
    seen = []

    def compare(name, config, threads):
        seen.append((name, config.seconds, threads))
        return {"seqjax": Speed(1e3, 9e2, 1.1e3, 1.0, 9.21, 0.01)}

    monkeypatch.setattr(benchmark_extras.language_model_speed, "compare", compare)
    small, _ = EXTRAS["language_model"](2.0, 3)
    (line,) = small.run()
    assert seen == [("small", 20.0, 3)]
    assert (line["library"], line["tokens_per_second"], line["waiting"]) == ("seqjax", 1e3, 0.01)
    assert trained("medium", 1.0, 1)[0]["model"] == "medium"


@pytest.mark.parametrize("torch", [True, False])
def test_a_comparison(torch, monkeypatch):
    """A small model and a short text, both libraries: the first loss is the same."""
    quick(monkeypatch)
    torch and pytest.importorskip("torch")
    real = language_model_speed.importlib.util.find_spec
    monkeypatch.setattr(
        language_model_speed.importlib.util, "find_spec",
        lambda name: real(name) if torch or name != "torch" else None,
    )  # fmt: skip
    shape = language_model_speed.Shape(4, 3, 0.0, 0.1)
    for name, value in {"WORDS": 11, "TEXT": 501, "BATCH": 2, "SHAPES": {"small": shape}}.items():
        monkeypatch.setattr(language_model_speed, name, value)
    config = language_model_speed.SpeedConfig(seconds=0.0, steps=1)
    found = language_model_speed.compare("small", config, threads=1)
    assert list(found) == (["seqjax", "torch"] if torch else ["seqjax"])
    assert {round(side.loss, 5) for side in found.values()} == {round(found["seqjax"].loss, 5)}
    ours = found["seqjax"]
    assert ours.ratio == 1.0 and 0 <= ours.waiting < 1
    assert ours.tokens_per_second_p10 <= ours.tokens_per_second <= ours.tokens_per_second_p90


def test_the_printed_lines():
    found = {
        "seqjax": Speed(1234.0, 1000.0, 1500.0, 1.0, 9.21, 0.0123),
        "torch": Speed(617.0, 600.0, 620.0, 2.0, 9.21, 0.0),
    }
    assert lines("small", found).splitlines() == [
        "small   seqjax      1,234 tokens/s (1,000 to 1,500)   1.00x seqjax's time"
        "  first loss 9.21000",
        "small   torch         617 tokens/s (600 to 620)   2.00x seqjax's time  first loss 9.21000",
        "small   seqjax waited for batches during 1.23% of its time",
    ]
