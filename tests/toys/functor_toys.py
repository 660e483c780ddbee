"""Generated functors in float64, point by point, beside what JAX makes of the same functions."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from walking import quick

from seqjax.basics import gates
from seqjax.basics.cell import Gated
from seqjax.drivers.kernel_source import Functor, Shapes, functor, gate_graph
from seqjax.drivers.native import compiler

SCALARS = """
#include <math.h>
#define DEVICE inline
template <class V> V constant(double x) { return x; }
inline double select(bool m, double a, double b) { return m ? a : b; }
inline double logistic(double x) { return 1 / (1 + exp(-x)); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline double max(double a, double b) { return a > b || a != a ? a : b; }
inline double min(double a, double b) { return a < b || a != a ? a : b; }
inline double round_to_even(double x) { return nearbyint(x); }
inline double round_away(double x) { return round(x); }
template <class G>
void points(const double* in, const bool* marks, double* out, int n) {
  constexpr int K = G::BLOCKS, P = G::PARTS, F = G::FIELDS, M = G::MASKS;
  for (int i = 0; i < n; ++i) {
    double a[2 * K + 2 * P + F + 2], given[F + G::READY + 1], kept[G::KEPT + 1];
    double y[P], d[P], dz[K], du[K], df[F + 1] = {};
    bool m[M + 1];
    for (int k = 0; k < 2 * K + 2 * P + F + 2; ++k) a[k] = in[k * n + i];
    for (int k = 0; k < M; ++k) m[k] = marks[k * n + i];
    const double *carry = a + 2 * K, *after = carry + P, *more = after + P + F, *field = given;
    for (int k = 0; k < F; ++k) given[k] = after[P + k];
    G::template prepare<double>(given, given + F);
    G::template forward<double>(a, a + K, carry, field, m, y, kept);
    double before[P];  // nothing but what it says that it reads
    for (int k = 0; k < P; ++k) before[k] = G::KEEPS[k] ? carry[k] : NAN;
    G::template backward<double>(kept, before, field, m, after, d, dz, du, df);
    if (!G::APART) for (int k = 0; k < K; ++k) du[k] = dz[k];
    const double fed = G::template feed<double>(carry, field);
    G::template feed_back<double>(more[0], before, field, d, df);
    const double read = G::template read<double>(carry);
    G::template read_back<double>(more[1], d);
    int at = 0;
    const auto put = [&](double v) { out[at++ * n + i] = v; };
    for (int k = 0; k < P; ++k) put(y[k]);
    put(fed), put(read);
    for (int k = 0; k < K; ++k) put(dz[k]);
    for (int k = 0; k < K; ++k) put(du[k]);
    for (int k = 0; k < P; ++k) put(d[k]);
    for (int k = 0; k < F; ++k) put(df[k]);
  }
}
"""


class Problem(NamedTuple):
    """A gate, and numbers for one step of it in float64."""

    gated: Gated
    read: Any
    params: Any
    z: Any
    u: Any
    carry: Any
    side: Any

    @property
    def shapes(self) -> Shapes:
        return Shapes(self.params, self.z, self.carry, self.side)


def functors(problems: Sequence[Problem]) -> list[Functor]:
    return [functor(gate_graph(p.gated, p.read, p.shapes)) for p in problems]


def compiled(codes: Sequence[Functor]) -> ctypes.CDLL:
    """All of them in one library."""
    text = [SCALARS]
    for i, code in enumerate(codes):
        text.append(f"struct g{i} {code.body}")
        arguments = "const double* in, const bool* m, double* out, int n"
        text.append(f'extern "C" void run{i}({arguments}) {{ points<g{i}>(in, m, out, n); }}')
    return compiler.shared_library("points", "\n".join(text), "-O0")


class Outputs(NamedTuple):
    """Values, and gradients for the cotangents of ``cotangents``."""

    after: list
    fed: Any
    read: Any
    dz: Any
    du: Any
    dcarry: list
    dparams: dict
    dside: list


def cotangents(problem: Problem) -> tuple[Any, Any, Any]:
    draw = np.random.default_rng(1)
    like = jax.tree.leaves(problem.carry)[0]
    after = jax.tree.map(lambda a: jnp.asarray(draw.normal(size=a.shape)), problem.carry)
    return after, *(jnp.asarray(draw.normal(size=like.shape)) for _ in range(2))


def by_jax(problems: Sequence[Problem]) -> list[Outputs]:
    """By the ordinary functions and autodiff, all in one program."""

    def outputs(numbers: list) -> list[Outputs]:
        return [
            _pulled(Problem(p.gated, p.read, *n)) for p, n in zip(problems, numbers, strict=True)
        ]

    made: list[Outputs] = quick(outputs)([tuple(problem[2:]) for problem in problems])
    return made


def _pulled(problem: Problem) -> Outputs:
    gated, read, params, z, u, carry, side = problem
    leaves, structure = jax.tree.flatten(side)
    moving = [leaf.dtype != bool for leaf in leaves]

    def all_three(params: Any, z: Any, u: Any, carry: Any, floats: list) -> Any:
        rest = iter(floats)
        side = [next(rest) if m else a for m, a in zip(moving, leaves, strict=True)]
        after = gates.apply(gated.gate, params, z, u, carry, structure.unflatten(side))
        return after, gated.hidden(params, carry), read(carry)

    floats = [a for a, m in zip(leaves, moving, strict=True) if m]
    (after, fed, y), pull = jax.vjp(all_three, params, z, u, carry, floats)
    dparams, dz, du, dcarry, dside = pull(cotangents(problem))
    return Outputs(jax.tree.leaves(after), fed, y, dz, du, jax.tree.leaves(dcarry), dparams, dside)


def by_code(problem: Problem, code: Functor, run: Any) -> Outputs:
    """By a functor, at every point."""
    graph, names = code.graph, sorted(problem.params)
    rows, units = jax.tree.leaves(problem.carry)[0].shape
    leaves = {
        "param": [problem.params[name] for name in names],
        "side": jax.tree.leaves(problem.side),
        "constant": graph.constants,
    }

    def block(field: Any) -> np.ndarray:
        leaf = np.asarray(leaves[field.kind][field.leaf])
        if leaf.size == 1:
            return np.broadcast_to(leaf.reshape(()), (rows, units))
        cut = leaf[..., field.block * units : (field.block + 1) * units]
        return np.broadcast_to(cut, (rows, units))

    def split(array: Any) -> list:
        return np.split(np.asarray(array), graph.blocks, -1)

    after, dfed, dread = cotangents(problem)
    numbers = [
        *split(problem.z), *split(problem.u), *jax.tree.leaves(problem.carry),
        *jax.tree.leaves(after), *map(block, graph.fields.values()), dfed, dread,
    ]  # fmt: skip
    given = np.ascontiguousarray(np.stack([np.asarray(a, np.float64) for a in numbers]))
    marks = np.zeros((len(graph.masks) + 1, rows, units), bool)
    for i, field in enumerate(graph.masks.values()):
        marks[i] = block(field)
    count = 2 * graph.parts + 2 + 2 * graph.blocks + len(graph.fields)
    out = np.full((count, rows, units), np.nan)
    pointers = (a.ctypes.data_as(ctypes.c_void_p) for a in (given, marks, out))
    run(*pointers, rows * units)
    made = iter(out)
    new = [next(made) for _ in range(graph.parts)]
    fed, read = next(made), next(made)
    dz, du = (np.concatenate([next(made) for _ in range(graph.blocks)], -1) for _ in range(2))
    dcarry = [next(made) for _ in range(graph.parts)]
    dparams = {name: np.zeros(np.shape(problem.params[name])) for name in names}
    dside = [np.zeros(a.shape) for a in leaves["side"]]
    for field, d in zip(graph.fields.values(), made, strict=True):
        if field.kind == "constant":
            continue
        target = dparams[names[field.leaf]] if field.kind == "param" else dside[field.leaf]
        columns = slice(field.block * units, (field.block + 1) * units)
        if target.size == 1:
            target += d.sum()
        else:
            target[..., columns] += d if target.ndim == 2 else d.sum(0)
    moving = [d for d, a in zip(dside, leaves["side"], strict=True) if a.dtype != bool]
    return Outputs(new, fed, read, dz, du, dcarry, dparams, moving)
