"""What the check on a GPU does, tried on a CPU with small shapes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from benchmarks import MACHINE, ONE, TWO, Counted
from launches import call, quick

from experiments import gpu
from experiments.benchmark import log
from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.gpu import correctness, jobs, resume, speed
from experiments.benchmark.gpu.sizes import REAL, TINY, sizes_of
from experiments.benchmark.language_models.compare import Speed
from experiments.benchmark.problem import make_problem
from experiments.benchmark.sides import peer_sides
from experiments.benchmark.sides import torch as torch_module
from experiments.gpu import GpuConfig
from seqjax.drivers.fused import support

THREE = "rnn 2x3x4 float32 gradient"


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """The benchmark sets NPROC, unless it is set; here it is put back."""
    monkeypatch.setenv("NPROC", "2")


def test_refuses_a_machine_without_a_gpu(tmp_path, monkeypatch, capsys):
    """Before it writes anything."""
    given = (f"--workdir={tmp_path / 'new'}",)
    with pytest.raises(SystemExit) as exit:
        call(monkeypatch, gpu.main, *given, configs=[GpuConfig])
    assert exit.value.code == 1 and not (tmp_path / "new").exists()
    assert capsys.readouterr().err.startswith("error: GPU: JAX computes on cpu; want an NVIDIA GPU")
    monkeypatch.setattr(jax, "devices", lambda: [SimpleNamespace(platform="gpu")])
    assert sizes_of(tiny=False) is REAL
    for wrong in ("--minutes=-1", "--seconds=0"):
        with pytest.raises(SystemExit):
            call(monkeypatch, gpu.main, *given, wrong, configs=[GpuConfig])
        assert capsys.readouterr().err.startswith(f"error: {wrong[2:9]}: got ")
    assert not (tmp_path / "new").exists()


def test_every_driver_is_held_against_float64(monkeypatch):
    """Those of the CPU too here; a driver that is wrong fails, and says by how much."""
    drivers = correctness.DRIVERS
    kept = {name: drivers[name] for name in ("sequential", "associative")}

    def wrong(*args, **options):
        carry, hs = drivers["associative"](*args, **options)
        return SimpleNamespace(carry=carry, hs=hs.at[0, 0, 0].add(0.01))

    wrong.unsupported = lambda cell, inputs: ""
    monkeypatch.setattr(correctness, "DRIVERS", {**kept, "wrong": wrong})
    lines = correctness.check("min_gru", "float32", TINY.check)
    assert [line["driver"] for line in lines] == ["sequential", "associative", "wrong"]
    assert [line["status"] for line in lines] == [log.MEASURED, log.MEASURED, log.FAILED]
    assert "differs from float64 by 0.0" in lines[-1]["note"]
    assert all(float(line["gradients"]) < 1e-6 for line in lines[:2])


def test_what_is_not_finite_is_wrong(monkeypatch):
    want = (jnp.ones(3), {"w": jnp.ones(2)})
    got = (jnp.ones(3), {"w": jnp.array([1.0, jnp.nan])})
    line = correctness._line("lstm", "bfloat16", "hoisted", got, want)
    assert line["status"] == log.FAILED and "by inf" in line["note"]
    assert json.dumps(line, allow_nan=False)


def test_rows_and_their_order():
    """float32 beside all peers, other dtypes beside torch alone; flax with one cell."""
    rows = speed.speed_jobs(REAL.shapes, ["flax", "cudnn", "torch"], 1.0, 2)
    ahead, *rows = rows
    assert ahead.kind == "compilation" and len(rows) == 3 * 3 * 4
    assert [row.title.split()[0] for row in rows[:12:4]] == ["lstm", "gru", "rnn"]
    assert [row.title.split()[2] for row in rows[::12]] == ["float32", "bfloat16", "float16"]
    sides = {row.title: row.settings["sides"] for row in rows}
    float32 = ["flax OptimizedLSTMCell", "jax.experimental.rnn", "seqjax auto", "torch"]
    assert sides["lstm 20x35x650 float32 gradient"] == float32
    assert sides["gru 16x1024x768 float16 gradient"] == ["seqjax auto", "torch"]
    assert sides["lstm 16x1024x768 bfloat16 gradient"] == ["seqjax auto", "seqjax hoisted", "torch"]


def test_a_dense_weight_of_a_whole_gpu_is_checked():
    """Wider than one multiprocessor holds, and with rows of two tiles."""
    jobs = {job.title: job for job in correctness.correctness_jobs(REAL.check, REAL.wide)}
    assert len(jobs) == 4 * 2 + 2 and jobs["lstm float32"].settings["size"] == REAL.check
    _, batch, _, hidden = jobs["gru wide"].settings["size"]
    assert hidden > support.WIDEST and batch > 16


def test_torch_has_whole_float32_and_tf32_on_a_gpu(monkeypatch):
    assert "torch TF32" not in peer_sides("lstm", 1, "cpu")
    builders = peer_sides("lstm", 1, "cuda")
    tf32, whole = (builders[name].args[0].keywords for name in ("torch TF32", "torch"))
    assert tf32["tf32"] is True
    assert "tf32" not in whole
    torch = pytest.importorskip("torch")
    case = Case("lstm", Shape(2, 3, 4, 4), "float32", "forward")
    problem = make_problem(case)
    names = []
    for tf32 in (True, False):
        side = torch_module.torch_side(case, problem, 1, tf32=tf32)
        side.run()
        assert torch.backends.cudnn.allow_tf32 is torch.backends.cuda.matmul.allow_tf32 is tf32
        names.append(side.name)
    assert names == ["torch TF32", "torch"]


def test_programs_are_compiled_ahead():
    case = Case("lstm", Shape(2, 3, 4, 4), "float32", "gradient")
    built = []

    def build(case, problem):
        built.append(problem.xs.shape)
        if len(built) == 1:
            raise MemoryError("too large")

    builders = {"seqjax auto": build, "flax A": build, "torch": None}
    (line,) = speed.compile_ahead([(case, SimpleNamespace(builders=builders))])
    assert built == [(3, 2, 4)] * 2 and (line["programs"], line["failed"]) == (2, 1)


def test_the_verdict_names_what_is_wrong_and_what_was_left_out(tmp_path):
    todo = Counted(ONE, TWO, THREE)
    todo.broken[TWO] = ValueError("broken")
    lines = []
    for job in todo.jobs[:2]:
        try:
            measured = job.run()
        except ValueError as error:
            measured = [{"status": log.FAILED, "note": str(error), "side": "torch"}]
        lines += log.keyed(job, MACHINE, measured)
    text, right = jobs.verdict(todo.jobs, lines, MACHINE)
    assert not right and "2 of 3 measured, 1 wrong." in text
    assert f"- wrong: row {TWO} torch: broken" in text
    assert text.endswith(f"goes on:\n\n- row {THREE}\n")
    text, right = jobs.verdict(todo.jobs[:1], lines, MACHINE)
    assert "1 of 1 measured" in text


def test_time_is_up():
    clock = iter([0.0, 59.0, 60.0, 61.0])
    up = jobs.in_time(1.0, lambda: next(clock))
    assert [up(), up(), up()] == [False, True, True]
    assert jobs.in_time(0.0)() is False


def test_the_launch_goes_on_and_fails_where_something_is_wrong(tmp_path, monkeypatch, capsys):
    todo = Counted(ONE, TWO)
    monkeypatch.setattr(gpu.jobs, "gpu_jobs", lambda *args: todo.jobs)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))

    def run(*flags):
        given = ("--tiny", f"--workdir={tmp_path}", *flags)
        return call(monkeypatch, gpu.main, *given, configs=[GpuConfig])

    assert run("--minutes=1e-9") == 0 and todo.runs == []
    assert (tmp_path / "report.md").read_text().endswith(f"- row {ONE}\n- row {TWO}\n")
    assert run() == 0 and todo.runs == [ONE, TWO]
    report = (tmp_path / "report.md").read_text()
    assert "2 of 2 measured, 0 wrong." in report and "## Every side" in report
    todo.jobs.append(log.Job("resume", "model", {}, lambda: todo.run("model")))
    todo.broken["model"] = ValueError("broken")
    assert run() == 1 and "- wrong: resume model: ValueError: broken" in capsys.readouterr().out


def test_a_run_is_stopped_and_resumed(monkeypatch):
    quick(monkeypatch)
    (line,) = resume.resume(TINY.hidden)
    assert line["status"] == log.MEASURED, line["note"]
    assert line["difference_of_weights"] == "none, bit for bit"
    assert line["last_loss"] < line["first_loss"]


def test_a_resumed_run_that_differs_is_wrong(monkeypatch):
    def trained(text, workdir, hidden, stop_after=None):
        return {"w": np.ones(1) * (workdir.name == "one")}, [1.0, 2.0]

    monkeypatch.setattr(resume, "trained", trained)
    (line,) = resume.resume(TINY.hidden)
    assert line["status"] == log.FAILED and "weights differ by 1, want 0.001" in line["note"]
    assert "the loss went from 1.000 to 2.000, want it to fall" in line["note"]


def test_a_language_model_has_a_line_for_each_library(monkeypatch):
    speed = Speed(100.0, 90.0, 110.0, 1.0, 3.4, 0.01)
    calls = []
    monkeypatch.setattr(
        jobs, "compare", lambda *args: calls.append(args) or {"seqjax": speed, "torch": speed}
    )
    ours, torch = jobs.language_model(TINY.model, 0.5, 2)
    assert calls == [(TINY.model, 0.5, 2)]
    assert (ours["library"], torch["library"]) == ("seqjax", "torch")
    assert ours["tokens_per_second"] == 100.0 and ours["hidden"] == TINY.model.hidden
