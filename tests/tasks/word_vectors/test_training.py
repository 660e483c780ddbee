"""How word vectors are trained: the rate, the threads, what is shown meanwhile."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import jax
import numpy as np
import pytest
from launches import given
from paths import ROOT
from word_vector_runs import flags_of, prepared

from experiments import vectors as launch
from seqjax import runs
from seqjax.tasks.word_vectors import TASK
from seqjax.tasks.word_vectors.config import WordVectorsRun, thread_count
from seqjax.training.adaptation import Adaptation
from seqjax.vectors.training.config import VectorsConfig


def beginning(folder, path, *arguments):
    """What a run says before it trains."""
    flags = flags_of(path, *arguments, f"--workdir={folder}")
    with runs.begun(TASK, given(TASK, *flags)) as run:
        return run.beginning


def test_a_rate_that_diverges_is_warned_of(known_run, tmp_path):
    _, path = known_run
    assert "warning: rate 2 times" in beginning(tmp_path / "wild", path, "--rate=2")
    assert "warning" not in beginning(tmp_path / "calm", path)


def test_progress_is_counted_in_words(known_run):
    """Whatever the pairs that a step reports: the share is that of the text."""
    training = prepared(known_run[1]).training
    steps = training.loop.steps
    stream = io.StringIO()
    with training.progress(steps // 2, stream) as bar:
        bar.update(steps // 2 + 1, 10**9, {})
        bar.update(steps, 10**9, {})
        bar.update(steps, 10**9, {})
    first, *_, last = stream.getvalue().splitlines()
    assert last.startswith(f"100% step {steps}, ")
    share = (steps // 2 + 1) / steps
    assert first == f"{share:4.0%} step {steps // 2 + 1}"


def test_the_rate_falls_linearly_to_its_last_share(known_run):
    run = prepared(known_run[1], "--rate=0.5", "--final=0.25")
    training, source = run.training, run.data_set.parts["train"].source
    steps = training.loop.steps
    state = training.begin(training.init(jax.random.key(0)), jax.random.key(1))
    rates = []
    for step in range(steps):
        batch = source[step % len(source)]
        state, metrics = training.step(state, batch, Adaptation(1.0, False))
        rates.append(float(metrics["rate"][0]))
        assert float(metrics["words"][0]) == int(batch["read"])
    want = [0.5 * max(0.25, 1 - step / steps) for step in range(steps)]
    np.testing.assert_allclose(rates, want, rtol=1e-6)
    assert rates[-1] == 0.125


THREADS = [
    ((), 1),
    (("--output=softmax", "--rate=0.01"), 0),
    (("--objective=neural_lm",), 0),
    (("--objective=neural_lm", "--threads=3"), 3),
    (("--threads=2",), 2),
]


@pytest.mark.parametrize(("flags", "count"), THREADS)
def test_threads(flags, count, monkeypatch):
    configs = given(TASK, *flags)
    assert thread_count(configs[0], configs[2]) == count
    monkeypatch.setenv("NPROC", "")
    monkeypatch.delenv("NPROC")
    launch.before(*configs)
    assert os.environ.get("NPROC") == (str(count) if count else None)
    assert thread_count(WordVectorsRun(), VectorsConfig()) == 1


def test_jax_is_not_used_before_threads_are_set():
    program = "import experiments.vectors\nfrom jax._src import xla_bridge as x\nprint(x._backends)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{}"
