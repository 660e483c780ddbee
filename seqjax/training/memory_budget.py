"""Memory by budget: what a compiled step takes, and the fastest walk that keeps within it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax

UNITS = {"": 1, "b": 1} | {
    f"{prefix}{binary}b": base**power
    for binary, base in (("", 1000), ("i", 1024))
    for power, prefix in enumerate("kmgt", 1)
}
SIZE = re.compile(r"([0-9]{1,18})(\.[0-9]{1,9})? ?([a-z]*)", re.ASCII)
MOST = 10**18
"""Bytes; more are a mistake."""
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""Compiles in a third of the time on CPU, and gives arrays the same places in memory."""


def parse_size(value: str | int, name: str = "memory") -> int:
    """Bytes of a size: 2GiB and 512MiB count by 1024, 1.5GB and 500MB by 1000; 1000000 is bytes.

    Raises:
      ValueError: for anything else, parts of a byte, or more than 10^18 bytes; it names the
        argument.

    >>> parse_size("2GiB"), parse_size("1.5 MB"), parse_size(1000)
    (2147483648, 1500000, 1000)
    """
    size = 0
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    elif isinstance(value, str) and (found := SIZE.fullmatch(value.strip().lower())):
        whole, part, unit = found.groups()
        # 1.5 alone is a size whose unit was forgotten.
        if unit in UNITS and not (part and UNITS[unit] == 1):
            size = int(float(whole + (part or "")) * UNITS[unit])
    if not 1 <= size <= MOST:
        got = f"more than {MOST:,}" if size > MOST else repr(value)
        raise ValueError(f"{name}: got {got}, want a size such as 2GiB, 500MB or a number of bytes")
    return size


def in_words(size: int) -> str:
    """A size in its largest binary unit, rounded up: ``parse_size`` of it is no less.

    >>> in_words(2147483648), in_words(2147483649), in_words(1023)
    ('2.0 GiB', '2.01 GiB', '1023 B')
    """
    for power, unit in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        if size >= 1024**power:
            hundredths = -(-100 * size // 1024**power)
            return f"{hundredths // 100}.{hundredths % 100:02}".removesuffix("0") + f" {unit}"
    return f"{size} B"


def program_bytes(program: Any) -> int | None:
    """What a compiled program takes on a device while it runs, None where XLA does not tell.

    temporary arrays + arguments + results - results in the place of arguments
    """
    found = program.memory_analysis()
    if found is None:
        return None
    held = found.argument_size_in_bytes + found.output_size_in_bytes - found.alias_size_in_bytes
    return int(found.temp_size_in_bytes + held)


def step_bytes(step: Any, *arguments: Any) -> int:
    """What a jitted step takes, from XLA's analysis of the program; nothing is computed.

    Args:
      step: made by ``jax.jit``.
      arguments: of it; shapes will do.

    Raises:
      ValueError: on devices whose compiler gives no analysis.

    >>> x = jax.ShapeDtypeStruct((100,), "float32")  # in, out, and nothing between
    >>> step_bytes(jax.jit(lambda x: x + 1), x)
    800
    >>> step_bytes(jax.jit(lambda x: x + 1, donate_argnums=0), x)
    400
    """
    options: Any = QUICK if jax.default_backend() == "cpu" else None
    size = program_bytes(step.lower(*arguments).compile(options))
    if size is None:
        raise ValueError(
            f"memory: got a budget, but the compiler of {jax.default_backend()} does not say what a"
            " program takes; want none"
        )
    return size


class Choice(NamedTuple):
    """The walk that was chosen, and what it takes."""

    driver: str
    size: int
    """bytes"""
    measured: dict[str, int]
    """bytes by driver, of those that were compiled"""


def fastest(candidates: Sequence[str], size_of: Callable[[str], int], budget: int) -> Choice:
    """The first of the candidates that keeps within the budget.

    Few are measured: the first, the last, and of those between ``log2`` of their number.

    Args:
      candidates: names, the fastest first; from the second on each takes less than the one before,
        but for a few at the end that may take more again.
      size_of: bytes that one takes.
      budget: bytes.

    Raises:
      ValueError: where none does; it says what the smallest takes.

    >>> takes = {"auto": 90, "chunked:8": 60, "chunked:4": 40, "chunked:2": 30}
    >>> fastest(list(takes), takes.__getitem__, budget=50)[:2]
    ('chunked:4', 40)
    """
    measured: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in measured:
            measured[name] = size_of(name)
        return measured[name]

    first, *rest = candidates
    if size(first) <= budget:
        return Choice(first, measured[first], measured)
    low, high = 0, len(rest) - 1
    while high > 0 and size(rest[high]) > budget and size(rest[high - 1]) < size(rest[high]):
        high -= 1
    if not rest or size(rest[high]) > budget:
        smallest = min(measured, key=lambda name: measured[name])
        raise ValueError(
            f"memory: got {in_words(budget)}, want at least {in_words(measured[smallest])}"
            f" (what the smallest choice needs: driver {smallest})"
        )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if size(rest[middle]) <= budget else (middle + 1, high)
    return Choice(rest[high], measured[rest[high]], measured)


def chunk_sizes(steps: int) -> list[int]:
    """Sizes of chunks, the largest first: T/2, T/4, ... and sqrt(T), about which memory is least.

    >>> chunk_sizes(100), chunk_sizes(1)
    ([50, 25, 13, 10], [1])
    """
    root, sizes, size = math.isqrt(steps - 1) + 1, [], -(-steps // 2)
    while size > root:
        sizes.append(size)
        size = -(-size // 2)
    return [*sizes, root]
