"""Mistakes are one line, signals end a run between two steps."""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import signal
import subprocess
import sys
from pathlib import Path

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
    with launch.mistakes(), launch.stopping() as stop:
        assert not stop()
    assert stop.status == 0


def test_threads_are_set_from_outside_or_by_us(monkeypatch):
    monkeypatch.setenv("NPROC", "3")
    launch.threads(1)
    assert os.environ["NPROC"] == "3"
    monkeypatch.delenv("NPROC")
    launch.threads(0)
    assert "NPROC" not in os.environ
    launch.threads(2)
    assert os.environ["NPROC"] == "2"
    with pytest.raises(ValueError, match="threads: got -1"):
        launch.threads(-1)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_asks(number, status, capfd):
    before = signal.getsignal(number)
    with launch.stopping() as stop:
        assert signal.getsignal(number) is not before
        signal.raise_signal(number)
        assert stop()
        assert signal.getsignal(number) is signal.SIG_DFL  # so that a second one kills
    assert stop.status == status
    assert signal.getsignal(number) is before
    assert "stopping after this step" in capfd.readouterr().err


def test_handlers_come_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with contextlib.suppress(RuntimeError), launch.stopping():
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before


LAUNCH = """
import sys, time
from experiments import launch

def main():
    with launch.stopping() as stop:
        print("ready", flush=True)
        while not stop():
            time.sleep(0.01)
        print("stopped", flush=True)
        time.sleep(float(sys.stdin.readline()))
    return stop.status

launch.run(main)
"""


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


KEEPING = """
import ctypes, resource, threading
from experiments import launch

launch.keep_memory()
c, size = ctypes.CDLL(None), 100 << 20
c.malloc.argtypes, c.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
c.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
c.free.argtypes = [ctypes.c_void_p]

def use():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = c.malloc(size)
    c.memset(block, 1, size)
    c.free(block)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

def twice():
    use()
    use()

thread = threading.Thread(target=twice)
thread.start()
thread.join()
areas = open("/proc/self/smaps").read().split("VmFlags:")
print(*(after.splitlines()[0] for area, after in zip(areas, areas[1:]) if "[heap]" in area))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries cannot be told")
def test_memory_is_kept_whichever_thread_freed_it_and_in_large_pages():
    done = subprocess.run([sys.executable, "-c", KEEPING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, again, flags = done.stdout.splitlines()
    assert int(again) < 100  # 25,600 pages of 4 KiB if it had gone back to the system
    if Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert "hg" in flags.split()
