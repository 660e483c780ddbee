"""The door of a model: what its functions look up in parameters and batches, and do not find."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import jax

from seqjax.basics.types import Params, Tree

M = TypeVar("M", bound=tuple[Any, ...])


def checked(owner: str, model: M) -> M:
    """The record of functions ``model``, whose functions of params answer for what is missing.

    Raises, from these functions:
      ValueError: for parameters or a batch that are no dicts, or that lack an entry.
    """
    fields: Any = model
    made = functools.cache(lambda: jax.eval_shape(fields.init, jax.random.key(0)))
    functions = {
        name: _checked(owner, function, made)
        for name, function in zip(fields._fields, model, strict=True)
        if name != "init" and callable(function) and _arguments(function)[:1] == ["params"]
    }
    replaced: M = fields._replace(**functions)
    return replaced


def _arguments(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _checked(
    owner: str, function: Callable[..., Any], made: Callable[[], Params]
) -> Callable[..., Any]:
    names = _arguments(function)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **options}
        for name, kinds in (("params", Mapping), ("batch", Mapping | int)):  # start: a size
            if name in given and not isinstance(given[name], kinds):
                raise ValueError(
                    f"{name}: got {type(given[name]).__name__}, want a dict for the {owner}"
                )
        try:
            return function(*args, **options)
        except KeyError as error:
            entry = error.args[0] if error.args else None
            params, batch = given["params"], given.get("batch")
            if entry in made() and entry not in params:
                source, has = "params", params
            elif isinstance(batch, Mapping) and entry not in batch:
                source, has = "batch", batch
            elif entry in _names(made()):
                source, has = "params", params
            else:
                raise
            got = ", ".join(sorted(map(str, has))) or "none"
            raise ValueError(f"{source}: got {got}, but the {owner} looks up {entry!r}") from error

    return call


def _names(tree: Tree) -> set[str]:
    """All names in a tree of dicts."""
    if not isinstance(tree, Mapping):
        return set()
    return set(tree).union(*map(_names, tree.values()))
