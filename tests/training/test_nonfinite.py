"""Numbers that are none: training stops, leaves the step out, or goes back and is slower."""

from __future__ import annotations

import contextlib
import functools
import io
import re
from pathlib import Path

import jax
import numpy as np
import pytest
from training_toys import STEADY, Points, Shelf, compiled, start, train
from walking import same

from seqjax.training import fit as loop_module
from seqjax.training import nonfinite
from seqjax.training.config import Optimization
from seqjax.training.fit import LoopConfig
from seqjax.training.logs import read
from seqjax.training.nonfinite import NonFinite, NonFiniteRule, Recovery, write_batch
from seqjax.training.optimizers import optimizer
from seqjax.training.step import begin

CONFIGS = {
    "adam": Optimization(optimizer="adam", rate=0.3),
    "accumulate": Optimization(optimizer="adam", rate=0.3, accumulate=3),
    "average": Optimization("sgd", 0.1, average="after"),
}
ADAM = CONFIGS["adam"]
skipping = functools.cache(lambda name: compiled(CONFIGS[name], skip=True))
plain = functools.cache(lambda: compiled(ADAM))


def loop(rule: str, steps: int = 9, **options) -> LoopConfig:
    return LoopConfig(steps, 4, 2, nonfinite=NonFiniteRule(rule, **options))


def known(state):
    return state._replace(key=jax.random.key_data(state.key))


def figures(folder: Path) -> list[dict]:
    """The log, without what depends on the clock."""
    timed = {"seconds", "points_per_second", "input_wait"}
    return [
        {k: v for k, v in row.items() if k not in timed} for row in read(folder / "metrics.jsonl")
    ]


def contents(path: Path) -> dict:
    """The arrays of a file by name."""
    with np.load(path) as file:
        return dict(file)


def saved(folder: Path) -> dict[int, dict]:
    """What was kept of offending batches, by step."""
    batches = [contents(path) for path in sorted(folder.glob("nonfinite-*.npz"))]
    return {int(batch.pop("step")): batch for batch in batches}


def batch_at(n: int, *wild: int) -> dict:
    points = Points(*wild)
    points.at = n
    return next(points)


@pytest.mark.parametrize("rule", ["stop", "skip", "back"])
def test_the_offending_batch_is_written_beside_the_log(rule, tmp_path) -> None:
    step = skipping("adam") if rule == "skip" else plain()
    limit = {} if rule == "stop" else {"limit": 1}
    settings = loop(rule, **limit)
    with pytest.raises(NonFinite, match="step 7") if rule != "skip" else contextlib.nullcontext():
        train(tmp_path, ADAM, step, settings, shelf=Shelf(), wild=6)
    (content,) = saved(tmp_path).items()
    assert content[0] == 7
    same(content[1], batch_at(6, 6))


@pytest.mark.parametrize("name", CONFIGS)
def test_a_step_that_is_skipped_changes_nothing(name) -> None:
    """Parameters, moments, carry and mean are as before; with accumulation the group goes on."""
    chain = optimizer(CONFIGS[name], 4, 12, skip=True)
    average = name == "average"
    adaptation = STEADY._replace(averaging=average)
    states = {}
    for wild in (1, -1):
        state, points = begin(
            start(), chain, {"seen": np.int32(0)}, average=average, key=jax.random.key(3)
        ), Points(wild)  # fmt: skip
        for n in range(2):
            before = jax.tree.map(lambda leaf: leaf.copy(), known(state))
            state, metrics = skipping(name)(state, next(points), adaptation)
            if n == 1:
                states[wild] = before, known(state), metrics
    before, after, metrics = states[1]
    assert float(metrics["skipped"][0]) == 1
    assert all(float(v) == 0 for k in metrics if k != "skipped" for v in metrics[k])
    assert (int(after.step), int(after.carry["seen"]), int(after.averaged)) == (2, 1, int(average))
    same(after.params, before.params)
    if name == "accumulate":
        assert (int(after.optimizer.batch), int(after.optimizer.usable)) == (2, 1)
        same(after.optimizer.gradients, before.optimizer.gradients)
    elif name == "adam":
        same(jax.tree.leaves(after.optimizer)[1:-1], jax.tree.leaves(before.optimizer)[1:-1])
    else:
        same(after.average, before.average)
    good = states[-1]
    assert float(good[2]["skipped"][0]) == 0
    assert float(good[2]["loss"][1]) == 5


