"""Several processes that train one model: what they agree on, and which of them writes.

Each has some of the devices and some rows of every batch. All run the same program and know the
same figures; process 0 alone writes. How they find each other is the matter of
``jax.distributed.initialize``, which is called before anything else; the launches do, see
``experiments.processes``. With a single process all functions here do nothing.

What goes wrong in one of them is told to all before work starts; what happens later is the matter
of ``connection``.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import NamedSharding, PartitionSpec

from seqjax.basics.types import Tree
from seqjax.training.connection import is_broken, several, waiting
from seqjax.training.interrupts import stopping

__all__ = [
    "agreed",
    "barrier",
    "check_shared",
    "first",
    "on_host",
    "same",
    "several",
    "texts",
    "together",
    "until_all_are_done",
]
SHARED = 10.0
"""Seconds after which what process 0 has written is seen by all, on a network file system too."""


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


def barrier(name: str) -> None:
    """Returns when all processes have come here."""
    if several():
        multihost_utils.sync_global_devices(name)


def until_all_are_done() -> None:
    """Returns when all have come here; until then a signal to one that waits disturbs no other."""
    if several():
        with stopping():
            barrier("done")


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
    except Exception as error:  # whatever it is, the others must not wait for this one
        if not is_broken(error):
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


def check_shared(folder: Path, token: str) -> None:
    """Checks that a file which process 0 has written is seen by all.

    Args:
      folder: which all processes are to share.
      token: of process 0, in its file run.json; the others give any.

    Raises:
      ValueError: where another process does not see it.
    """
    wanted, end = texts(token)[0], time.monotonic() + SHARED
    with together():
        while several() and wanted not in _text(folder / "run.json"):
            if time.monotonic() > end:
                raise ValueError(
                    f"workdir: process {jax.process_index()} does not see what process 0 has"
                    f" written into {folder}; want a folder that all processes share"
                )
            time.sleep(0.1)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


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


def agreed(status: int) -> int:
    """The largest exit status of all processes; all have to ask."""
    return max(map(int, texts(str(status))))
