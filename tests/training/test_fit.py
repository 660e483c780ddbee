"""The training loop on points and a line: loop, interruptions, and numbers that are none."""

from __future__ import annotations

import functools

import jax
import numpy as np
import pytest
from training_toys import Shelf, compiled, held_out, train
from walking import same

from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization
from seqjax.training.fit import LoopConfig
from seqjax.training.logs import read
from seqjax.training.metric_accumulator import NonFinite

RHYTHM = LoopConfig(steps=11, evaluate=2, log=3, save=5)
CONFIGS = {
    "plateau": Optimization(optimizer="sgd", rate=0.5, schedule="plateau", decay=0.25),
    "adam": Optimization(optimizer="adam", rate=0.3),
    "nonmonotonic": Optimization("sgd", 0.8, average="nonmonotonic", nonmonotonic=1),
    "accumulate": Optimization(optimizer="adam", rate=0.3, accumulate=3),
}
step_of = functools.cache(lambda name: compiled(CONFIGS[name]))
ADAM = CONFIGS["adam"]


def lines(folder, *figures):
    """(step, kind, ...) of each line."""
    rows = read(folder / "metrics.jsonl")
    return [(row["step"], row["kind"], *(row.get(name) for name in figures)) for row in rows]


def known(state):
    return state._replace(key=jax.random.key_data(state.key))


def whole(folder, name="adam", loop=RHYTHM):
    """(state, log, checkpoints) of a run that nothing interrupts."""
    shelf = Shelf()
    state = train(folder, CONFIGS[name], step_of(name), loop, shelf=shelf)
    return known(state), lines(folder, "loss", "rate", "gradient_norm"), shelf


@pytest.mark.parametrize("name", CONFIGS)
def test_an_interrupted_run_ends_as_one_never_interrupted(name, tmp_path) -> None:
    """Stopped after every single step, and at a few of them alone."""
    config, step = CONFIGS[name], step_of(name)
    want, log, _ = whole(tmp_path / "whole", name)
    for case, stops in enumerate([range(1, 12), (4, 7), (5,), (10,)]):
        folder, shelf = tmp_path / str(case), Shelf()
        for stop in stops:
            state = train(folder, config, step, RHYTHM, shelf=shelf, stop_at=stop)
            assert int(state.step) == stop == shelf.latest()
        state = train(folder, config, step, RHYTHM, shelf=shelf)
        same(known(state), want)
        assert lines(folder, "loss", "rate", "gradient_norm") == log


def test_and_so_does_one_killed_between_checkpoints(tmp_path) -> None:
    """What had been logged since the last checkpoint, here 2, is written again."""
    shelf = Shelf()

    def killed(params):
        if shelf.latest() == 2:
            raise KeyboardInterrupt
        return held_out(params)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf, evaluate=killed)
    assert lines(tmp_path)[-1] == (4, "train")
    state = train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf)
    want, log, _ = whole(tmp_path / "whole")
    same(known(state), want)
    assert lines(tmp_path, "loss", "rate", "gradient_norm") == log


def test_and_so_does_one_with_its_checkpoints_on_disk(tmp_path) -> None:
    config, step = CONFIGS["nonmonotonic"], step_of("nonmonotonic")
    train(tmp_path, config, step, RHYTHM, stop_at=9)
    state = train(tmp_path, config, step, RHYTHM)
    want, log, shelf = whole(tmp_path / "whole", "nonmonotonic")
    same(known(state), want)
    assert lines(tmp_path, "loss", "rate", "gradient_norm") == log
    with Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.position(11) == shelf.position(11)


def test_these_runs_are_not_all_alike(tmp_path) -> None:
    """The rate falls, the average begins late, and updates are some batches apart."""
    _, log, _ = whole(tmp_path / "a", "plateau")
    assert len({row[3] for row in log if row[1] == "train"}) > 1
    assert 1 < whole(tmp_path / "b", "nonmonotonic")[0].averaged < RHYTHM.steps
    assert whole(tmp_path / "c", "accumulate", LoopConfig(10, 2, 3))[0].optimizer.usable == 2


