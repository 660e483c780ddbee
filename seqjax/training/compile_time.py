"""How long JAX has been compiling in this process."""

from __future__ import annotations

import functools

import jax

EVENTS = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)
"""What JAX reports of tracing, lowering and compiling a program."""
_total = [0.0]


def compile_seconds() -> float:
    """Seconds spent on tracing and compiling since this was first asked; 0 at the first call.

    >>> before = compile_seconds()
    >>> _ = jax.jit(lambda x: x + 1)(1.0)
    >>> compile_seconds() > before
    True
    """
    _listen()
    return _total[0]


@functools.cache
def _listen() -> None:
    jax.monitoring.register_event_duration_secs_listener(_add)


def _add(event: str, duration_secs: float, **_: str | int) -> None:
    if event in EVENTS:
        _total[0] += duration_secs
