"""What comes out of a run directory: the best checkpoint or the newest, and what it means."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jax
import pytest
from run_toys import CONFIG, RECORD, VOCABULARIES, VOCABULARY, contents
from walking import random_like, same

import seqjax
from seqjax import runs
from seqjax.models.language_model import language_model
from seqjax.training.checkpoints import Checkpoints


def begin(folder: Path) -> Path:
    """A run that has begun, without a checkpoint."""
    with runs.hold(folder) as held:
        held.describe(RECORD, VOCABULARIES)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return begin(tmp_path / "deep" / "run")


def parameters(seed: int) -> dict:
    model = language_model(CONFIG, len(VOCABULARY))
    return random_like(jax.eval_shape(model.init, jax.random.key(0)), seed)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints 1 (best, of plain parameters) and 3 (newest, of averaged ones)."""
    folder = tmp_path_factory.mktemp("trained")
    with Checkpoints(begin(folder) / runs.CHECKPOINTS) as checkpoints:
        for step, use, loss in ((1, "params", 1.0), (3, "average", 2.0)):
            items = {"params": parameters(step), "average": parameters(step + 10)}
            checkpoints.save(step, items, {"use": use}, {"loss": loss})
    return folder


def test_load_gives_the_best_or_the_newest(trained: Path) -> None:
    before = contents(trained)
    with runs.hold(trained):  # while it goes on training
        best, newest = seqjax.load(trained), seqjax.load(str(trained), "newest")
    assert (best.step, newest.step) == (1, 3)
    same(best.params, parameters(1))
    same(newest.params, parameters(13))
    assert best.vocabulary == VOCABULARY
    assert best.tokenizer.split("ü ") == ["ü", " "]
    assert best.first == 2
    assert best.record["config"].items() >= RECORD["config"].items()
    carry, token = best.model.start(best.params, 1), jax.numpy.array([1])
    assert jax.eval_shape(best.model.step, best.params, carry, token)[1].shape == (1, 4)
    assert contents(trained) == before


def test_what_is_damaged_is_named(trained: Path, tmp_path: Path) -> None:
    """A vocabulary that is gone, a record without its parts, a checkpoint of empty files."""
    for number, (damage, message) in enumerate(
        (
            (lambda run: (run / "vocabulary.tokens.json").unlink(), "vocabulary"),
            (lambda run: write(run, config=None), "want objects as config and data"),
            (
                lambda run: empty(run / "checkpoints"),
                "checkpoints/[13]: is damaged: .* want a copy of it",
            ),
            (
                lambda run: empty(run / "checkpoints" / "1" / "params"),
                "checkpoints/1: is damaged: .*which='newest'",
            ),
        )
    ):
        run = tmp_path / str(number)
        shutil.copytree(trained, run)
        damage(run)
        with pytest.raises(ValueError, match=message) as error:
            seqjax.load(run)
        assert str(run) in str(error.value)
    assert seqjax.load(run, "newest").step == 3


def write(run: Path, **changes: object) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (run / "run.json").write_text(json.dumps({**record, **changes}), encoding="utf-8")


def empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


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
    with pytest.raises(ValueError, match="is a run of language_model, want one of tagging"):
        seqjax.load(trained, task="tagging")
    assert not (run / "checkpoints").exists()
    path = run / "run.json"
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], b"\xff\xfe", b"[1]", b'{"task": "language_model"}'):
        path.write_bytes(damaged)
        refused(re.escape(str(path)), run)
    for wrong in ({"format": None}, {"format": "x"}, {"vocabularies": 3}, {"vocabularies": None}):
        path.write_text(json.dumps({**RECORD, "format": 2, **wrong}), encoding="utf-8")
        refused(rf"{path}: .*{next(iter(wrong))}", run)
    for no_folder in (None, 3, "a\0b"):
        refused("folder: got .*, want the folder of a run", no_folder)
    path.write_text(json.dumps({**RECORD, "format": 2, "task": "taging"}), encoding="utf-8")
    refused(
        "task of the run: got 'taging', want one of .*language_model.*; did you mean 'tagging'", run
    )


def test_a_run_from_before_an_option_was_there_has_its_default(run: Path) -> None:
    record = runs.read_record(run)
    del record["config"]["activation_penalty"]
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with Checkpoints(run / runs.CHECKPOINTS) as checkpoints:
        checkpoints.save(2, {"params": parameters(2)}, {"use": "params"}, {})
    loaded = seqjax.load(run)
    same(loaded.params, parameters(2))
    assert loaded.record["config"]["activation_penalty"] == 0.0


def test_a_setting_of_another_type_is_named(run: Path) -> None:
    for name, value, kind in (
        ("seed", "one", "int"),
        ("tokenizer", 3, "str"),
        ("rate", [], "float"),
    ):
        write(run, config={**RECORD["config"], name: value})
        message = re.escape(f"{run / 'run.json'}: {name}: got {value!r}, want {kind}")
        with pytest.raises(ValueError, match=message):
            seqjax.load(run)
