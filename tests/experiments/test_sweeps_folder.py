"""What the folder of a sweep holds: another command extends it, or is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sweep_toys import Sweeps, with_a_program

from experiments.sweeps import state


@pytest.fixture
def sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Sweeps:
    return with_a_program(tmp_path, monkeypatch, capfd)


def test_more_trials_extend_a_sweep(sweeps: Sweeps) -> None:
    assert sweeps("hidden=20..50", trials=2)[0] == 0
    assert sweeps.begun() == [1, 2]
    assert sweeps("hidden=20..50", trials=4, jobs=2, sort="hidden")[0] == 0
    assert sorted(sweeps.begun()) == [3, 4]
    with pytest.raises(SystemExit):
        sweeps("hidden=20..50", trials=3)
    assert "trials: got 3 in all, but the sweep in" in sweeps._capfd.readouterr().err


@pytest.mark.parametrize(
    ("grid", "words", "message"),
    [
        (["hidden=1,3"], [], "grid: got ['hidden=1,3'], but the sweep in "),
        (["hidden=1,2"], ["--batch=8"], "batch: got 8, but the sweep in "),
        (["hidden=1,2"], ["--epochs=3"], "epochs: got 3, but the sweep in "),
    ],
)
def test_other_settings_of_the_same_sweep_are_refused(
    grid: list[str], words: list[str], message: str, sweeps: Sweeps
) -> None:
    """But for those that may differ when a run is resumed."""
    assert sweeps("hidden=1,2")[0] == 0
    before = (sweeps.folder / "sweep.json").read_text()
    with pytest.raises(SystemExit) as exit:
        sweeps(*grid, words=words)
    assert exit.value.code == 1
    error = sweeps._capfd.readouterr().err
    assert error.startswith(f"error: {message}{sweeps.folder} was begun with ")
    assert error.endswith("repeat its command to resume it, or give another --out\n")
    assert (sweeps.folder / "sweep.json").read_text() == before
    assert sweeps("hidden=1,2", words=["--log_every=5"])[0] == 0


def test_a_folder_of_something_else_is_left_alone(sweeps: Sweeps) -> None:
    sweeps.folder.mkdir()
    (sweeps.folder / "thesis.tex").write_text("")
    with pytest.raises(SystemExit):
        sweeps("hidden=1,2")
    assert "is not empty and no sweep; want a new or empty" in sweeps._capfd.readouterr().err
    assert [path.name for path in sweeps.folder.iterdir()] == ["thesis.tex"]
    (sweeps.folder / "thesis.tex").unlink()
    sweeps.folder.rmdir()
    sweeps.folder.write_text("")
    with pytest.raises(SystemExit):
        sweeps("hidden=1,2")
    assert "sweep is a file, want a folder" in sweeps._capfd.readouterr().err
    below = Sweeps(sweeps.folder / "below", sweeps._capfd)
    with pytest.raises(SystemExit):
        below("hidden=1,2")
    assert f"error: out: {below.folder}: " in sweeps._capfd.readouterr().err


def test_a_damaged_record_is_named(sweeps: Sweeps) -> None:
    assert sweeps("hidden=1,2")[0] == 0
    path = sweeps.folder / "sweep.json"
    content = json.loads(path.read_text())
    lacking = {name: value for name, value in content.items() if name != "rungs"}
    for text in ("{", "[]", "{}", json.dumps(lacking), json.dumps({**content, "format": 2})):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"out: .*sweep\.json: describes no sweep"):
            state.read(sweeps.folder)
    with pytest.raises(ValueError, match="got no sweep there"):
        state.read(sweeps.folder / "trials")
