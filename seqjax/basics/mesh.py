"""A mesh of devices with named axes, as programs see it: which axis cuts what.

Two axes have a meaning: rows of a batch lie over DATA, the sides of large tables over MODEL. This
is the only file that names them to a program; how parameters, optimizer states and batches lie is
said in ``seqjax.training.layout``. A program sees the mesh that it is traced under:

    with jax.set_mesh(mesh.make("data:4,model:2")):
        state, metrics = step(state, batch, adaptation)

Without a mesh all functions here give back what they got, and cost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import AxisType, Mesh, PartitionSpec

from seqjax.basics.types import Tree

T = TypeVar("T")
DATA, MODEL = "data", "model"
AXES = (DATA, MODEL)
WANTED = "want such as data:4 or data:4,model:2"
FREE = PartitionSpec.UNCONSTRAINED


def sizes(text: str, devices: int) -> dict[str, int]:
    """The axes of "data:4,model:2" by name, in this order; an axis without size has the rest.

    Args:
      devices: how many there are; the product of all sizes.

    Raises:
      ValueError: for another axis than data and model, one given twice, or sizes that are no
        positive integers or do not make up the devices.

    >>> sizes("data,model:2", 8)
    {'data': 4, 'model': 2}
    """
    found: dict[str, int] = {}
    for part in text.split(","):
        name, colon, size = (piece.strip() for piece in part.partition(":"))
        if name not in AXES:
            raise ValueError(f"mesh: got the axis {name!r} in {text!r}; {WANTED}")
        if name in found:
            raise ValueError(f"mesh: got {name} twice in {text!r}; {WANTED}")
        if colon and not (size.isascii() and size.isdigit() and int(size)):
            raise ValueError(f"mesh: got {part.strip()!r} in {text!r}; {WANTED}")
        found[name] = int(size) if colon else 0
    given = math.prod(size for size in found.values() if size)
    rest = [name for name, size in found.items() if not size]
    if len(rest) > 1:
        raise ValueError(f"mesh: got {text!r}, want a size for each axis but one")
    if rest and devices % given == 0:
        found[rest[0]] = devices // given
    if math.prod(found.values()) != devices:
        raise ValueError(
            f"mesh: got {text!r}, which are {given} devices{' or a multiple' if rest else ''}, but"
            f" there are {devices}"
        )
    return {name: found[name] for name in AXES if name in found}


def make(text: str, devices: Sequence[Any] | None = None) -> Mesh:
    """The mesh of "data:4,model:2" over all devices, those of a process side by side.

    Raises:
      ValueError: as ``sizes`` does.
    """
    devices = jax.devices() if devices is None else devices
    axes = sizes(text, len(devices))
    types = (AxisType.Auto,) * len(axes)
    return jax.make_mesh(tuple(axes.values()), tuple(axes), types, devices=devices)


def size(axis: str) -> int:
    """Of an axis of the mesh that is traced under; 1 where there is none, or where it is cut."""
    mesh = jax.sharding.get_abstract_mesh()
    if axis not in mesh.axis_names:
        return 1
    kind = mesh.axis_types[mesh.axis_names.index(axis)]
    return mesh.shape[axis] if kind == AxisType.Auto else 1


def over_rows(
    function: Callable[..., Any], rows: int, inputs: Tree, outputs: Tree
) -> Callable[..., Any]:
    """``function``, of which each device walks its rows alone, where they can be cut evenly.

    Rows must not see each other in it. Arrays without rows are there on all devices; the gradient
    of one is added up over devices once.

    Args:
      function: of positional arguments.
      rows: B, of the batch.
      inputs: a tuple, for each argument the axis of its rows, or a tree of these; -1 for none.
      outputs: the same for what comes out.
    """
    if size(DATA) == 1 or rows % size(DATA):
        return function
    specs = [jax.tree.map(_cut, axes) for axes in (inputs, outputs)]
    return jax.shard_map(
        function, in_specs=specs[0], out_specs=specs[1], axis_names={DATA}, check_vma=False
    )


def sum_over_rows(function: Callable[..., Any], rows: int, inputs: Tree) -> Callable[..., Any]:
    """``function``, which gives sums over rows: those of the devices are added up."""
    if size(DATA) == 1 or rows % size(DATA):
        return function

    def own(*arguments: Any) -> Any:
        return jax.tree.map(lambda total: total[None], function(*arguments))

    def summed(*arguments: Any) -> Any:
        totals = over_rows(own, rows, inputs, 0)(*arguments)
        return jax.tree.map(lambda each: jnp.sum(each, 0), totals)

    return summed


def _cut(axis: int) -> PartitionSpec:
    return PartitionSpec(*[None] * axis, DATA) if axis >= 0 else PartitionSpec()


def split(tree: T) -> T:
    """``tree``, whose leaves lie over the devices by their first axis, where it is cut evenly."""
    if size(DATA) == 1:
        return tree

    def constrained(leaf: Any) -> Any:
        if len(leaf) % size(DATA):
            return leaf
        spec = PartitionSpec(DATA, *[FREE] * (leaf.ndim - 1))
        return lax.with_sharding_constraint(leaf, spec)

    divided: T = jax.tree.map(constrained, tree)
    return divided


def gathered(tree: T) -> T:
    """``tree``, whose leaves every device has whole, but for their last axis, which is free."""
    if size(DATA) == 1:
        return tree

    def constrained(leaf: Any) -> Any:
        spec = [None] * (leaf.ndim - 1) + [FREE] * bool(leaf.ndim)
        return lax.with_sharding_constraint(leaf, PartitionSpec(*spec))

    whole: T = jax.tree.map(constrained, tree)
    return whole


def jit(function: Callable[..., T]) -> Callable[..., T]:
    """``jax.jit``, but what comes out every device, and so every process, has whole."""

    def whole(*arguments: Any) -> T:
        result = function(*arguments)
        if size(DATA) == size(MODEL) == 1:
            return result
        everywhere: T = jax.tree.map(
            lambda leaf: lax.with_sharding_constraint(leaf, PartitionSpec()), result
        )
        return everywhere

    return jax.jit(whole)


def put(array: Any, sharding: Any) -> Any:
    """An array that every process has, of which each keeps what ``sharding`` lays on its devices.

    A copy: what is made of it may be donated.
    """
    if sharding.is_fully_addressable:
        return jax.device_put(jnp.array(array, copy=True), sharding)
    host = np.asarray(array)
    return jax.make_array_from_callback(host.shape, sharding, lambda index: host[index].copy())
