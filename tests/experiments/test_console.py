"""What launches and ``seqjax.train`` print does not depend on what the terminal can show."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from paths import ROOT

import seqjax
from experiments import launch
from seqjax.basics import console

PRINTS = """
import sys
from experiments import launch

def main():
    print("caf\\xe9 \\u2192 \\ud800")
    print("\\u4e16", file=sys.stderr)

launch.run(main)
"""


def test_a_launch_prints_what_the_encoding_has_not_as_escapes():
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252:strict"}
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], cwd=ROOT, env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [b"caf\xe9", rb"\u2192", rb"\ud800"]
    assert done.stderr.split() == [rb"\u4e16"]


@pytest.mark.parametrize(("encoding", "written"), [("ascii", rb"\xe9 \u2192"), ("utf-8", "é →")])
def test_escapes_are_of_the_stream(encoding, written):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding)
    assert (console.escape(stream), console.escape(stream)) == ("strict", None)
    stream.write("é →")
    stream.flush()
    assert raw.getvalue() == (written if isinstance(written, bytes) else written.encode())


def test_every_launch_is_run_by_one_function():
    """It is what sets the streams, catches closed pipes and knows the help."""
    for path in (ROOT / "experiments").rglob("*.py"):
        blocks = [each for each in ast.parse(path.read_text("utf-8")).body if type(each) is ast.If]
        for block in blocks:
            if "__name__" in ast.unparse(block.test):
                calls = ast.unparse(block)
                assert "launch.run(" in calls or "training.start(" in calls, path


def test_train_prints_its_report_to_any_stream(monkeypatch):
    """And leaves the stream as it was."""
    assert seqjax.train
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "cp1252", errors="replace"))
    run = SimpleNamespace(
        beginning="to \u2192", train=lambda *_, **__: True, finish=lambda: (None, "\u2192 4")
    )
    monkeypatch.setattr(
        sys.modules["seqjax.runs.train"], "begun", lambda *_: contextlib.nullcontext(run)
    )
    seqjax.train("tagging")
    assert (sys.stdout.errors, sys.stderr.errors) == ("strict", "replace")
    sys.stdout.flush()
    assert sys.stdout.buffer.getvalue() == b"\\u2192 4\n"
    assert sys.stderr.buffer.getvalue() == b"to \\u2192\n"


def test_a_mistake_is_told_before_the_launch_has_begun(monkeypatch):
    """As ``predict`` does, whose flags depend on a run."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, "ascii", write_through=True))
    with pytest.raises(SystemExit), launch.mistakes():
        raise ValueError("run: got \u4e16")
    assert raw.getvalue() == b"error: run: got \\u4e16\n"


@pytest.mark.parametrize("flag", ["--help", "--helpfull", "--helpxml"])
def test_nobody_reads_the_help_on(flag, tmp_path, monkeypatch):
    """Whatever prints it; as in ``| head -1``."""

    class Closed(io.TextIOWrapper):
        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            pass

    with (tmp_path / "out").open("wb") as file:
        monkeypatch.setattr(sys, "stdout", Closed(file))
        monkeypatch.setattr(sys, "argv", ["launch", flag])
        monkeypatch.setattr(launch, "keep_memory", lambda: None)
        with pytest.raises(SystemExit) as exit:
            launch.run(lambda: None)
    assert exit.value.code == 128 + 13


def test_other_streams_stay_as_they_are(monkeypatch):
    """Those of a notebook have no errors to set, and a program without a window has none at all."""
    assert console.escape(io.StringIO()) is None
    assert console.escape(None) is None
    monkeypatch.setattr(sys, "stderr", None)
    with console.escaping():
        pass
