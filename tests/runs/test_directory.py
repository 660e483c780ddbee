"""Run directories: who may begin them, and what they say of themselves."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest
from run_toys import RECORD, VOCABULARIES, VOCABULARY, contents, other

import seqjax
from seqjax import runs
from seqjax.data import Vocabulary
from seqjax.runs import directory


@contextlib.contextmanager
def opened(folder, record, vocabularies, free=()) -> Iterator[bool]:
    """Held and described, as training does it; whether the run was there."""
    with runs.hold(folder) as held:
        there = held.old is not None
        held.describe(record, vocabularies, free)
        yield there


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that has begun, without a checkpoint."""
    folder = tmp_path / "deep" / "run"
    with opened(folder, RECORD, VOCABULARIES) as there:
        assert not there
    return folder


def test_a_new_folder_describes_itself(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert {name: record[name] for name in RECORD} == RECORD
    assert record["format"] == 2
    assert record["versions"] == record["begun"]
    assert record["versions"]["jax"] == jax.__version__
    assert record["versions"]["seqjax"] == seqjax.__version__
    assert Vocabulary.load(run / "vocabulary.tokens.json") == VOCABULARY
    assert {path.name for path in run.iterdir()} == {"lock", "run.json", "vocabulary.tokens.json"}


def test_the_same_command_finds_it(run: Path) -> None:
    before = contents(run)
    with opened(run, RECORD, VOCABULARIES) as there:
        assert there
    assert contents(run) == before


def test_what_is_free_may_differ_and_is_updated(run: Path) -> None:
    record = runs.read_record(run)
    record["begun"] = {"jax": "0.1"}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with opened(run, other("config", epochs=9), VOCABULARIES, {"epochs"}) as there:
        assert there
    record = runs.read_record(run)
    assert record["config"]["epochs"] == 9
    assert record["begun"] == {"jax": "0.1"} != record["versions"]


@pytest.mark.parametrize(
    ("record", "vocabularies", "message"),
    [
        (other("config", rate=0.5), VOCABULARIES, "^rate: got 0.5, .* begun with 0.1; repeat"),
        (other("config", epochs=9), VOCABULARIES, "^epochs: got 9, .* begun with 3;"),
        (other("config", new=1), VOCABULARIES, "^new: got 1, .* begun with None;"),
        (other("data", first=0), VOCABULARIES, "^data: first: got 0, .* begun with 2;"),
        (
            other("data", sha256={"train": "ff"}),
            VOCABULARIES,
            "^data: sha256: got {'train': 'ff'}, .* {'train': 'ab', 'valid': 'cd'}",
        ),
        ({**RECORD, "task": "tagging"}, VOCABULARIES, "is a run of language_model, not of tagging"),
        (RECORD, {"tokens": Vocabulary(("a", "b"))}, "^vocabulary of tokens: differs"),
        (RECORD, {**VOCABULARIES, "tags": VOCABULARY}, "^vocabulary of tags: differs"),
        (RECORD, {"tokens": Vocabulary(VOCABULARY.tokens[::-1])}, "^vocabulary of tokens: differs"),
    ],
)
def test_another_run_is_refused_and_leaves_every_byte(record, vocabularies, message, run) -> None:
    before = contents(run)
    with pytest.raises(ValueError, match=message), opened(run, record, vocabularies, {"rat"}):
        pass
    assert contents(run) == before


@pytest.mark.parametrize(
    "names", [["notes.txt"], ["vocabulary.tokens.json"], ["lock", "notes.txt"]]
)
def test_a_folder_of_something_else_is_refused(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("mine")
    before = contents(tmp_path)
    with (
        pytest.raises(ValueError, match="not empty and no run"),
        opened(tmp_path, RECORD, VOCABULARIES),
    ):
        pass
    assert contents(tmp_path) == before


@pytest.mark.parametrize("death", range(4))
def test_killed_while_it_was_made(death: int, tmp_path: Path, monkeypatch) -> None:
    """Before or after each of the two files gets its name: the same command begins anew."""
    replace, calls = directory.os.replace, iter(range(4))

    def dies(aside: Path, path: Path) -> None:
        if next(calls) == death:
            raise KeyboardInterrupt
        replace(aside, path)
        if next(calls) == death:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(directory.os, "replace", dies)
        with opened(tmp_path, RECORD, VOCABULARIES):
            pass
    assert (tmp_path / "run.json").exists() == (death == 3)
    with opened(tmp_path, RECORD, VOCABULARIES) as there:
        assert there == (death == 3)
    assert Vocabulary.load(tmp_path / "vocabulary.tokens.json") == VOCABULARY


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("refused", flush=True)
else:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(run: Path) -> Iterator[subprocess.Popen]:
    """Another process that tries to hold the lock."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLD, run / "lock"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def test_one_process_at_a_time(run: Path, holder: subprocess.Popen) -> None:
    """Until it is killed."""
    assert holder.stdout.readline() == "held\n"
    before = contents(run)
    with (
        pytest.raises(ValueError, match="in use by another process"),
        opened(run, RECORD, VOCABULARIES),
    ):
        pass
    assert contents(run) == before
    holder.kill()
    holder.wait()
    with opened(run, RECORD, VOCABULARIES) as there:
        assert there


def test_an_open_run_is_locked(run: Path, request: pytest.FixtureRequest) -> None:
    """For other processes and for this one."""
    with opened(run, RECORD, VOCABULARIES):
        assert request.getfixturevalue("holder").stdout.readline() == "refused\n"
        with (
            pytest.raises(ValueError, match="in use by another process"),
            opened(run, RECORD, VOCABULARIES),
        ):
            pass
    with pytest.raises(KeyError), opened(run, RECORD, VOCABULARIES):
        raise KeyError
    with opened(run, RECORD, VOCABULARIES):
        pass


def test_settings_are_compared_before_any_data_is_known(run: Path) -> None:
    before = contents(run)
    with runs.hold(run) as held:
        held.same_settings("language_model", RECORD["config"])
        held.same_settings("language_model", RECORD["config"] | {"epochs": 9}, {"epochs"})
        with pytest.raises(ValueError, match=r"^rate: got 0.5, .* begun with 0.1; repeat"):
            held.same_settings("language_model", RECORD["config"] | {"rate": 0.5})
        with pytest.raises(ValueError, match="is a run of language_model, not of tagging"):
            held.same_settings("tagging", RECORD["config"])
    assert contents(run) == before


def test_nothing_is_left_of_what_did_not_begin(tmp_path: Path) -> None:
    """A mistake that is found while data is read leaves no folder behind, nor a lock in one."""
    with pytest.raises(KeyError), runs.hold(tmp_path / "deep" / "run"):
        raise KeyError
    assert not list(tmp_path.iterdir())
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyError), runs.hold(tmp_path / "mine"):
        raise KeyError
    assert not list((tmp_path / "mine").iterdir())


def test_records_of_other_formats(run: Path) -> None:
    """The first had no number and named models; of a newer one nothing is known."""
    record = runs.read_record(run)
    old = {"kind": "tagger", **{name: record[name] for name in ("config", "data")}}
    (run / "run.json").write_text(json.dumps(old), encoding="utf-8")
    assert runs.read_record(run)["task"] == "tagging"
    with (
        pytest.raises(ValueError, match="was begun by an older seqjax; it can be loaded"),
        opened(run, {**RECORD, "task": "tagging"}, VOCABULARIES),
    ):
        pass
    (run / "run.json").write_text(json.dumps({**record, "format": 3}), encoding="utf-8")
    with pytest.raises(ValueError, match="has format 3, want 2 at most: a newer seqjax wrote it"):
        runs.read_record(run)
    for damaged in (b"", b"\xff\xfe", b"[1]", b'{"task": "tagging"}', b'{"format": "x"}'):
        (run / "run.json").write_bytes(damaged)
        with pytest.raises(ValueError, match=re.escape(str(run / "run.json"))):
            runs.read_record(run)


def test_versions_need_no_installation(tmp_path: Path, monkeypatch) -> None:
    """In a source tree that is not installed there is no metadata of seqjax."""
    version = directory.metadata.version
    missing = directory.metadata.PackageNotFoundError("seqjax")

    def without(name: str) -> str:
        if name == "seqjax":
            raise missing
        return version(name)

    monkeypatch.setattr(directory.metadata, "version", without)
    with opened(tmp_path / "run", RECORD, VOCABULARIES):
        pass
    assert runs.read_record(tmp_path / "run")["versions"]["seqjax"] == seqjax.__version__
