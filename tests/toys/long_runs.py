"""Runs of many small steps: what memory they hold on the way, and when they compile."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
from compiled_programs import COMPILED, listening
from task_cases import CASES

from seqjax import runs
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings


class Held(NamedTuple):
    """What the process holds at a step."""

    step: int
    allocated: float
    """MB that the C library has handed out, to jax and NumPy too; NaN where it does not say. What
    it keeps in reserve, tens of MB that come and go, is not among them."""
    arrays: int
    """of JAX"""
    objects: int
    """of Python, as far as the collector knows them"""
    blocks: int
    """of the heap that Python has for objects up to 512 bytes"""


class LongRun(NamedTuple):
    """What a run was seen to do."""

    epoch: int
    """steps of one pass over the training part"""
    held: list[Held]
    compiled: list[int]
    """the steps before which something was compiled, evaluations among them"""


class _MallocInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )
    ]  # fmt: skip


def allocated() -> float:
    """MB in use of the heaps of all threads, and of what is too large for them."""
    try:
        mallinfo = ctypes.CDLL(None).mallinfo2
    except (AttributeError, TypeError, OSError):  # not glibc 2.33 or later
        return float("nan")
    mallinfo.restype = _MallocInfo
    info = mallinfo()
    return float(info.uordblks + info.hblkhd) / 2**20


def held(step: int) -> Held:
    """As it is now, without what only waits to be computed or collected."""
    jax.block_until_ready(jax.live_arrays())
    gc.collect()
    arrays, objects = len(jax.live_arrays()), len(gc.get_objects())
    return Held(step, allocated(), arrays, objects, sys.getallocatedblocks())


def long_run(task: str, folder: Path, looks: Sequence[int], **settings: Any) -> LongRun:
    """Trains a tiny model of a task until the last of the steps at which it is looked at."""
    (case,) = [case for case in CASES if case.name == task]
    definition = TASKS[task]
    values = {**case.settings, "epochs": looks[-1], "workdir": folder, **settings}
    seen: list[Held] = []
    compiled: list[int] = []
    steps = [0]

    def stop(run: runs.Run) -> bool:
        steps[0] += 1
        if steps[0] in looks:
            run.checkpoints.wait()  # what is being written is copied before
            seen.append(held(steps[0]))
        return steps[0] == looks[-1]

    with (
        listening(COMPILED, lambda: compiled.append(steps[0])),
        runs.begun(definition, from_settings(definition.configs, values)) as run,
    ):
        epoch = len(run.data_set.parts["train"].source)
        run.train(lambda: stop(run), quiet=True)
    return LongRun(epoch, seen, compiled)
