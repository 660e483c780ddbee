"""Recurrences from the published equations in float64 NumPy: by row, by step, by gate.

Nothing here comes from seqjax, so that both can only agree by being right. A reference has

    step(p, carry, x) -> carry     one step of one row, vectors only
    start(p) -> carry              the state before the first step
    read(carry) -> y
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Reference(NamedTuple):
    step: Callable
    start: Callable
    read: Callable


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def block(w, gate, gates):
    """The columns of one gate in the last axis of w."""
    width = w.shape[-1] // gates
    return w[..., gate * width : (gate + 1) * width]


def into(p, x, gate, gates):
    """x w_x + b of one gate."""
    return x @ block(p["w_x"], gate, gates) + block(p["b"], gate, gates)


def back(p, h, gate, gates):
    """h w_h of one gate; with heads each part of h meets its own block alone."""
    w = block(p["w_h"], gate, gates)
    if w.ndim == 2:
        return h @ w
    parts = np.split(h, len(w))
    return np.concatenate([part @ each for part, each in zip(parts, w, strict=True)])


def normed(values, scale):
    """Gate by gate in and out, but normalised over the columns of all gates (Ba et al. 2016)."""
    a = np.concatenate(values)
    a = (a - a.mean()) / np.sqrt(a.var() + 1e-5) * scale
    return np.split(a, len(values))


def sums(p, x, h, gates):
    """z and u of every gate; layer normalised where the parameters say so."""
    if "scale_x" not in p:
        return [into(p, x, k, gates) for k in range(gates)], [
            back(p, h, k, gates) for k in range(gates)
        ]
    z = normed([x @ block(p["w_x"], k, gates) for k in range(gates)], p["scale_x"])
    z = [each + block(p["b"], k, gates) for k, each in enumerate(z)]
    return z, normed([back(p, h, k, gates) for k in range(gates)], p["scale_h"])


def fed_back(p, h):
    return h * p["locked"] if "locked" in p else h


def output(p, h):
    return h @ p["w_p"] if "w_p" in p else h


def of(step, widths):
    """A reference whose carry is an array, or a pair of them; learned or zero at the start."""

    def start(p):
        states = [p.get(f"start_{i}", np.zeros(width)) for i, width in enumerate(widths)]
        return states[0] if len(states) == 1 else tuple(states)

    return Reference(step, start, (lambda h: h) if len(widths) == 1 else (lambda carry: carry[0]))


def rnn(width, activation=np.tanh):
    def step(p, h, x):
        (z,), (u,) = sums(p, x, fed_back(p, h), 1)
        return activation(z + u)

    return of(step, [width])


def leaky(width):
    def step(p, h, x):
        (z,), (u,) = sums(p, x, fed_back(p, h), 1)
        leak = sigmoid(p["leak"])
        return leak * h + (1 - leak) * np.tanh(z + u)

    return of(step, [width])


def lstm(width, back_width=None):
    def step(p, carry, x):
        h, c = carry
        z, u = sums(p, x, fed_back(p, h), 4)
        i, f, o = (sigmoid(z[k] + u[k]) for k in (0, 1, 3))
        c = f * c + i * np.tanh(z[2] + u[2])
        return output(p, o * np.tanh(c)), c

    return of(step, [back_width or width, width])


def peephole_lstm(width, back_width=None):
    def step(p, carry, x):
        h, c_old = carry
        z, u = sums(p, x, fed_back(p, h), 4)
        peep_i, peep_f, peep_o = np.split(p["w_c"], 3)
        i = sigmoid(z[0] + u[0] + peep_i * c_old)
        f = sigmoid(z[1] + u[1] + peep_f * c_old)
        c = f * c_old + i * np.tanh(z[2] + u[2])
        o = sigmoid(z[3] + u[3] + peep_o * c)
        return output(p, o * np.tanh(c)), c

    return of(step, [back_width or width, width])


def cifg_lstm(width, back_width=None):
    def step(p, carry, x):
        h, c = carry
        z, u = sums(p, x, fed_back(p, h), 3)
        f, o = sigmoid(z[0] + u[0]), sigmoid(z[2] + u[2])
        c = f * c + (1 - f) * np.tanh(z[1] + u[1])
        return output(p, o * np.tanh(c)), c

    return of(step, [back_width or width, width])


def gru(width):
    def step(p, h, x):
        zs, us = sums(p, x, fed_back(p, h), 3)
        r, keep = sigmoid(zs[0] + us[0]), sigmoid(zs[1] + us[1])
        n = np.tanh(zs[2] + r * (us[2] + p["b_n"]))
        return keep * h + (1 - keep) * n

    return of(step, [width])


def gru_reset_before(width):
    def step(p, h, x):
        r, keep = (sigmoid(into(p, x, k, 3) + back(p, h, k, 3)) for k in (0, 1))
        n = np.tanh(into(p, x, 2, 3) + back(p, r * h, 2, 3))
        return keep * h + (1 - keep) * n

    return of(step, [width])


def gru_simple(width):
    def step(p, h, x):
        keep = sigmoid(into(p, x, 0, 2) + back(p, h, 0, 2))
        n = np.tanh(into(p, x, 1, 2) + back(p, h, 1, 2))
        return keep * h + (1 - keep) * n

    return of(step, [width])


def min_gru(width):
    def step(p, h, x):
        keep = sigmoid(into(p, x, 0, 2))
        return keep * h + (1 - keep) * into(p, x, 1, 2)

    return of(step, [width])


def residual(inner, width):
    """y_t = h_t + x_t; the carry remembers x_t. Noise of the inner cell does not touch x_t."""

    def step(p, carry, x):
        inside, outside = (x.xs, x.added) if hasattr(x, "added") else (x, x)
        return inner.step(p, carry[0], inside), outside

    return Reference(
        step,
        lambda p: (inner.start(p), np.zeros(width)),
        lambda carry: inner.read(carry[0]) + carry[1],
    )


def zoneout(inner, *rates):
    """Keeps old values: by the masks that come with x, else in expectation."""

    def mix(keep, new, old):
        return keep * old + (1 - keep) * new

    def step(p, carry, x):
        noisy = hasattr(x, "keep")
        new = inner.step(p, carry, x.xs if noisy else x)
        if isinstance(carry, tuple):
            keep = x.keep if noisy else rates
            return tuple(map(mix, keep, new, carry))
        return mix(x.keep if noisy else rates[0], new, carry)

    return Reference(step, inner.start, inner.read)


def pick(tree: Any, *place: int) -> Any:
    """``leaf[place]`` of every leaf."""
    if isinstance(tree, tuple):
        leaves = [pick(leaf, *place) for leaf in tree]
        return type(tree)(*leaves) if hasattr(tree, "_fields") else tuple(leaves)
    return np.asarray(tree)[place]


def pile(trees: list, axis: int = 0) -> Any:
    """Stacks every leaf along a new axis."""
    if isinstance(trees[0], tuple):
        return tuple(pile([tree[i] for tree in trees], axis) for i in range(len(trees[0])))
    return np.stack(trees, axis)


def walk(reference, params, xs, lengths, carry, resets, reverse=False):
    """(last carries, outputs [T, B, ...], carries after each step) of whole sequences."""
    steps, batch = resets.shape
    last, outputs, states = [], [], []
    for row in range(batch):
        # A locked mask is a parameter of the row.
        p = {name: leaf[row] if name == "locked" else leaf for name, leaf in params.items()}
        state, size = pick(carry, row), int(lengths[row])
        ys, kept = [None] * steps, [None] * steps
        for t in reversed(range(steps)) if reverse else range(steps):
            if t < size:
                begins = t + 1 < size and resets[t + 1, row] if reverse else resets[t, row]
                state = reference.start(p) if begins else state
                state = reference.step(p, state, pick(xs, t, row))
                ys[t] = reference.read(state)
            else:
                ys[t] = 0 * reference.read(state)
            kept[t] = state
        last.append(state)
        outputs.append(np.stack(ys))
        states.append(pile(kept))
    return pile(last), np.stack(outputs, 1), pile(states, 1)
