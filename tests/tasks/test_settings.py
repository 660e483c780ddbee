"""Settings by name: from Python, as JSON, and back from a run's record."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from seqjax.basics.options import at_home, option
from seqjax.tasks.settings import (
    RunConfig,
    as_json,
    check_run,
    from_settings,
    of_record,
    unused,
)


@dataclasses.dataclass(frozen=True)
class Model:
    cell: str = option("lstm", "the recurrence")
    hidden: int = option(256, "units of a layer")
    cutoffs: tuple[int, ...] = option((7, 8), "first ids of the clusters")
    tied: bool = option(True, "one matrix for both ends")


@dataclasses.dataclass(frozen=True)
class Training:
    rate: float = option(1.0, "learning rate")


def test_numbers_of_numpy_and_the_home_of_the_user(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    settings = {
        "hidden": np.int64(3), "rate": np.float32(0.5), "tied": np.bool_(False), "cell": "~/gru",
    }  # fmt: skip
    model, training = from_settings([Model, Training], settings)
    assert model == Model("/home/ada/gru", 3, tied=False)
    assert (type(model.hidden), type(training.rate), type(model.tied)) == (int, float, bool)
    assert at_home("~ada") == "~ada"
    with pytest.raises(ValueError, match=r"hidden: got 0\.5, want int"):
        from_settings([Model], {"hidden": np.float64(0.5)})


def test_by_name():
    settings = {"hidden": 3, "cutoffs": [1, 2], "rate": 2, "tied": False, "cell": Path("gru")}
    model, training = from_settings([Model, Training], settings)
    assert model == Model("gru", 3, (1, 2), False)
    assert training == Training(2.0)
    assert isinstance(training.rate, float)
    assert from_settings([Model, Training], {}) == [Model(), Training()]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hiden": 3}, "hiden: got 3, but there is no such setting; did you mean hidden?"),
        ({"zzz": 3}, "zzz: got 3, .*; want cell, cutoffs, hidden, rate, tied"),
        ({"hidden": 3.5}, "hidden: got 3.5, want int"),
        ({"hidden": True}, "hidden: got True, want int"),
        ({"hidden": "3"}, "hidden: got '3', want int"),
        ({"rate": "fast"}, "rate: got 'fast', want float"),
        ({"rate": True}, "rate: got True, want float"),
        ({"tied": 1}, "tied: got 1, want bool"),
        ({"cell": None}, "cell: got None, want str"),
        ({"cutoffs": [1, "x"]}, r"cutoffs: got \[1, 'x'\], want integers such as"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        from_settings([Model, Training], settings)


def test_json_reads_it_back():
    values = as_json(Model(hidden=3), Training())
    assert values == {"cell": "lstm", "hidden": 3, "cutoffs": [7, 8], "tied": True, "rate": 1}
    assert json.loads(json.dumps(values)) == values
    record = {"config": values | {"newer": 1}}
    assert of_record(Model, record) == Model(hidden=3)
    assert of_record(Training, {"config": {}}) == Training()


def test_what_nothing_would_use():
    unused(Model(), "hidden", "cell", why="here")
    with pytest.raises(ValueError, match="cell: got 'gru' here: nothing would use it"):
        unused(Model(cell="gru"), "hidden", "cell", why="here")


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("log_every", 0), ("evaluate_every", -1), ("save_every", -1), ("seed", -1)],
)
def test_numbers_of_a_run(name, value):
    check_run(RunConfig())
    with pytest.raises(ValueError, match=f"^{name}: got {value}"):
        check_run(RunConfig(**{name: value}))
    with pytest.raises(ValueError, match="workdir: got none"):
        check_run(RunConfig(workdir=""))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nonfinite": "skp"}, "nonfinite: got 'skp', want one of .*did you mean 'skip'"),
        ({"nonfinite": "skip", "nonfinite_limit": 0}, "nonfinite_limit: got 0, want an integer"),
        (
            {"nonfinite": "back", "nonfinite_decay": 1.0},
            r"nonfinite_decay: got 1\.0, want a number",
        ),
        ({"nonfinite_limit": 3}, "nonfinite_limit: got 3 with nonfinite=stop: nothing would use"),
        (
            {"nonfinite": "skip", "nonfinite_decay": 0.1},
            r"nonfinite_decay: got 0\.1 with nonfinite=skip: nothing would use it",
        ),
    ],
)
def test_what_happens_to_numbers_that_are_none(settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        check_run(RunConfig(**settings))
    for rule in ("skip", "back"):
        check_run(RunConfig(nonfinite=rule, nonfinite_limit=3))
    check_run(RunConfig(nonfinite="back", nonfinite_decay=0.1))
