"""A function of rows as a function of blocks of columns, primitive by primitive of its jaxpr."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend import core

from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused.columns import (
    Columns,
    Unsupported,
    broadcast,
    count,
    cut,
    fit_rows,
    is_columns,
    join,
)

POINTWISE = """
    abs acos acosh add add_any and asin asinh atan atan2 atanh cbrt ceil clamp convert_element_type
    copy cos cosh div eq exp exp2 expm1 floor ge gt integer_pow is_finite le log log1p logistic lt
    max min mul ne neg nextafter not one_minus_square or pow rem rsqrt select_n sign sin sinh sqrt
    square sub tan tanh xor
""".split()  # noqa: SIM905
"""Primitives that take an entry of each argument, as far as Pallas has them for GPUs."""

MOVES = """
    optimization_barrier broadcast_in_dim reshape squeeze expand_dims split concatenate slice pad
""".split()  # noqa: SIM905
"""Primitives that are served where they move whole blocks of columns."""

CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
}
"""Primitives that call a jaxpr, which stands in this parameter."""

Value = Any
"""``Columns``, a number, or None where nobody wants it"""
Substitutes = Mapping[str, Callable[[Array], Array]]
"""By primitive: another way to compute it."""


class Pointwise:
    """A function of rows, called with ``Columns`` in the place of arrays.

    Its arguments are trees of arrays [R, mH], [mH] and numbers; ``likes`` are their shapes as the
    cell sees them. A kernel calls it with those columns of each block that it holds, and with R or
    one row. An argument that the function does not look at may be anything.

    Raises:
      Unsupported: from a call, naming the primitive that is not pointwise in rows and columns.
    """

    def __init__(
        self,
        function: Callable[..., Tree],
        width: int,
        likes: tuple[Tree, ...],
        substitutes: Substitutes,
    ) -> None:
        self.jaxpr, self.outputs = jax.make_jaxpr(function, return_shape=True)(*likes)
        self.likes, self.width, self.substitutes = likes, width, substitutes

    def __call__(self, *args: Tree) -> Tree:
        leaves = jax.tree.leaves(args, is_leaf=is_columns)
        columns = next(leaf.blocks[0].shape[-1] for leaf in leaves if is_columns(leaf) and leaf[0])
        rows = max(block.shape[0] for leaf in leaves if is_columns(leaf) for block in leaf.blocks)
        walk = _Evaluation(self.width, columns, self.substitutes)
        likes, structure = jax.tree.flatten(self.outputs)
        values = walk.closed(self.jaxpr, leaves, [True] * len(likes))
        return structure.unflatten(
            [
                Columns(tuple(fit_rows(walk.filled(value, like).blocks, rows)))
                for value, like in zip(values, likes, strict=True)
            ]
        )

    def check(self) -> None:
        """Raises what a call would raise."""

        def entry(like: Any) -> Any:
            try:
                blocks = count(like.shape, self.width)
            except Unsupported:  # perhaps nobody looks at it
                return Columns(())
            entries = jnp.zeros((1, 1), like.dtype)
            return Columns((entries,) * blocks) if blocks else entries[0, 0]

        jax.eval_shape(lambda: self(*jax.tree.map(entry, self.likes)))


class _Evaluation:
    """Evaluates jaxprs for blocks of ``columns`` columns, of arrays whose blocks have ``width``."""

    def __init__(self, width: int, columns: int, substitutes: Substitutes) -> None:
        self.width, self.columns, self.substitutes = width, columns, substitutes

    def closed(self, closed: Any, args: Sequence[Value], wanted: Sequence[bool]) -> list[Value]:
        return self.evaluate(closed.jaxpr, [*map(_Constant, closed.consts), *args], wanted)

    def evaluate(self, jaxpr: Any, args: Sequence[Value], wanted: Sequence[bool]) -> list[Value]:
        """The outputs that are wanted; nothing is computed that they do not need."""
        outs = [v for v, want in zip(jaxpr.outvars, wanted, strict=True) if want]
        needed = {v for v in outs if not isinstance(v, core.Literal)}
        equations = []
        for equation in reversed(jaxpr.eqns):
            if any(v in needed for v in equation.outvars):
                equations.append(equation)
                needed |= {v for v in equation.invars if not isinstance(v, core.Literal)}
        values: dict[Any, Any] = dict(zip([*jaxpr.constvars, *jaxpr.invars], args, strict=True))

        def read(atom: Any) -> Any:
            value = atom.val if isinstance(atom, core.Literal) else values.get(atom)
            return value.number() if isinstance(value, _Constant) else value

        for equation in reversed(equations):
            found = self.equation(
                equation,
                [read(v) for v in equation.invars],
                [v in needed for v in equation.outvars],
            )
            values.update(zip(equation.outvars, found, strict=True))
        return [read(v) if want else None for v, want in zip(jaxpr.outvars, wanted, strict=True)]

    def filled(self, value: Value, aval: Any) -> Columns:
        """A value as ``Columns``, also where it is a number."""
        return broadcast(value, aval.shape, self.width, self.columns)

    def equation(self, equation: Any, args: list[Any], wanted: list[bool]) -> list[Value]:
        name, params = equation.primitive.name, equation.params
        shapes = [v.aval.shape for v in equation.invars]
        if name in CALLS:
            inner = params[CALLS[name]]
            called = self.closed if hasattr(inner, "consts") else self.evaluate
            return called(inner, args, wanted)
        out = equation.outvars[0].aval
        named = f"{name} of {' and '.join(str(list(shape)) for shape in shapes)}"
        if name not in POINTWISE and name not in MOVES:
            raise Unsupported(named)
        try:
            for shape in (*shapes, out.shape):
                count(shape, self.width)
            if name in POINTWISE:
                return [self.pointwise(equation, args, out)]
            return self.moved(name, params, args, shapes, out)
        except Unsupported as error:
            raise Unsupported(f"{named}, {error}") from None

    def moved(
        self, name: str, params: Any, args: list[Any], shapes: list[Any], out: Any
    ) -> list[Value]:
        """What only moves columns."""
        match name:
            case "optimization_barrier":
                return args
            case "broadcast_in_dim" if _keeps_columns(shapes[0], out.shape, params):
                return [self.filled(args[0], out)]
            case "reshape" | "squeeze" | "expand_dims" if shapes[0][-1:] == out.shape[-1:]:
                return args
            case "split" if params["axis"] == len(shapes[0]) - 1:
                return list(cut(args[0], params["sizes"], self.width))
            case "concatenate" if params["dimension"] == len(out.shape) - 1:
                return [join(args)]
            case "slice" if (bounds := _column_slice(shapes[0], params)) is not None:
                first, last = bounds
                sizes = (first, last - first, shapes[0][-1] - last)
                return [cut(args[0], sizes, self.width)[1]]
            case "pad" if (sides := _column_pad(params)) is not None:
                before, after = (max(0, -side) for side in sides)
                sizes = (before, shapes[0][-1] - before - after, after)
                parts = [cut(args[0], sizes, self.width)[1]]
                for side, at in zip(sides, (0, 2), strict=True):
                    if side > 0:
                        shape = (*out.shape[:-1], side)
                        parts.insert(at, broadcast(args[1], shape, self.width, self.columns))
                return [join(parts)]
        raise Unsupported("which moves more than whole blocks of columns")

    def pointwise(self, equation: Any, args: list[Any], out: Any) -> Value:
        compute = self.substitutes.get(equation.primitive.name)

        def one(*entries: Any) -> Any:
            if compute:
                return compute(*entries)
            return equation.primitive.bind(*entries, **equation.params)

        if not out.shape:
            number: Value = one(*args)
            return number
        blocks = [
            one(*fit_rows([arg.blocks[i] if is_columns(arg) else arg for arg in args]))
            for i in range(count(out.shape, self.width))
        ]
        return Columns(tuple(blocks))


class _Constant(NamedTuple):
    """Of a function, which a kernel can only hold where it is one number."""

    value: Any

    def number(self) -> Any:
        value = self.value
        if isinstance(value, jax.core.Tracer) or jnp.ndim(value):
            raise Unsupported("a constant array; what it depends on belongs into params")
        return value.dtype.type(value.item()) if hasattr(value, "dtype") else value


def _keeps_columns(shape: tuple[int, ...], out: tuple[int, ...], params: Any) -> bool:
    """Whether it repeats a number or rows, and columns stay columns."""
    if not shape:
        return True
    return shape[-1] == out[-1] and params["broadcast_dimensions"][-1] == len(out) - 1


def _column_slice(shape: tuple[int, ...], params: Any) -> tuple[int, int] | None:
    """(first, last) of a slice that takes neighbouring columns of all rows, else None."""
    starts, limits = params["start_indices"], params["limit_indices"]
    if any(stride != 1 for stride in params["strides"] or ()):
        return None
    if tuple(starts[:-1]) != (0,) * (len(shape) - 1) or tuple(limits[:-1]) != shape[:-1]:
        return None
    return starts[-1], limits[-1]


def _column_pad(params: Any) -> tuple[int, int] | None:
    """(before, after) of a pad that adds columns, or takes them where negative, else None."""
    *rows, (before, after, interior) = params["padding_config"]
    if any(any(each) for each in rows) or interior:
        return None
    return before, after
