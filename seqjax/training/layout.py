"""How arrays lie over devices: the one file that says it.

    mesh        devices in a grid with two axes, "data:4,model:2"
    batch       its rows over data; the same on all devices of a row of the grid
    parameters  whole on every device, but for what a rule lays over model
    optimizer   each array as the parameter it belongs to
    carry       of truncated backpropagation: its rows over data, as the batch's
    the rest    whole on every device

A step is the program of one device. The compiler divides it by where its arrays lie, and puts in
what has to be exchanged: gradients are added up over data; rows of a divided table are fetched.

Rules are text, "PATTERN=AXES; PATTERN=AXES": the first whose pattern, a regular expression, is the
end of a parameter's path, and whose axes divide its sides, says how it lies. AXES has an axis for
each side, - for none; sides that are not mentioned are whole.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from seqjax.basics import mesh as meshes
from seqjax.basics.types import Tree
from seqjax.training.step import State, Step

RULES = (
    "(embed|words|targets|characters)/w=model; embed/unseen=model; (embed|words|targets)/w=-,model;"
    " (input|output|ngrams)=-,model"
)
"""Tables of word vectors by rows, or where those cannot be divided evenly by columns; the tables of
skip-gram by columns, so that no row has to be fetched."""


class Rule(NamedTuple):
    """Where parameters lie."""

    pattern: re.Pattern[str]
    axes: tuple[str | None, ...]


def rules(text: str, axes: tuple[str, ...] = meshes.AXES) -> tuple[Rule, ...]:
    """The rules of a text.

    Raises:
      ValueError: for a rule without pattern or axes, no regular expression, or an unknown axis.

    >>> [rule.axes for rule in rules("embed/w=model; head/w=-,model")]
    [('model',), (None, 'model')]
    """
    return tuple(_rule(part.strip(), axes) for part in text.split(";") if part.strip())


def _rule(text: str, axes: tuple[str, ...]) -> Rule:
    pattern, _, sides = text.rpartition("=")
    names = [side.strip() for side in sides.split(",")]
    if not pattern or not all(names):
        raise ValueError(f"sharding: got {text!r}, want PATTERN=AXES, such as embed/w=model")
    for name in names:
        if name != "-" and name not in axes:
            raise ValueError(
                f"sharding: got the axis {name!r} in {text!r}, want one of {', '.join(axes)}, or -"
            )
    try:
        expression = re.compile(f"(?:.*/)?(?:{pattern.strip()})")
    except re.error as error:
        raise ValueError(f"sharding: got {pattern!r}, no regular expression: {error}") from None
    return Rule(expression, tuple(None if name == "-" else name for name in names))


class Layout(NamedTuple):
    """Where the arrays of a training lie."""

    mesh: Mesh
    rules: tuple[Rule, ...]

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Within it programs are traced, and called, for this mesh."""
        return jax.set_mesh(self.mesh)

    def _on(self, *axes: str | None) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec(*axes))

    def of_params(self, params: Tree) -> Tree:
        """The sharding of each parameter, by the first rule that fits."""

        def sharding(path: Any, leaf: Any) -> NamedSharding:
            name = jax.tree_util.keystr(path, simple=True, separator="/")
            for rule in self.rules:
                if rule.pattern.fullmatch(name) and self._divides(rule.axes, leaf.shape):
                    return self._on(*rule.axes)
            return self._on()

        return jax.tree_util.tree_map_with_path(sharding, params)

    def _divides(self, axes: tuple[str | None, ...], shape: tuple[int, ...]) -> bool:
        named = [
            (self.mesh.shape.get(axis), n) for axis, n in zip(axes, shape, strict=False) if axis
        ]
        return len(axes) <= len(shape) and all(size and n % size == 0 for size, n in named)

    def of_state(self, state: State) -> State:
        """The sharding of each array of a training's state; leaves may be jax.ShapeDtypeStruct."""
        params = self.of_params(state.params)
        known = {
            (_path(path), leaf.shape): sharding
            for (path, leaf), sharding in zip(
                jax.tree_util.tree_leaves_with_path(state.params),
                jax.tree.leaves(params),
                strict=True,
            )
        }

        def as_param(path: Any, leaf: Any) -> NamedSharding:
            """That of the parameter whose path ends this one, as in adam/mu/embed/w."""
            ends = (_path(path[start:]) for start in range(len(path)))
            found = (known[end, leaf.shape] for end in ends if (end, leaf.shape) in known)
            return next(found, self._on())

        whole: State = jax.tree.map(lambda leaf: self._on(), state)
        return whole._replace(
            params=params,
            optimizer=jax.tree_util.tree_map_with_path(as_param, state.optimizer),
            carry=jax.tree.map(self._rows, state.carry),
            average=None if state.average is None else params,
        )

    def _rows(self, leaf: Any) -> NamedSharding:
        rows = bool(leaf.ndim) and self._divides((meshes.DATA,), leaf.shape)
        return self._on(meshes.DATA) if rows else self._on()

    def put(self, tree: Tree, shardings: Tree) -> Tree:
        """Arrays that every process has, where they are to lie."""
        return jax.tree.map(meshes.put, tree, shardings)

    def rows_here(self, rows: int) -> slice:
        """The rows of a batch that lie on devices of this process.

        Raises:
          ValueError: where they are not side by side.
        """
        places = self._on(meshes.DATA) if meshes.DATA in self.mesh.shape else self._on()
        indices: Any = places.addressable_devices_indices_map((rows,))
        found = {index[0].indices(rows)[:2] for index in indices.values()}
        begin, end = min(b for b, _ in found), max(e for _, e in found)
        if sum(e - b for b, e in found) != end - begin:
            raise ValueError("mesh: got rows of a process that are not side by side; want another")
        return slice(begin, end)

    def batch(self, batch: Mapping[str, Any], row_axes: Mapping[str, int]) -> dict[str, Any]:
        """A batch on the devices, its rows over data.

        Args:
          batch: arrays with the rows of this process, or without rows.
          row_axes: the axis of the rows of each array that has some.
        """

        def placed(name: str, leaf: np.ndarray) -> Any:
            if name not in row_axes or meshes.DATA not in self.mesh.shape:
                return meshes.put(leaf, self._on())
            sharding = self._on(*[None] * row_axes[name], meshes.DATA)
            return jax.make_array_from_process_local_data(sharding, leaf)

        return {name: placed(name, np.asarray(leaf)) for name, leaf in batch.items()}

    def program(self, step: Callable[..., Any], shardings: State) -> Any:
        """``jax.jit`` of a step, for arrays that lie here; its state stays where it is."""
        return jax.jit(step, donate_argnums=0, out_shardings=(shardings, self._on()))

    def step(self, step: Step, shardings: State, row_axes: Mapping[str, int]) -> Step:
        """The step over this mesh: what it gives lies as what it got.

        Args:
          step: of one device.
          shardings: of its state.
          row_axes: see ``batch``.
        """
        compiled = self.program(step, shardings)

        def over_mesh(state: State, batch: Tree, adaptation: Any) -> Any:
            with self.scope():
                return compiled(state, self.batch(batch, row_axes), adaptation)

        return over_mesh

    def about(self, params: Tree, rows: int) -> str:
        """Lines for a person: which devices, how many rows each has, what is divided."""
        axes = self.mesh.shape
        grid = ", ".join(f"{name} {size}" for name, size in axes.items())
        kind = self.mesh.devices.flat[0].device_kind
        lines = [
            f"{self.mesh.size} devices ({kind}): {grid}; {rows // axes.get('data', 1)} rows each"
        ]
        if meshes.MODEL in axes:
            leaves = jax.tree_util.tree_leaves_with_path(self.of_params(params))
            names = [_path(path) for path, sharding in leaves if any(sharding.spec)]
            lines.append(f"over model: {', '.join(names) or 'nothing, as no rule fits'}")
        return "\n".join(lines)

    def check(self, rows: int, name: str) -> None:
        """Refuses rows that the devices cannot share.

        Args:
          rows: of a batch.
          name: of the setting that says how many there are.

        Raises:
          ValueError: if they cannot be divided evenly.
        """
        size = self.mesh.shape.get(meshes.DATA, 1)
        if rows % size:
            raise ValueError(f"{name}: got {rows}, want a multiple of {size}, as mesh data:{size}")


def _path(path: Any) -> str:
    return str(jax.tree_util.keystr(path, simple=True, separator="/"))


def layout(mesh: str, sharding: str = RULES) -> Layout | None:
    """The layout of settings; None without a mesh: all is on the default device.

    Several processes always have a mesh, by default "data".

    Raises:
      ValueError: for a mesh that the devices do not make up, or rules that cannot be read.
    """
    if not mesh and jax.process_count() == 1:
        return None
    return Layout(meshes.make(mesh or meshes.DATA), rules(sharding))
