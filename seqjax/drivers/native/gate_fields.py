"""The arrays that a gate reads besides z and the carry, and the cotangents of those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.trees import merge
from seqjax.basics.types import Array, Params, Tree
from seqjax.drivers.hoisted.recurrence import Fixed
from seqjax.drivers.kernel_source import Field
from seqjax.drivers.native.recurrence import Args, Loop


class Fields(NamedTuple):
    """The arrays, and where in them the fields of the gate are."""

    arrays: list[Array]
    numbers: list[tuple[int, int]]
    """(which array, which block) of each field"""
    masks: list[tuple[int, int]]


def fields_of(loop: Loop, args: Args, fixed: Fixed, units: int) -> Fields:
    """The arrays, each once, as the kernels want them."""
    graph, arrays = loop.functor.graph, dict[tuple[str, int], Array]()
    params = {**fixed.params, **args.params}
    leaves = {
        "param": [params[name] for name in sorted(params)],
        "side": jax.tree.leaves(merge(args.side, fixed.side)),
        "constant": [c.astype(jnp.float32) if c.dtype != bool else c for c in graph.constants],
    }

    def place(field: Field) -> tuple[int, int]:
        key = (field.kind, field.leaf)
        array = leaves[field.kind][field.leaf]
        if array.size == 1 and field.kind != "side":
            array = jnp.broadcast_to(array.reshape(()), (units,))
        arrays.setdefault(key, array)
        return [*arrays].index(key), field.block

    numbers = [place(field) for field in graph.fields.values()]
    masks = [place(field) for field in graph.masks.values()]
    return Fields([*arrays.values()], numbers, masks)


def places(fields: list[tuple[int, int]], first: int) -> np.ndarray:
    """Pairs of an argument and a block, for arrays that are the arguments from ``first`` on."""
    return np.array([(first + i, block) for i, block in fields], np.int64).reshape(-1)


def field_cotangents(
    loop: Loop, args: Args, fixed: Fixed, dfields: Sequence[Array]
) -> tuple[Params, Tree]:
    """Those of parameters inside the gate, and of side, from those of their blocks."""
    names = sorted({**fixed.params, **args.params})
    blocks = dict(zip(loop.functor.graph.fields.values(), dfields, strict=True))

    def whole(kind: str, leaf: int, like: Array) -> Array:
        mine = {f.block: d for f, d in blocks.items() if (f.kind, f.leaf) == (kind, leaf)}
        if not mine:
            return jnp.zeros_like(like)
        zero = jnp.zeros_like(next(iter(mine.values())))
        count = 1 if like.size == 1 else like.shape[-1] // zero.shape[-1]
        joined = jnp.concatenate([mine.get(i, zero) for i in range(count)], -1)
        if kind == "param" and like.ndim < 2:
            joined = joined.sum(0)
        return (joined.sum() if like.size == 1 else joined).reshape(like.shape)

    dparams = {name: whole("param", names.index(name), like) for name, like in args.params.items()}
    leaves, structure = jax.tree.flatten(args.side, is_leaf=lambda a: a is None)
    dsides = [None if like is None else whole("side", i, like) for i, like in enumerate(leaves)]
    return dparams, structure.unflatten(dsides)
