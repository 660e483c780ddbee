"""Parameters at the door: names and shapes, and what to say of those that are not wanted."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import jax.numpy as jnp

from seqjax.basics.types import Array

MADE = "init(key, D)"


def names(
    owner: str,
    params: Any,
    want: Collection[str],
    also: Collection[str] | None = (),
    made_by: str = MADE,
) -> None:
    """A dict that has every name in ``want``, and no others but those in ``also`` (None: any).

    Raises:
      ValueError: names what is missing, or what ``owner`` does not have.
    """
    if not isinstance(params, Mapping) or (want and not params):
        got = "none" if isinstance(params, Mapping) else type(params).__name__
        raise ValueError(f"params: got {got}, want those of {owner}: a dict, as made by {made_by}")
    missing = [name for name in want if name not in params]
    if missing:
        raise ValueError(
            f"params: got {', '.join(sorted(map(str, params)))}, but {owner} looks up"
            f" {', '.join(map(repr, missing))}; want those that {made_by} made"
        )
    if also is None:
        return
    for name in params:
        if name not in want and name not in also:
            raise ValueError(
                f"params: got {name!r}, which {owner} does not have; want"
                f" {', '.join(sorted({*want, *also})) or 'none'}, as made by {made_by}"
            )


def shape(owner: str, name: str, value: Any, want: tuple[int, ...], *, rows: bool = False) -> None:
    """An array of floating numbers of that shape; with ``rows`` there may be one for each row.

    Raises:
      ValueError: says what was got, and what ``owner`` wants.
    """
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise ValueError(
            f"params[{name!r}]: got {type(value).__name__}, but {owner} wants an array of shape"
            f" {list(want)}"
        )
    got = value.shape[-len(want) :] if rows and want else value.shape
    if got != want or not _is_floating(value.dtype):
        raise ValueError(
            f"params[{name!r}]: got {value.dtype}{list(value.shape)}, but {owner} wants floating"
            f" numbers of shape {list(want)}"
        )


@functools.cache
def _is_floating(dtype: jnp.dtype) -> bool:
    return jnp.issubdtype(dtype, jnp.floating)


@contextlib.contextmanager
def inside(place: str) -> Iterator[None]:
    """Adds to a ValueError in which part of a network it came about."""
    try:
        yield
    except ValueError as error:
        error.add_note(f"in {place}")
        raise


def look_up(params: Any, name: str) -> Array:
    """params[name] of a cell.

    Raises:
      ValueError: if it is not there.
    """
    if not isinstance(params, Mapping) or name not in params:
        got = ", ".join(sorted(map(str, params))) if isinstance(params, Mapping) else repr(params)
        raise ValueError(
            f"params: got {got or 'none'}, want {name!r} among them, as made by cell.{MADE}"
        )
    value: Array = params[name]
    return value
