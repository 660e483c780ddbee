"""Claims are measured once, go on where they were stopped, and one that fails stops no other."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.claims import records, running
from experiments.claims.claim import HOLDS

SEEDS = range(3)


def run(claims, folder, names, seeds=SEEDS, code="a", lines=None, **options):
    return running.run(
        names, seeds, folder, claims.machine, source=lambda name: code,
        say=(lines if lines is not None else []).append, **options,
    )  # fmt: skip


def test_what_is_kept_and_said(claims, tmp_path):
    claims.add("one")
    lines = []
    (outcome,) = run(claims, tmp_path, ["one"], lines=lines)
    assert outcome.verdict.kind == HOLDS
    kept = json.loads((tmp_path / "results" / "one.json").read_text())
    assert kept["results"] == {"scores": [0.0, 0.1, 0.2]}
    assert (kept["seeds"], kept["source"], kept["machine"]) == ([0, 1, 2], "a", claims.machine)
    assert kept["seconds"] >= 0
    assert lines == ["[1 of 1] one", "one is measured", "one holds: it is [0.0, 0.1, 0.2]"]


def test_a_second_run_measures_what_is_missing(claims, tmp_path):
    claims.add("one")
    first = run(claims, tmp_path, ["one"])
    claims.add("two")
    second = run(claims, tmp_path, ["one", "two"])
    assert [name for name, _ in claims.calls] == ["one", "two"]
    assert second[0] == first[0]
    run(claims, tmp_path, ["one", "two"], redo=True)
    assert len(claims.calls) == 4


@pytest.mark.parametrize("changed", [{"seeds": range(4)}, {"code": "b"}])
def test_other_seeds_or_code_measure_again(claims, tmp_path, changed):
    claims.add("one")
    run(claims, tmp_path, ["one"])
    (outcome,) = run(claims, tmp_path, ["one"], **changed)
    assert len(claims.calls) == 2
    assert outcome.record.seeds == list(changed.get("seeds", SEEDS))


def test_an_interruption_loses_nothing(claims, tmp_path):
    claims.add("one")
    claims.add("two", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(claims, tmp_path, ["one", "two"])
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["one.json"]


def test_a_claim_that_raises(claims, tmp_path, capsys):
    claims.add("one", RuntimeError("out of\n  luck"))
    claims.add("two")
    first, second = run(claims, tmp_path, ["one", "two"])
    assert first.failure == "RuntimeError: out of luck"
    assert (first.claim.name, first.record) == ("one", None)
    assert second.verdict.kind == HOLDS
    assert "Traceback" in capsys.readouterr().err
    run(claims, tmp_path, ["one"])
    assert [name for name, _ in claims.calls] == ["one", "two", "one"]  # a failure is not kept


def test_a_claim_whose_module_is_missing(claims, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.claims.catalogue.NAMES", ("absent_claim",))
    monkeypatch.setattr("experiments.claims.catalogue.MODULES", ("absent_claim",))
    (outcome,) = run(claims, tmp_path, ["absent_claim"])
    assert "No module named 'experiments.claims.absent_claim'" in outcome.failure


def test_kept_are_those_of_this_code(claims, tmp_path):
    claims.add("one")
    claims.add("two")
    run(claims, tmp_path, ["one"])
    names = ["one", "two"]
    assert [each.name for each in running.kept(names, tmp_path, lambda name: "a")] == ["one"]
    assert running.kept(names, tmp_path, lambda name: "b") == []


def test_results_of_arrays_and_of_what_is_no_number(claims, tmp_path):
    record = records.Record("one", [0], 1.0, {}, "a", {"a": np.arange(2), "b": np.float32(0.5)})
    assert records.write(tmp_path, record).results == {"a": [0, 1], "b": 0.5}
    with pytest.raises(TypeError, match="results: got object, want numbers"):
        records.write(tmp_path, record.__class__(**{**vars(record), "results": {"a": object()}}))
    assert records.read(tmp_path, "one").results["b"] == 0.5  # the whole file of before


def test_a_file_that_is_no_record(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "one.json").write_text("{")
    with pytest.raises(ValueError, match=r"one.json: got no results of a claim .*delete it"):
        records.read(tmp_path, "one")
