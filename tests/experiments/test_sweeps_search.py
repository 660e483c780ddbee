"""What a sweep tries: how it is written, drawn, combined; what is refused before it begins."""

from __future__ import annotations

import doctest
import importlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from paths import ROOT

from experiments.sweeps.config import SweepConfig, check_alone
from experiments.sweeps.launches import find, words_of
from experiments.sweeps.plan import Plan, Search, plan
from experiments.sweeps.spaces import Range, all_settings, draw
from experiments.sweeps.syntax import values
from seqjax.tasks import TASKS


def planned(
    tmp_path: Path, search: Search, *words: str, launch: str = "regress", **asked: Any
) -> Plan:
    return plan(SweepConfig(launch=launch, out=str(tmp_path / "sweep"), **asked), search, words)


def settings(tmp_path: Path, search: Search, *words: str, **asked: Any) -> list[dict[str, Any]]:
    return [trial.settings for trial in planned(tmp_path, search, *words, **asked).sweep.trials]


def test_a_grid_is_every_combination_and_a_zip_is_walked_together(tmp_path: Path) -> None:
    """In the order in which they are written, the first slowest."""
    search = Search(
        grid=["cell=lstm, gru", "seed=0,1"], zips=["hidden=8,16; rate=0.5,1e-3"], random=[]
    )
    found = settings(tmp_path, search)
    assert [(s["cell"], s["seed"], s["hidden"], s["rate"]) for s in found] == [
        (cell, seed, *together)
        for cell in ("lstm", "gru")
        for seed in (0, 1)
        for together in ((8, 0.5), (16, 0.001))
    ]
    assert not (tmp_path / "sweep").exists()


def test_values_of_every_type_are_those_of_the_flags(tmp_path: Path) -> None:
    """Values that hold commas have | between them; what comes out are words of a command line."""
    launch = find("language_model")
    assert values(launch, "grid", "cutoffs", "4,8 | 16") == [(4, 8), (16,)]
    assert values(launch, "grid", "cutoffs", "4,8") == [(4,), (8,)]
    words = words_of({"cutoffs": [4, 8], "tensorboard": False, "rate": 1e-5, "cell": "gru"})
    assert launch.given(words) == {
        "cutoffs": (4, 8), "tensorboard": False, "rate": 1e-5, "cell": "gru",
    }  # fmt: skip
    search = Search(grid=["normalise=1,0; inputs=a,b|"])
    made = planned(tmp_path, search, "--noresidual", "--seed", "3")
    assert [trial.settings for trial in made.sweep.trials] == [
        {"normalise": way, "inputs": columns} for way in (True, False) for columns in ("a,b", "")
    ]
    command = made.command(made.sweep.trials[0], 0)
    assert command[1:] == [
        "-m", "experiments.regress", "--noresidual", "--seed", "3",
        "--normalise=true", "--inputs=a,b",
        f"--workdir={tmp_path / 'sweep' / 'trials' / '0001'}",
    ]  # fmt: skip


def test_a_draw_is_that_of_its_number_and_name_alone(tmp_path: Path) -> None:
    """So more trials extend a sweep, and another setting leaves the others as they are."""
    random = ["rate=log:1e-4..1e-1; hidden=4..8; cell=lstm,gru"]
    few = settings(tmp_path, Search(random=random), trials=3, seed=1)
    assert settings(tmp_path, Search(random=random), trials=5, seed=1)[:3] == few
    rates = settings(tmp_path, Search(random=["rate=log:1e-4..1e-1"]), trials=3, seed=1)
    assert [each["rate"] for each in rates] == [each["rate"] for each in few]
    others = settings(tmp_path, Search(random=random), trials=3, seed=2)
    assert {each["rate"] for each in others}.isdisjoint(each["rate"] for each in few)
    assert len({each["rate"] for each in few}) == 3
    both = settings(tmp_path, Search(random=random, grid=["seed=5,6"]), trials=2, seed=1)
    assert [each["seed"] for each in both] == [5, 6, 5, 6]
    assert [each["rate"] for each in both] == [few[i]["rate"] for i in (0, 0, 1, 1)]