def test_what_is_written_and_when(tmp_path) -> None:
    state, log, shelf = whole(tmp_path)
    valid = [row for row in log if row[1] == "valid"]
    assert [row[0] for row in log if row[1] == "train"] == [2, 3, 4, 6, 8, 9, 10, 11]
    assert [row[0] for row in valid] == [2, 4, 6, 8, 10, 11]
    assert list(shelf.kept) == [2, 4, 5, 6, 8, 10, 11]
    assert int(state.carry["seen"]) == 11
    assert shelf.kept[11][2] == {"loss": valid[-1][2]} == held_out(state.params)
    assert shelf.kept[5][2] == {}
    losses = [row[2] for row in valid]
    assert shelf.position(10) == {
        "stream": {"at": 10}, "losses": losses[:5], "use": "params", "sums": {}
    }  # fmt: skip
    position = shelf.position(11)  # as if the run went on: its last evaluation was none of its own
    assert position.pop("sums")["loss"][1] == 5
    assert position == {
        "stream": {"at": 11}, "losses": losses[:5], "use": "params", "ended": ["train", "valid"]
    }  # fmt: skip
    ended = {"provisional", "unscheduled"}
    assert shelf.marks == {step: ended if step == 11 else set() for step in shelf.kept}


def test_the_average_is_evaluated_and_marked_for_use(tmp_path) -> None:
    state, _, shelf = whole(tmp_path, "nonmonotonic")
    assert shelf.kept[11][2] == held_out(state.average) != held_out(state.params)
    assert [shelf.position(step)["use"] for step in (2, 11)] == ["params", "average"]


def test_the_line_between_two_evaluations_is_a_mean(tmp_path) -> None:
    """One line over five steps, though the run was saved and stopped in between."""
    loop, shelf = LoopConfig(steps=5, evaluate=0, log=5, save=2), Shelf()
    train(tmp_path / "a", ADAM, step_of("adam"), loop, shelf=shelf, stop_at=3)
    train(tmp_path / "a", ADAM, step_of("adam"), loop, shelf=shelf)
    _, each, _ = whole(tmp_path / "b", loop=LoopConfig(steps=5, evaluate=0, log=1))
    losses = [row[2] for row in each if row[1] == "train"]
    (row,) = (row for row in lines(tmp_path / "a", "loss") if row[1] == "train")
    assert row == (5, "train", pytest.approx(np.mean(losses), rel=1e-6))
    assert len(losses) == 5


def test_a_complete_run_does_nothing_and_can_be_made_longer(tmp_path) -> None:
    short, shelf = LoopConfig(4, 2, 3, 5), Shelf()
    train(tmp_path, ADAM, step_of("adam"), short, shelf=shelf)
    before = (tmp_path / "metrics.jsonl").read_bytes()
    for loop in (short, LoopConfig(2, 2, 3, 5)):
        state = train(tmp_path, ADAM, None, loop, shelf=shelf, evaluate=None)
        assert int(state.step) == 4
    assert (tmp_path / "metrics.jsonl").read_bytes() == before
    state = train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf)
    want, log, _ = whole(tmp_path / "whole")
    same(known(state), want)
    assert lines(tmp_path, "loss", "rate", "gradient_norm") == log


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("end", [3, 4, 5, 9])
def test_a_run_made_longer_is_one_that_never_ended(name, end, tmp_path) -> None:
    """Evaluations, lines of the log, and groups of batches are due at that end, or are not."""
    shelf = Shelf()
    short = LoopConfig(end, RHYTHM.evaluate, RHYTHM.log, RHYTHM.save)
    train(tmp_path / "a", CONFIGS[name], step_of(name), short, shelf=shelf)
    assert lines(tmp_path / "a")[-1] == (end, "valid")
    state = train(tmp_path / "a", CONFIGS[name], step_of(name), RHYTHM, shelf=shelf)
    want, log, undisturbed = whole(tmp_path / "b", name)
    same(known(state), want)
    assert lines(tmp_path / "a", "loss", "rate", "gradient_norm") == log
    assert shelf.position(11) == undisturbed.position(11)