@pytest.mark.parametrize("name", CONFIGS)
def test_a_run_that_skips_counts_it_and_can_be_interrupted_anywhere(name, tmp_path) -> None:
    config, step, wild = CONFIGS[name], skipping(name), (0, 2, 3, 6)
    shelf = Shelf()
    want = known(train(tmp_path / "a", config, step, loop("skip"), shelf=shelf, wild=wild))
    log = figures(tmp_path / "a")
    counts = [row["skipped"] for row in log if row["kind"] == "train"]
    assert counts == [1, 3, 3, 4, 4]  # at steps 2, 4, 6, 8 and 9
    assert "loss" not in log[1]  # of steps 3 and 4
    assert sorted(saved(tmp_path / "a")) == [n + 1 for n in wild]
    parts = Shelf()
    for stop in range(1, 10):
        state = train(
            tmp_path / "b", config, step, loop("skip"), shelf=parts, wild=wild, stop_at=stop
        )
    same(known(state), want)
    assert figures(tmp_path / "b") == log
    assert parts.position(9) == shelf.position(9)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(want))


def test_skipping_ends_where_nothing_is_finite_any_more(tmp_path) -> None:
    shelf = Shelf()
    with pytest.raises(NonFinite, match="not finite 3 times in a row, the last time at step 6"):
        train(
            tmp_path, ADAM, skipping("adam"), loop("skip", limit=2), shelf=shelf, wild=(0, 3, 4, 5)
        )
    assert sorted(saved(tmp_path)) == [1, 4, 5, 6]


def test_a_run_that_stopped_may_skip_from_there(tmp_path) -> None:
    """The state is the same: the second launch goes on from the checkpoint of the first."""
    shelf = Shelf()
    with pytest.raises(NonFinite, match=r"at step 6$"):
        train(tmp_path / "a", ADAM, plain(), loop("stop"), shelf=shelf, wild=5)
    state = train(tmp_path / "a", ADAM, skipping("adam"), loop("skip"), shelf=shelf, wild=5)
    want = train(tmp_path / "b", ADAM, skipping("adam"), loop("skip"), shelf=Shelf(), wild=5)
    np.testing.assert_allclose(state.params["w"], want.params["w"], rtol=1e-6)


TOO_FAST = Optimization("sgd", rate=1e7)
fast = functools.cache(lambda: compiled(TOO_FAST))


def test_going_back_makes_the_rate_smaller_until_it_is_small_enough(tmp_path) -> None:
    """A ten-millionth of the rate would do: the second time it is smaller than that."""
    settings, shelf = loop("back", decay=1e-4), Shelf()
    state = train(tmp_path, TOO_FAST, fast(), settings, shelf=shelf)
    rates = [row["rate"] for row in figures(tmp_path) if row["kind"] == "train"]
    np.testing.assert_allclose(rates, [1e3, 1e3, 0.1, 0.1, 0.1], rtol=1e-5)
    assert [shelf.position(step).get("went_back") for step in (0, 4, 9)] == [None, 1, 2]
    assert int(state.step) == 9
    assert np.isfinite(state.params["w"]).all()


def test_a_run_that_goes_back_can_be_interrupted_anywhere(tmp_path) -> None:
    """Not to a checkpoint that is there only because somebody stopped the run: the rate is that
    of a run that nobody stopped."""
    settings, shelf = loop("back", decay=1e-4), Shelf()
    want = known(train(tmp_path / "a", TOO_FAST, fast(), settings, shelf=shelf))
    stopped = set()
    for number, stops in enumerate([(2,), (3,), (5,), (2, 3, 6), (4, 7, 8)]):
        folder, parts = tmp_path / str(number), Shelf()
        for stop in stops:
            state = train(folder, TOO_FAST, fast(), settings, shelf=parts, stop_at=stop)
            stopped.add(int(state.step) == stop)
        state = train(folder, TOO_FAST, fast(), settings, shelf=parts)
        same(known(state), want)
        assert figures(folder) == figures(tmp_path / "a")
        assert parts.position(9) == shelf.position(9)
    assert stopped == {True}


