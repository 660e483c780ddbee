"""What JAX lowers and compiles while a test runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

LOWERED = "/jax/core/compile/jaxpr_to_mlir_module_duration"
COMPILED = "/jax/core/compile/backend_compile_duration"


@contextmanager
def listening(event: str, call: Callable[[], None]) -> Iterator[None]:
    """Calls ``call`` at each such event inside, and leaves other listeners where they are."""

    def listen(name: str, duration_secs: float, **_: Any) -> None:
        if name == event:
            call()

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
