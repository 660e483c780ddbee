"""How exactly factors are multiplied: float32, tf32, bfloat16 or float16, chosen from outside.

    float32    factors as they are
    tf32       factors with 10 bits of mantissa on a GPU that has such products; elsewhere float32
    bfloat16   factors rounded to 8 bits, with the range of float32
    float16    factors rounded to 11 bits, up to 65504; below 6e-5 fewer bits, below 3e-8 none

It concerns products of matrices with float32 factors, in forward and backward passes alike. Their
sums, and all that is added, kept or updated, stay float32. Micikevicius et al. 2018 have it so.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp

from seqjax.basics.types import Layer

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")
UNSET = ""
"""Products are as JAX is told to make them: without a choice from outside."""

_current: Any = jax.make_user_context(UNSET)
"""JAX compiles anew where it differs, as with settings of its own."""

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M")


def current() -> str:
    """The precision in force, one of ``PRECISIONS`` or ``UNSET``."""
    value: str = _current.value
    return value


def check(precision: str) -> str:
    """The precision.

    Raises:
      ValueError: for an unknown one.
    """
    from seqjax.basics import checks  # which imports cells, and these the products

    checks.lookup("precision", dict.fromkeys(PRECISIONS), precision)
    return precision


@contextlib.contextmanager
def using(precision: str) -> Iterator[None]:
    """Within the block, products are made at that precision, ``UNSET``: as if there were no block.

    A backward pass keeps the precision of its forward pass, wherever it runs.

    Raises:
      ValueError: for an unknown precision.

    >>> with using("bfloat16"):
    ...     factor_dtype(jnp.float32)
    dtype(bfloat16)
    """
    if precision != UNSET:
        check(precision)
    with _current(precision), _of_float32(precision):
        yield


def _of_float32(precision: str) -> contextlib.AbstractContextManager[None]:
    """How products of float32 are made: those of tf32, sums by products, and what users write."""
    if precision == UNSET or jax.default_backend() == "cpu":  # which has one way
        return contextlib.nullcontext()
    context: contextlib.AbstractContextManager[None] = jax.default_matmul_precision(
        "tensorfloat32" if precision == "tf32" else "float32"
    )
    return context


def factor_dtype(dtype: Any) -> jnp.dtype:
    """The dtype in which factors of ``dtype`` are multiplied: another one for float32 alone."""
    narrow = current() in ("bfloat16", "float16")
    return jnp.dtype(current() if narrow and dtype == jnp.float32 else dtype)


def wide(dtype: Any) -> jnp.dtype:
    """The dtype that sums and carries are kept in: float32, or float64 if ``dtype`` is that."""
    return jnp.promote_types(dtype, jnp.float32)


def applied(function: F, precision: str) -> F:
    """The function, which runs at that precision."""

    @functools.wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        with using(precision):
            return function(*args, **options)

    return cast(F, run)


def kept(function: F) -> F:
    """The function, which runs at the precision in force now: for passes that JAX runs later."""
    return applied(function, current())


def of_model(model: M, precision: str) -> M:
    """A named tuple of functions, or of such tuples, all of which run at that precision."""
    fields: Any = model
    functions: dict[str, Any] = {
        name: of_model(value, precision) if hasattr(value, "_fields") else applied(value, precision)
        for name, value in fields._asdict().items()
        if callable(value) or hasattr(value, "_fields")
    }
    return cast(M, fields._replace(**functions))


def of_layer(layer: Layer, precision: str | None) -> Layer:
    """The layer at that precision, or as it is for None: at that of its surroundings.

    Raises:
      ValueError: for an unknown precision.
    """
    return layer if precision is None else of_model(layer, check(precision))
