"""The launch of claims: flags, progress, what it writes, how it ends."""

from __future__ import annotations

import sys

import pytest
from absl import flags as absl_flags

from experiments import flags
from experiments.claims import main as launch_main
from experiments.claims.main import ClaimsConfig, check, listed

pytest.importorskip("matplotlib")


@pytest.fixture
def start(claims, tmp_path, monkeypatch):
    """Calls ``main`` with the fields of a config that differ."""

    def call(**changed):
        config = ClaimsConfig(**{"out": str(tmp_path), "seeds": 2, **changed})
        monkeypatch.setattr(flags, "parse", lambda kind: config)
        monkeypatch.setattr(sys, "argv", ["claims", "--seeds=2"])
        return launch_main.main()

    return call


def test_writes_both_reports(start, claims, tmp_path, capsys):
    claims.add("one")
    assert start() == 0
    out = capsys.readouterr().out
    assert "[1 of 1] one" in out
    assert " 1  one                   holds" in out
    assert str(tmp_path / "report.html") in out
    assert {path.name for path in tmp_path.iterdir()} == (
        {"report.md", "report.html", "one.svg", "results"}
    )
    assert "`python -m experiments.claims --seeds=2`" in (tmp_path / "report.md").read_text("utf-8")
    before = (tmp_path / "report.html").read_bytes()
    assert start() == 0
    assert len(claims.calls) == 1
    assert (tmp_path / "report.html").read_bytes() == before


def test_one_of_several_leaves_the_others_in_the_report(start, claims, tmp_path):
    claims.add("one")
    claims.add("two")
    assert start() == 0
    assert start(only="two", redo=True) == 0
    assert [name for name, _ in claims.calls] == ["one", "two", "two"]
    text = (tmp_path / "report.md").read_text("utf-8")
    assert "](#one)" in text
    assert "](#two)" in text


def test_a_failure_is_the_exit_status(start, claims, tmp_path, capsys):
    claims.add("one", RuntimeError("no luck"))
    claims.add("two")
    assert start() == 1
    assert capsys.readouterr().err.endswith("failed: one: RuntimeError: no luck\n")
    assert "RuntimeError: no luck" in (tmp_path / "report.html").read_text("utf-8")


def test_list(start, claims, capsys):
    claims.add("one")
    assert start(list=True) == 0
    assert capsys.readouterr().out.startswith(" 1  one                   Networks of one")
    assert claims.calls == []
    assert "빠르다" in listed(["one"], "ko")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"only": "lokup"}, "only: got 'lokup', want one of .*did you mean 'lookup'"),
        ({"seeds": 1}, "seeds: got 1, want 2 or more"),
        ({"language": "kr"}, "language: got 'kr', want one of en, ko"),
        ({"out": ""}, "out: got none, want --out=FOLDER"),
        ({"out": __file__}, "out: got .*test_main.py, which is a file, want a folder"),
    ],
)
def test_mistakes(changed, message):
    with pytest.raises(ValueError, match=message):
        check(ClaimsConfig(**changed))


def test_flags_are_those_of_the_config():
    values = absl_flags.FlagValues()
    flags.define(ClaimsConfig, values=values)
    values(["claims", "--only=losses", "--seeds=5", "--list", "--redo", "--language=ko"])
    config = flags.parse(ClaimsConfig, values)
    assert (config.only, config.seeds, config.list, config.redo) == ("losses", 5, True, True)
