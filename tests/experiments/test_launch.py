"""Mistakes are one line, signals end a run between two steps."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest
from paths import ROOT

from experiments import launch


def raised(error):
    with launch.mistakes():
        raise error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("hidden: got 0,\n  want 1 or more"), "error: hidden: got 0, want 1 or more\n"),
        (FileNotFoundError(2, "No such file", "a.txt"), "error: a.txt: No such file\n"),
        (OSError("disk is full"), "error: disk is full\n"),
    ],
)
def test_mistakes_are_one_line(error, line, capsys):
    with pytest.raises(SystemExit) as exit:
        raised(error)
    assert exit.value.code == 1
    assert capsys.readouterr() == ("", line)


def test_other_errors_keep_their_traceback():
    with pytest.raises(TypeError, match="ours"):
        raised(TypeError("ours"))


def test_nothing_wrong():
    with launch.mistakes():
        pass


def test_a_file_of_flags_that_is_no_text(tmp_path, capsys):
    path = tmp_path / "demo.flags"
    path.write_bytes(b"--hidden=3\n\xff\x00")
    with pytest.raises(SystemExit) as exit:
        launch._parse(["tag", f"--flagfile={path}"])
    assert exit.value.code == 1
    line = f"error: {path}: got byte 0xff at offset 11, which is not UTF-8; want a text file"
    assert capsys.readouterr().err.startswith(line)


LAUNCH = """
import sys, time
from experiments import launch
from seqjax.training.interrupts import stopping

def main():
    with stopping() as stop:
        print("ready", flush=True)
        while not stop():
            time.sleep(0.01)
        print("stopped", flush=True)
        time.sleep(float(sys.stdin.readline()))
    return stop.status

launch.run(main)
"""


IMPORTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests run in
sys.argv[0] = "-m"  # as it is while ``python -m experiments.NAME`` imports the package
import experiments
os.kill(os.getpid(), signal.SIGINT)
"""


def test_ctrl_c_while_modules_are_imported():
    """One line, no traceback of what was being imported, and the status that shells have for it."""
    settings = {"cwd": ROOT, "env": dict(os.environ, PYTHONPATH=str(ROOT)), "text": True}
    command = [sys.executable, "-c", IMPORTING]
    done = subprocess.run(command, capture_output=True, timeout=60, **settings)
    assert (done.returncode, done.stderr) == (130, "\nstopped by Ctrl-C\n")
    library = IMPORTING.replace('"-m"', '"notebook"')  # there signals are not ours
    done = subprocess.run([sys.executable, "-c", library], capture_output=True, **settings)
    assert done.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in done.stderr


CALLS = """
import errno, os, sys
from experiments import launch

def talk():
    while True:
        print("a line")

def fill():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "metrics.jsonl")

launch.run({"talk": talk, "fill": fill}[sys.stdin.readline().strip()])
"""


def test_nobody_reads_on_or_the_disk_is_full():
    program = shlex.join([sys.executable, "-c", CALLS])
    settings = {"cwd": ROOT, "env": dict(os.environ, PYTHONPATH=str(ROOT)), "text": True}
    piped = ["bash", "-c", f"{program} | head -1; echo ${{PIPESTATUS[0]}}"]
    found = subprocess.run(piped, input="talk\n", capture_output=True, timeout=60, **settings)
    assert (found.stdout, found.stderr) == ("a line\n141\n", "")
    found = subprocess.run(
        [sys.executable, "-c", CALLS], input="fill\n", capture_output=True, timeout=60, **settings
    )
    assert found.returncode == 1
    want = "error: metrics.jsonl: No space left on device; what was saved before is whole\n"
    assert found.stderr == want


def start():
    run = subprocess.Popen(
        [sys.executable, "-c", LAUNCH], cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout.readline() == "ready\n"
    return run


def test_a_real_run_stops_once_asked_and_dies_when_asked_twice():
    asked = start()
    asked.send_signal(signal.SIGTERM)
    _, error = asked.communicate("0\n", timeout=60)
    assert asked.returncode == 143
    assert "Traceback" not in error

    twice = start()
    twice.send_signal(signal.SIGINT)
    assert twice.stdout.readline() == "stopped\n"
    twice.send_signal(signal.SIGINT)
    _, error = twice.communicate("60\n", timeout=30)
    assert twice.returncode == -signal.SIGINT
    assert "Traceback" not in error
