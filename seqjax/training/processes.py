"""Several processes that train one model: what they agree on, and which of them writes.

Each has some of the devices and some rows of every batch. All run the same program and know the
same figures; process 0 alone writes. How they find each other is the matter of
``jax.distributed.initialize``, which is called before anything else; the launches do, see
``experiments.processes``. With a single process all functions here do nothing.

What goes wrong in one of them is told to all before work starts. Later, a process that died ends
the others through the connection that breaks; one that is silent through ``waiting``, or at the
latest when the service of JAX misses its heartbeats.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import NamedSharding, PartitionSpec

from seqjax.basics.types import Tree
from seqjax.training.nonfinite import NonFinite

TIMEOUT = 60.0
"""Seconds that a process waits for the others within a step."""
VARIABLE = "SEQJAX_PROCESS_TIMEOUT"
"""The environment variable that has another number of seconds."""


BROKEN = ("Gloo", "NCCL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "heartbeat", "Connection")
"""What errors of a connection that broke have in them, on CPU, GPU and TPU."""


def several() -> bool:
    """Whether there are others."""
    return int(jax.process_count()) > 1


def first() -> bool:
    """Whether this is the one that writes."""
    return int(jax.process_index()) == 0


def texts(text: str) -> list[str]:
    """What each process says, by its number; all have to ask.

    >>> texts("ready")
    ['ready']
    """
    if not several():
        return [text]
    words = np.frombuffer(text.encode(), np.uint8)
    sizes = multihost_utils.process_allgather(np.array([len(words)], np.int32)).reshape(-1)
    padded = np.pad(words, (0, int(sizes.max()) - len(words) + 1))
    rows = multihost_utils.process_allgather(padded)
    return [bytes(row[:size]).decode() for row, size in zip(rows, sizes, strict=True)]


def timeout() -> float:
    """Seconds after which processes that give no sign are given up."""
    return float(os.environ.get(VARIABLE, TIMEOUT))


def barrier(name: str) -> None:
    """Returns when all processes have come here."""
    if several():
        multihost_utils.sync_global_devices(name)


@contextlib.contextmanager
def together(*, in_turn: bool = False) -> Iterator[None]:
    """A block that all processes leave well, or none.

    Args:
      in_turn: process 0 goes through it first, then all others.

    Raises:
      ValueError: what another process raised, with its number. What this one raises goes on.
    """
    if in_turn and not first():
        _others("")
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        texts(str(error) or type(error).__name__)
        raise
    if in_turn and first():
        _others("")
    _others("")


def _others(text: str) -> None:
    """Raises what another process has to say, while this one says ``text``."""
    for number, said in enumerate(texts(text)):
        if said:
            raise ValueError(f"process {number}: {said}")


def same(what: str, values: Mapping[str, Any]) -> None:
    """Checks that all processes have the same values, as text.

    Args:
      what: they are, such as "flags".

    Raises:
      ValueError: names the first that differs, in all processes.
    """
    mine = json.dumps({name: repr(value) for name, value in values.items()})
    first_ones, *others = map(json.loads, texts(mine))
    for number, theirs in enumerate(others, 1):
        for name in {**first_ones, **theirs}:
            got, other = first_ones.get(name), theirs.get(name)
            if got != other:
                raise ValueError(
                    f"{name}: got {got} in process 0, but {other} in process {number}; want the"
                    f" same {what} in all"
                )


def on_host(tree: Tree) -> Tree:
    """Copies, as NumPy arrays, of arrays that lie over the devices of all processes.

    All have to ask. Keys stay what they are, on one device of this process.
    """
    return jax.tree.map(_on_host, tree)


def _on_host(leaf: Any) -> Any:
    if not isinstance(leaf, jax.Array) or leaf.is_fully_addressable:
        return leaf
    key = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    sharding: Any = leaf.sharding
    everywhere = NamedSharding(sharding.mesh, PartitionSpec())
    with waiting():
        copy = jax.jit(jax.random.key_data if key else lambda x: x, out_shardings=everywhere)
        copied = np.asarray(copy(leaf))
    if not key:
        return copied
    own = jax.device_put(copied, jax.local_devices()[0])
    return jax.random.wrap_key_data(own, impl=jax.random.key_impl(leaf))


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Within the block this process waits for the others; after ``timeout()`` it gives up and ends.

    A block holds what takes no time if all are there. It is no place for what is compiled.
    """
    if not several():
        yield
        return
    text = lost(f"the others gave no sign for {timeout():g} seconds")
    timer = threading.Timer(timeout(), _leave, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def connected() -> Iterator[None]:
    """A block that the others take part in: what is raised in it ends this process at once.

    They notice, and end as well. At an ordinary end each would wait until the others are done. With
    a single process, and for NonFinite, which all of them raise, nothing is done.
    """
    try:
        yield
    except NonFinite:
        raise
    except Exception as error:
        if not several():
            raise
        reason = " ".join(str(error).split())
        if any(sign in reason for sign in BROKEN):
            _leave(lost(f"another one has stopped ({reason[:120]})"))
        if not isinstance(error, ValueError | OSError):
            traceback.print_exc()
        _leave(lost(reason))


def lost(reason: str) -> str:
    """What is said where other processes cannot be reached."""
    return (
        f"error: process {jax.process_index()} of {jax.process_count()}: {reason}; what was saved"
        " before is whole, and the same command in all processes resumes"
    )


def _leave(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
    # Not SystemExit: the interpreter would wait for threads that wait for the others.
    os._exit(1)
