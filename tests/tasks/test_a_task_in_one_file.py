"""A new task is one file and a row in the table: training, loading and the launch know it then."""

from __future__ import annotations

import launches
import parity_task
import pytest

import seqjax
from seqjax.tasks import TASKS


@pytest.fixture
def parity(monkeypatch):
    launches.quick(monkeypatch)
    monkeypatch.setitem(TASKS, "parity", parity_task.TASK)


@pytest.mark.usefixtures("parity")
def test_a_new_task(tmp_path, capsys, monkeypatch):
    settings = {"epochs": 40, "rate": 0.03, "evaluate_every": 1000}
    run = seqjax.train("parity", longest=2, workdir=tmp_path / "run", **settings)
    out, error = capsys.readouterr()
    assert "64 rows of bits\nbits -> 1 layer of rnn -> odd or even\n" in error
    assert out.startswith("loss 0.")
    rows = ["0", "1", "01", "10", "11", "00"]
    assert [answer.odd for answer in run.predict(rows)] == [False, True, True, True, False, False]
    assert seqjax.load(tmp_path / "run").evaluate(_file(tmp_path, rows))["error"] == 0
    flags = [f"--{name}={value}" for name, value in settings.items()]
    flags += ["--longest=2", f"--workdir={tmp_path / 'run'}"]
    assert launches.run(parity_task.TASK, *flags) == 0  # finished: it reports again
    assert capsys.readouterr().out == out
    shown = launches.predicted(
        monkeypatch, capsys, parity_task.TASK, f"--run={tmp_path / 'run'}", "--text=01"
    )
    assert shown == "01 odd\n"


def _file(folder, rows):
    path = folder / "rows.txt"
    path.write_text("\n".join(rows))
    return path


@pytest.mark.usefixtures("parity")
def test_its_mistakes_are_found_first(tmp_path):
    with pytest.raises(ValueError, match="longest: got 0"):
        seqjax.train("parity", longest=0, workdir=tmp_path / "run")
    with pytest.raises(ValueError, match="longst: got 3, .* did you mean longest"):  # noqa: RUF043
        seqjax.train("parity", longst=3, workdir=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match="task: got 'paritty', .*did you mean 'parity'"):  # noqa: RUF043
        seqjax.train("paritty")
