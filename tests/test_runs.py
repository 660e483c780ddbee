"""Run directories: who may open them, and what comes out of them."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest
from walking import random_like, same

import seqjax
from seqjax import runs
from seqjax.data import Vocabulary
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.checkpoints import Checkpoints

VOCABULARY = Vocabulary(("<unk>", "ü", "\n", " "))
VOCABULARIES = {"tokens": VOCABULARY}
CONFIG = LanguageModelConfig(hidden=3, driver="sequential")
RECORD = {
    "kind": "language_model",
    "config": dataclasses.asdict(CONFIG)
    | {"cutoffs": [], "tokenizer": "characters", "rate": 0.1, "epochs": 3},
    "data": {"name": "a.txt", "sha256": {"train": "ab", "valid": "cd"}, "first": 2},
}


def other(part: str, **values: object) -> dict:
    """RECORD with other values in one part."""
    return RECORD | {part: RECORD[part] | values}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that has begun, without a checkpoint."""
    folder = tmp_path / "deep" / "run"
    with runs.opened(folder, RECORD, VOCABULARIES) as there:
        assert not there
    return folder


def parameters(seed: int) -> dict:
    model = language_model(CONFIG, len(VOCABULARY))
    return random_like(jax.eval_shape(model.init, jax.random.key(0)), seed)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints 1 (best, of plain parameters) and 3 (newest, of averaged ones)."""
    folder = tmp_path_factory.mktemp("trained")
    with (
        runs.opened(folder, RECORD, VOCABULARIES),
        Checkpoints(folder / runs.CHECKPOINTS) as checkpoints,
    ):
        for step, use, loss in ((1, "params", 1.0), (3, "average", 2.0)):
            items = {"params": parameters(step), "average": parameters(step + 10)}
            checkpoints.save(step, items, {"use": use}, {"loss": loss})
    return folder


def test_a_new_folder_describes_itself(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert {name: record[name] for name in RECORD} == RECORD
    assert record["versions"] == record["begun"]
    assert record["versions"]["jax"] == jax.__version__
    assert Vocabulary.load(run / "vocabulary.tokens.json") == VOCABULARY
    assert {path.name for path in run.iterdir()} == {"lock", "run.json", "vocabulary.tokens.json"}


def test_the_same_command_finds_it(run: Path) -> None:
    before = contents(run)
    with runs.opened(run, RECORD, VOCABULARIES) as there:
        assert there
    assert contents(run) == before


def test_what_is_free_may_differ_and_is_updated(run: Path) -> None:
    record = runs.read_record(run)
    record["begun"] = {"jax": "0.1"}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with runs.opened(run, other("config", epochs=9), VOCABULARIES, {"epochs"}) as there:
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
        ({**RECORD, "kind": "tagger"}, VOCABULARIES, "is a run of language_model, not of tagger"),
        (RECORD, {"tokens": Vocabulary(("a", "b"))}, "^vocabulary of tokens: differs"),
        (RECORD, {**VOCABULARIES, "tags": VOCABULARY}, "^vocabulary of tags: differs"),
        (RECORD, {"tokens": Vocabulary(VOCABULARY.tokens[::-1])}, "^vocabulary of tokens: differs"),
    ],
)
def test_another_run_is_refused_and_leaves_every_byte(record, vocabularies, message, run) -> None:
    before = contents(run)
    with pytest.raises(ValueError, match=message), runs.opened(run, record, vocabularies, {"rat"}):
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
        runs.opened(tmp_path, RECORD, VOCABULARIES),
    ):
        pass
    assert contents(tmp_path) == before


@pytest.mark.parametrize("death", range(4))
def test_killed_while_it_was_made(death: int, tmp_path: Path, monkeypatch) -> None:
    """Before or after each of the two files gets its name: the same command begins anew."""
    replace, calls = runs.os.replace, iter(range(4))

    def dies(aside: Path, path: Path) -> None:
        if next(calls) == death:
            raise KeyboardInterrupt
        replace(aside, path)
        if next(calls) == death:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(runs.os, "replace", dies)
        with runs.opened(tmp_path, RECORD, VOCABULARIES):
            pass
    assert (tmp_path / "run.json").exists() == (death == 3)
    with runs.opened(tmp_path, RECORD, VOCABULARIES) as there:
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
        runs.opened(run, RECORD, VOCABULARIES),
    ):
        pass
    assert contents(run) == before
    holder.kill()
    holder.wait()
    with runs.opened(run, RECORD, VOCABULARIES) as there:
        assert there


def test_an_open_run_is_locked(run: Path, request: pytest.FixtureRequest) -> None:
    """For other processes and for this one."""
    with runs.opened(run, RECORD, VOCABULARIES):
        assert request.getfixturevalue("holder").stdout.readline() == "refused\n"
        with (
            pytest.raises(ValueError, match="in use by another process"),
            runs.opened(run, RECORD, VOCABULARIES),
        ):
            pass
    with pytest.raises(KeyError), runs.opened(run, RECORD, VOCABULARIES):
        raise KeyError
    with runs.opened(run, RECORD, VOCABULARIES):
        pass


def test_load_gives_the_best_or_the_newest(trained: Path) -> None:
    before = contents(trained)
    with runs.opened(trained, RECORD, VOCABULARIES):  # while it goes on training
        best, newest = seqjax.load(trained), seqjax.load(str(trained), "newest")
    assert (best.step, newest.step) == (1, 3)
    same(best.params, parameters(1))
    same(newest.params, parameters(13))
    assert best.vocabulary == VOCABULARY
    assert best.tokenizer.split("ü ") == ["ü", " "]
    assert best.first == 2
    assert best.record["config"] == RECORD["config"]
    carry, token = best.model.start(best.params, 1), jax.numpy.array([1])
    assert jax.eval_shape(best.model.step, best.params, carry, token)[1].shape == (1, 4)
    assert contents(trained) == before


def test_without_an_evaluation_the_best_is_the_newest(run: Path) -> None:
    with Checkpoints(run / runs.CHECKPOINTS) as checkpoints:
        checkpoints.save(2, {"params": parameters(2)}, {"use": "params"}, {})
    assert seqjax.load(run).step == 2


def test_load_refuses(run: Path, trained: Path) -> None:
    def refused(message: str, folder: Path, which: str = "best") -> None:
        with pytest.raises(ValueError, match=message):
            seqjax.load(folder, which)

    refused(re.escape(f"{run}: has no checkpoint yet"), run)
    refused(re.escape(f"{run / 'no'}: got no run there (run.json is missing)"), run / "no")
    refused("which: got 'bets', want one of best, newest; did you mean 'best'", trained, "bets")
    with pytest.raises(ValueError, match="is a run of language_model, want one of tagger"):
        seqjax.load(trained, kind="tagger")
    assert not (run / "checkpoints").exists()
    path = run / "run.json"
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], b"\xff\xfe", b"[1]", b'{"kind": "language_model"}'):
        path.write_bytes(damaged)
        refused(re.escape(str(path)), run)
    path.write_text(json.dumps({**RECORD, "kind": "tager"}), encoding="utf-8")
    refused("kind of run: got 'tager', want one of .*language_model.*; did you mean 'tagger'", run)


def test_a_run_from_before_an_option_was_there_has_its_default(run: Path) -> None:
    record = runs.read_record(run)
    del record["config"]["activation_penalty"]
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with Checkpoints(run / runs.CHECKPOINTS) as checkpoints:
        checkpoints.save(2, {"params": parameters(2)}, {"use": "params"}, {})
    same(seqjax.load(run).params, parameters(2))
