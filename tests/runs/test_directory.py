"""Run directories: who may begin them, and what they say of themselves."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock
import jax
import pytest
from run_toys import RECORD, VOCABULARIES, VOCABULARY, contents, other

import seqjax
from seqjax import runs
from seqjax.basics import whole_file
from seqjax.data import Vocabulary
from seqjax.runs import directory
from seqjax.tasks.run_record import read_vocabularies


@contextlib.contextmanager
def opened(folder, record, vocabularies, free=()) -> Iterator[bool]:
    """Held and described, as training does it; whether the run was there."""
    with runs.hold(folder) as held:
        there = held.old is not None
        held.describe(record, vocabularies, free)
        yield there


@pytest.fixture
def unsaved(tmp_path: Path) -> Path:
    """A run that has begun, without a checkpoint."""
    folder = tmp_path / "deep" / "run"
    with opened(folder, RECORD, VOCABULARIES) as there:
        assert not there
    return folder


@pytest.fixture
def run(unsaved: Path) -> Path:
    """A run that has a checkpoint; what is in it does not matter here."""
    (unsaved / "checkpoints" / "3").mkdir(parents=True)
    return unsaved


def test_a_new_folder_describes_itself(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert {name: record[name] for name in RECORD} == RECORD
    assert record["format"] == 2
    assert record["versions"] == record["begun"]
    assert record["versions"]["jax"] == jax.__version__
    assert record["versions"]["seqjax"] == seqjax.__version__
    assert Vocabulary.load(run / "vocabulary.tokens.json") == VOCABULARY
    files = {path.name for path in run.iterdir() if path.is_file()}
    assert files == {"lock", "run.json", "vocabulary.tokens.json"}


def test_a_setting_that_is_newer_than_the_run_had_its_default(run: Path) -> None:
    with runs.hold(run) as held:
        held.same_settings(RECORD["task"], {**RECORD["config"], "encoding": "utf-8"})
        with pytest.raises(ValueError, match=r"^encoding: got 'cp1252', .* begun with 'utf-8'"):
            held.same_settings(RECORD["task"], {**RECORD["config"], "encoding": "cp1252"})


def test_until_a_checkpoint_is_there_settings_bind_nobody(unsaved: Path) -> None:
    """Whatever the task, the settings and the data were: nothing was trained that could be lost."""
    (unsaved / "checkpoints" / "3.orbax-checkpoint-tmp").mkdir(parents=True)
    record = {**other("config", rate=0.5), "task": "tagging"}
    with runs.hold(unsaved) as held:
        held.same_settings("tagging", record["config"])
        held.describe(record, {"words": VOCABULARY})
    assert runs.read_record(unsaved)["config"]["rate"] == 0.5
    assert [path.name for path in unsaved.glob("vocabulary.*")] == ["vocabulary.words.json"]
    (unsaved / "checkpoints" / "3").mkdir()
    with (
        pytest.raises(ValueError, match=r"^rate: got 0.1, .* begun with 0.5"),
        runs.hold(unsaved) as h,
    ):
        h.describe({**RECORD, "task": "tagging"}, {"words": VOCABULARY})


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
        (
            other("data", first=0),
            VOCABULARIES,
            r"^data: first \(the id of what a text begins after\): got 0, .* begun with 2; want",
        ),
        (
            other("data", sha256={"train": "ff"}),
            VOCABULARIES,
            r"^data: the contents of train, valid \(there is none now\) are others than what the"
            r" run in .* was begun with \('a.txt'\); want the data as it was \(was a file edited,",
        ),
        (
            other("data", sha256={"train": "ff", "valid": "cd"}, name="b.txt", first=0),
            VOCABULARIES,
            r"^data: the contents of train are others .* \('a.txt'; it is 'b.txt' now\); want",
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


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{")])
def test_a_vocabulary_that_is_lost_is_written_again(run: Path, damage) -> None:
    """Where it is the one of the run; and a reader says what to do."""
    damage(run / "vocabulary.tokens.json")
    with pytest.raises(ValueError, match=r"vocabulary.tokens.json: "):
        read_vocabularies(run, runs.read_record(run))
    another = {"tokens": Vocabulary(("a", "b"))}
    refused = pytest.raises(ValueError, match=r"^vocabulary of tokens: differs")
    with refused, runs.hold(run) as held:
        held.describe(RECORD, another)
    with runs.hold(run) as held:
        held.describe(RECORD, VOCABULARIES)
    assert held.notes[0].endswith("written again")
    assert read_vocabularies(run, runs.read_record(run)) == VOCABULARIES


def test_a_vocabulary_of_other_words_is_refused(run: Path) -> None:
    """It would be read without a word: the marks in run.json tell it apart."""
    Vocabulary(VOCABULARY.tokens[::-1]).save(run / "vocabulary.tokens.json")
    with pytest.raises(
        ValueError, match=r"vocabulary.tokens.json: is not what the run wrote; want"
    ):
        read_vocabularies(run, runs.read_record(run))
    (run / "vocabulary.tokens.json").unlink()
    with pytest.raises(ValueError, match=r"vocabulary.tokens.json: is missing; want a copy"):
        read_vocabularies(run, runs.read_record(run))


def test_checkpoints_without_a_record_are_left_alone(run: Path) -> None:
    (run / "run.json").unlink()
    with (
        pytest.raises(ValueError, match=r"has checkpoints, but its run.json is missing"),
        runs.hold(run),
    ):
        pass


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


@pytest.mark.parametrize("where", ["mkdir", "lock"])
def test_a_folder_that_cannot_be_written_to(where: str, tmp_path: Path, monkeypatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    owner, name = (Path, "mkdir") if where == "mkdir" else (filelock.FileLock, "acquire")
    monkeypatch.setattr(owner, name, denied)
    message = f"^workdir: {tmp_path}: Permission denied; want a folder that can be written to$"
    with pytest.raises(ValueError, match=message), runs.hold(tmp_path):
        pass


@pytest.mark.parametrize("death", range(4))
def test_killed_while_it_was_made(death: int, tmp_path: Path, monkeypatch) -> None:
    """Before or after each of the two files gets its name: any command begins anew."""
    replace, calls = whole_file.os.replace, iter(range(4))

    def dies(aside: Path, path: Path) -> None:
        if next(calls) == death:
            raise KeyboardInterrupt
        replace(aside, path)
        if next(calls) == death:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(whole_file.os, "replace", dies)
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # the dead remove nothing
        with opened(tmp_path, RECORD, VOCABULARIES):
            pass
    assert (tmp_path / "run.json").exists() == (death == 3)
    with opened(tmp_path, other("config", rate=0.5), VOCABULARIES) as there:
        assert not there
    assert runs.read_record(tmp_path)["config"]["rate"] == 0.5
    assert Vocabulary.load(tmp_path / "vocabulary.tokens.json") == VOCABULARY
    assert not [*tmp_path.glob("*.aside")]


HOLD = """
import filelock, sys
lock = filelock.FileLock(sys.argv[1], timeout=0)
try:
    lock.acquire()
except filelock.Timeout:
    print("refused", flush=True)
else:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(run: Path) -> Iterator[subprocess.Popen]:
    """Another process that tries to hold the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, run / "lock"],
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


@pytest.mark.parametrize("absent", [("seqjax",), ("seqjax", "jaxlib", "grain")])
def test_versions_need_no_installation(tmp_path: Path, monkeypatch, absent) -> None:
    """A source tree that is not installed has no metadata, nor has a library as a plain folder."""
    version = directory.metadata.version

    def without(name: str) -> str:
        if name in absent:
            raise directory.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(directory.metadata, "version", without)
    with opened(tmp_path / "run", RECORD, VOCABULARIES):
        pass
    versions = runs.read_record(tmp_path / "run")["versions"]
    assert versions["seqjax"] == seqjax.__version__
    assert [versions[name] for name in absent[1:]] == ["unknown"] * len(absent[1:])