def test_killed_after_going_back_it_ends_as_if_it_had_not_been(tmp_path) -> None:
    """The process dies at the first evaluation after it went back; the next repeats all that."""
    settings, shelf = loop("back", decay=1e-4), Shelf()
    want = known(train(tmp_path / "a", TOO_FAST, fast(), settings, shelf=Shelf()))

    def killed(params):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "b", TOO_FAST, fast(), settings, shelf=shelf, evaluate=killed)
    assert shelf.latest() == 0
    state = train(tmp_path / "b", TOO_FAST, fast(), settings, shelf=shelf)
    same(known(state), want)
    assert figures(tmp_path / "b") == figures(tmp_path / "a")


def test_going_back_has_an_end(tmp_path) -> None:
    """A batch that is infinite is so at every rate: its step fails once more than the limit."""
    shelf, said = Shelf(), io.StringIO()
    with pytest.raises(NonFinite, match=r"at step 6$"):
        train(tmp_path, ADAM, plain(), loop("back", limit=3), shelf=shelf, wild=5, said=said)
    assert shelf.latest() == 4
    assert sorted(saved(tmp_path)) == [6]
    times = re.findall(r"back to step 4, at \S+ times the rate \((.*)\)", said.getvalue())
    assert times == ["1 of 3 times", "2 of 3 times", "3 of 3 times"]


def test_a_validation_loss_that_is_none_sends_back_too(tmp_path) -> None:
    losses = iter([1.0, np.nan, 2.0, 3.0])
    shelf = Shelf()
    train(
        tmp_path, ADAM, plain(), loop("back", decay=0.25), shelf=shelf,
        evaluate=lambda params: {"loss": next(losses)},
    )  # fmt: skip
    rates = [row["rate"] for row in figures(tmp_path) if row["kind"] == "train"]
    np.testing.assert_allclose(rates, [0.3, 0.3, 0.075, 0.075, 0.075], rtol=1e-5)
    assert shelf.position(8)["losses"] == [1.0, 2.0]
    with pytest.raises(NonFinite, match="validation loss: became nan at step 4"):
        train(
            tmp_path / "skip", ADAM, skipping("adam"), loop("skip"), shelf=Shelf(),
            evaluate=lambda params: {"loss": np.nan},
        )  # fmt: skip


def test_a_batch_that_cannot_be_written_hides_nothing(tmp_path, monkeypatch) -> None:
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(loop_module, "write_batch", full)
    with pytest.raises(NonFinite, match=r"at step 4$"):
        train(tmp_path, ADAM, plain(), loop("stop"), shelf=Shelf(), wild=3)


def test_what_is_written_of_a_batch(tmp_path, monkeypatch) -> None:
    batch = {"a": {"b": np.arange(3)}, "c": [np.ones(2), jax.numpy.zeros(())]}
    path = write_batch(tmp_path, 12, batch)
    assert path == tmp_path / "nonfinite-00000012.npz"
    content = contents(path)
    assert {name: array.shape for name, array in content.items()} == {
        "a.b": (3,), "c.0": (2,), "c.1": (), "step": (),
    }  # fmt: skip
    monkeypatch.setattr(nonfinite, "MOST_BATCHES", 1)
    assert write_batch(tmp_path, 12, batch) == path
    assert write_batch(tmp_path, 13, batch) is None
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_refuses() -> None:
    with pytest.raises(ValueError, match=r"nonfinite: got 'skp', .*did you mean 'skip'"):
        NonFiniteRule("skp")
    with pytest.raises(ValueError, match="nonfinite_limit: got 0, want an integer of 1 or more"):
        NonFiniteRule("skip", limit=0)
    for decay in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match=r"nonfinite_decay: got .*, want a number in \(0, 1\)"):
            NonFiniteRule("back", decay=decay)
    recovery = Recovery(NonFiniteRule("back", limit=1))
    recovery.go_back(NonFinite("first"))
    with pytest.raises(NonFinite, match="second"):
        recovery.go_back(NonFinite("second"))