def test_what_is_drawn_is_spread_as_it_should_be() -> None:
    """Quantiles of 2,000 draws lie where those of the distribution do, within 4 deviations."""
    spaces = {
        "even": Range(-1.0, 3.0, log=False, whole=False),
        "log": Range(1e-4, 1e-1, log=True, whole=False),
        "whole": Range(1, 4, log=False, whole=True),
        "log whole": Range(1, 1000, log=True, whole=True),
    }
    drawn = all_settings([{}], spaces, 2000, seed=3)
    columns = {name: np.array([each[name] for each in drawn]) for name in spaces}
    assert -1 <= columns["even"].min() < -0.99 and 2.99 < columns["even"].max() <= 3
    for level in (0.1, 0.5, 0.9):
        tolerance = 4 * math.sqrt(level * (1 - level) / 2000)
        assert np.mean(columns["even"] <= -1 + 4 * level) == pytest.approx(level, abs=tolerance)
        below = columns["log"] <= 1e-4 * 1000**level
        assert np.mean(below) == pytest.approx(level, abs=tolerance)
    for value in (1, 2, 3, 4):
        assert np.mean(columns["whole"] == value) == pytest.approx(0.25, abs=0.04)
    assert set(columns["whole"]) == {1, 2, 3, 4} and columns["log whole"].dtype.kind == "i"
    assert columns["log whole"].max() <= 1000
    # 1 stands for [1, 2) of [1, 1001).
    share = math.log(2) / math.log(1001)
    assert np.mean(columns["log whole"] == 1) == pytest.approx(share, abs=0.03)


def test_a_drawn_number_is_short_and_between_its_ends() -> None:
    narrow = {"rate": Range(0.12345678, 0.12345679, log=False, whole=False)}
    drawn = [draw(narrow, 0, number)["rate"] for number in range(20)]
    assert all(0.12345678 <= value <= 0.12345679 for value in drawn)
    wide = {"rate": Range(1e-4, 1e-1, log=True, whole=False)}
    assert all(len(f"{draw(wide, 0, n)['rate']:.12g}") <= 11 for n in range(20))


def test_numbers_have_ranges_and_other_flags_have_none(tmp_path: Path) -> None:
    """Two dots in a text are text."""
    (tmp_path / "a..b.csv").write_text("x,y\n1,2\n")
    search = Search(random=[f"data={tmp_path / 'a..b.csv'},waves"])
    found = {each["data"] for each in settings(tmp_path, search, trials=10)}
    assert found == {str(tmp_path / "a..b.csv"), "waves"}


def test_a_recipe_gives_flags_of_all_trials(tmp_path: Path) -> None:
    recipe = tmp_path / "small.flags"
    recipe.write_text("--epochs=3\n--hidden=8\n")
    made = planned(tmp_path, Search(grid=["cell=lstm,gru"]), f"--flagfile={recipe}")
    assert made.sweep.asked["given"] == {"epochs": 3, "hidden": 8}
    assert f"--flagfile={recipe}" in made.command(made.sweep.trials[1], 0)
    with pytest.raises(ValueError, match="hidden: is given behind -- too"):
        planned(tmp_path, Search(grid=["hidden=1,2"]), f"--flagfile={recipe}")


GRID = ["cell=lstm,gru"]