def test_and_its_best_is_not_where_it_had_ended(tmp_path) -> None:
    """Step 3 is better than all; it is the best until the run is made longer."""

    def best(folder, end, *losses):
        values = iter(losses)
        train(
            folder, ADAM, step_of("adam"), LoopConfig(end, 2, 3),
            evaluate=lambda params: {"loss": next(values)},
        )  # fmt: skip
        with Checkpoints(folder / "checkpoints") as checkpoints:
            return checkpoints.best(), checkpoints.figures(checkpoints.best())

    assert best(tmp_path / "a", 3, 3.0, 1.0) == (3, {"loss": 1.0})
    assert best(tmp_path / "a", 5, 4.0, 5.0) == (2, {"loss": 3.0})
    assert best(tmp_path / "b", 5, 3.0, 4.0, 5.0) == (2, {"loss": 3.0})


@pytest.mark.parametrize("wild", [3, 4, 5])
def test_what_is_not_finite_is_never_saved(wild, tmp_path) -> None:
    """The batch of step wild + 1 is infinite; checkpoints are due at 4 and, in between, at 5."""
    shelf = Shelf()
    with pytest.raises(NonFinite, match=f"became (inf|nan) at step {wild + 1}$"):
        train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf, wild=wild)
    assert shelf.latest() == {3: 2, 4: 4, 5: 5}[wild]
    for items, *_ in shelf.kept.values():
        leaves = jax.tree.leaves(known(items["rest"]._replace(params=items["params"])))
        assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert all(np.isfinite(row[2]) for row in lines(tmp_path, "loss"))
    state = train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf)
    want, log, _ = whole(tmp_path / "whole")
    same(known(state), want)
    assert lines(tmp_path, "loss", "rate", "gradient_norm") == log


def test_nor_a_model_whose_validation_loss_is_none(tmp_path) -> None:
    shelf = Shelf()

    def worse(params):
        return {"loss": float("nan")} if shelf.kept else held_out(params)

    with pytest.raises(NonFinite, match="validation loss: became nan at step 4"):
        train(tmp_path, ADAM, step_of("adam"), RHYTHM, shelf=shelf, evaluate=worse)
    assert list(shelf.kept) == [2]
    assert lines(tmp_path)[-1] == (4, "train")


def test_a_gradient_that_is_not_finite_is_found(tmp_path) -> None:
    """The loss may be finite where its slope is not."""
    shelf = Shelf()

    def steep(state, batch, adaptation):
        state, metrics = step_of("adam")(state, batch, adaptation)
        norm = np.float32("inf") if int(state.step) == 4 else metrics["gradient_norm"][0]
        return state, {**metrics, "gradient_norm": (norm, 1.0)}

    with pytest.raises(NonFinite, match="gradient_norm: became inf at step 4"):
        train(tmp_path, ADAM, steep, RHYTHM, shelf=shelf)
    assert list(shelf.kept) == [2]


def test_the_host_looks_back_only_after_the_next_step_began(tmp_path) -> None:
    """A number is asked for when the step after it has been handed over, unless it is due."""
    happened = []

    class Number(float):
        def __float__(self):
            happened.append("looked")
            return 1.0

    def step(state, batch, adaptation):
        happened.append("began")
        return state._replace(step=state.step + 1), {"loss": (Number(1), 1.0)}

    train(tmp_path, ADAM, step, LoopConfig(4, 0, 0), shelf=Shelf())
    assert happened == ["began", *["began", "looked"] * 3, "looked"]


def test_a_checkpoint_of_another_optimizer_says_what_can_be_done_with_it(tmp_path) -> None:
    train(tmp_path, ADAM, step_of("adam"), LoopConfig(2, 2, 3))
    with pytest.raises(ValueError, match=r"rest.*: got .*; training cannot go on from .* loaded"):
        train(tmp_path, CONFIGS["accumulate"], step_of("accumulate"), LoopConfig(4, 2, 3))