@pytest.mark.parametrize(
    ("asked", "search", "words", "message"),
    [
        ({}, Search(grid=["hiden=3,4"]), [], "hiden: is no flag of regress; did you mean hidden"),
        ({}, Search(grid=["hidden=3,x"]), [], "grid: hidden: got 'x', want an integer"),
        ({}, Search(grid=["hidden=3,"]), [], "grid: hidden: got '', want an integer"),
        ({}, Search(grid=["cell=lstm,gra"]), [], r"trial 2 \(cell=gra\): cell: got 'gra'"),
        ({}, Search(grid=["cell"]), [], "grid: got 'cell', want NAME=VALUE"),
        ({}, Search(grid=["cell="]), [], "grid: got 'cell=', want NAME=VALUE"),
        ({}, Search(grid=[" ; "]), [], "grid: got ' ; ', want NAME=VALUE"),
        ({}, Search(grid=["rate=0.1,0.10"]), [], "grid: rate: got '0.10' twice"),
        ({}, Search(grid=["rate=0.1,-1"]), [], r"trial 2 \(rate=-1.0\): rate: got -1.0"),
        ({}, Search(grid=["workdir=a,b"]), [], "grid: got workdir, but each trial has"),
        ({}, Search(grid=GRID), ["--workdir=a"], "workdir: got one behind --"),
        ({}, Search(grid=GRID), ["--cell=gru"], "grid: cell: is given behind -- too"),
        ({}, Search(grid=GRID), ["--hiden=3"], "hiden: is no flag of regress"),
        ({}, Search(grid=GRID), ["--hidden=x"], "regress: flag --hidden=x: invalid"),
        ({}, Search(grid=GRID), ["--hidden"], "regress: .*hidden"),
        ({}, Search(grid=GRID), ["lstm"], "regress: got 'lstm' behind --"),
        ({}, Search(grid=GRID), ["--flagfile=none"], "none: No such file"),
        ({}, Search(grid=GRID), ["--epochs=0"], r"trial 1 \(cell=lstm\): epochs: got 0"),
        ({}, Search(grid=["optimizer=sgd,adm"]), [], r"trial 2 \(optimizer=adm\): optimizer: got"),
        ({}, Search(grid=GRID, random=["cell=rnn,gru"]), [], "trials: got 0"),
        ({}, Search(grid=[*GRID, "cell=rnn"]), [], "grid: cell: is searched by --grid already"),
        ({}, Search(zips=["cell=lstm,gru; hidden=1,2,3"]), [], "zip: got 2 of cell, 3 of hidden"),
        ({}, Search(), [], "grid: got nothing to search"),
        ({"trials": 3}, Search(grid=GRID), [], "trials: got 3 without --random"),
        ({"seed": 3}, Search(grid=GRID), [], "seed: got 3 without --random"),
        ({"trials": 3}, Search(random=["rate=0.5..0.1"]), [], "the empty range '0.5..0.1'"),
        ({"trials": 3}, Search(random=["rate=0.1..0.1"]), [], "the empty range '0.1..0.1'"),
        ({"trials": 3}, Search(random=["rate=0.1..inf"]), [], "the empty range '0.1..inf'"),
        ({"trials": 3}, Search(random=["rate=0.1.."]), [], "random: rate: got '', want a number"),
        ({"trials": 3}, Search(random=["rate=log:0..1"]), [], "random: rate: got 'log:0..1', want"),
        ({"trials": 3}, Search(random=["rate=log:0.1"]), [], "random: rate: got 'log:0.1', want"),
        ({"trials": 3}, Search(random=["hidden=1.5..3"]), [], "random: hidden: got '1.5'"),
        ({"jobs": 0}, Search(grid=GRID), [], "jobs: got 0"),
        ({"launch": "regres"}, Search(grid=GRID), [], "launch: got 'regres', want .*'regress'"),
        ({"launch": "predict"}, Search(grid=GRID), [], "launch: got 'predict', want one of clas"),
        ({"executor": "slrum"}, Search(grid=GRID), [], "executor: got 'slrum', want one of local"),
        ({"slurm": "a=1"}, Search(grid=GRID), [], "slurm: got 'a=1' with executor=local"),
        ({"devices": "0,1", "jobs": 3}, Search(grid=GRID), [], "jobs: got 3, want 2 at most"),
        ({"min_epochs": 2}, Search(grid=GRID), [], "min_epochs: got 2 without --halving"),
        ({"halving": 1}, Search(grid=GRID), [], "halving: got 1, want 2 or more"),
        ({"halving": 3}, Search(grid=GRID), ["--epochs=2"], "epochs: got 2, want 3 or more"),
        ({"halving": 2}, Search(grid=["epochs=4,8"]), [], "epochs: got several to search"),
        (
            {"halving": 2}, Search(grid=["schedule=constant,cosine"]), [],
            r"trial 2 \(schedule=cosine\): schedule.*got 'cosine', want one of constant, plateau",
        ),
        (
            {"halving": 2, "launch": "vectors"}, Search(grid=["size=4,8"]), ["--epochs=8"],
            "halving: got the launch vectors",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_before_anything_begins(
    asked: dict[str, Any], search: Search, words: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        planned(tmp_path, search, *words, **asked)
    assert not (tmp_path / "sweep").exists()


def test_without_a_launch_a_table_is_shown_and_nothing_else() -> None:
    check_alone(SweepConfig(out="x", sort="-loss", picture="a.png"), searched=False)
    for asked, searched, message in (
        (SweepConfig(), False, "launch: got none, want --launch=NAME and --out"),
        (SweepConfig(out="x", retry=True), False, "retry: got True without --launch"),
        (SweepConfig(out="x", jobs=2), False, "jobs: got 2 without --launch"),
        (SweepConfig(out="x"), True, "launch: got none, want --launch=NAME of what is searched"),
    ):
        with pytest.raises(ValueError, match=message):
            check_alone(asked, searched=searched)


def test_every_launch_that_trains_is_found() -> None:
    """Each with the flags of its task, and with those that it has beside them."""
    with pytest.raises(ValueError, match="want one of") as error:
        find("")
    names = str(error.value).split("want one of ")[1].split(", ")
    assert sorted(find(name).task.name for name in names) == sorted(TASKS)
    assert find("classify").flag("compare_vectors").default is False
    assert find("vectors").flag("objective").default == "skip_gram"


def test_the_examples_in_docstrings() -> None:
    """As Python's doctest runs them."""
    attempted = 0
    for path in sorted((ROOT / "experiments" / "sweeps").glob("*.py")):
        result = doctest.testmod(importlib.import_module(f"experiments.sweeps.{path.stem}"))
        assert result.failed == 0, path
        attempted += result.attempted
    assert attempted > 10
