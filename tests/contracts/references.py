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


def min_gru(width, candidate=lambda n: n):
    def step(p, h, x):
        keep = sigmoid(into(p, x, 0, 2))
        return keep * h + (1 - keep) * candidate(into(p, x, 1, 2))

    return of(step, [width])


def min_lstm(width, candidate=lambda n: n):
    def step(p, h, x):
        f, i = (sigmoid(into(p, x, k, 3)) for k in (0, 1))
        return f / (f + i) * h + i / (f + i) * candidate(into(p, x, 2, 3))

    return of(step, [width])


def above_zero(n):
    """x + 1/2, or σ(x) where x is below 0."""
    return np.array([each + 0.5 if each >= 0 else sigmoid(each) for each in n])


def rg_lru(width):
    def step(p, h, x):
        r, i = (sigmoid(into(p, x, k, 3)) for k in (0, 1))
        a = np.exp(-np.log1p(np.exp(p["lambda"]))) ** (8 * r)
        return a * h + np.sqrt(1 - a**2) * (i * into(p, x, 2, 3))

    return of(step, [width])


def complex_pairs(x):
    real, imaginary = np.split(x, 2, -1)
    return real + 1j * imaginary


def of_complex(step, width):
    """A reference whose carry is one complex array; outputs are its real and imaginary parts."""
    return Reference(
        step,
        lambda p: complex_pairs(p.get("start_0", np.zeros(width))),
        lambda h: np.concatenate([h.real, h.imag]),
    )


def lru(width):
    def step(p, h, x):
        size, phase = np.exp(-np.exp(p["nu_log"])), np.exp(p["theta_log"])
        eigenvalues = size * (np.cos(phase) + 1j * np.sin(phase))
        w, b = complex_pairs(p["w_x"]), complex_pairs(p["b"])
        return eigenvalues * h + np.exp(p["gamma_log"]) * (x @ w + b)

    return of_complex(step, width)


def diagonal_ssm(width, bilinear=False):
    def step(p, h, x):
        a, dt = -np.exp(p["re_log"]) + 1j * p["im"], np.exp(p["dt_log"])
        driven = x @ complex_pairs(p["w_x"]) + complex_pairs(p["b"])
        if bilinear:  # (h' - h)/Δ = A (h' + h)/2 + driven
            return (h + dt * (a * h / 2 + driven)) / (1 - dt * a / 2)
        rest = -driven / a  # where h' = A h + driven comes to rest
        return rest + np.exp(dt * a) * (h - rest)

    return of_complex(step, width)


def ind_rnn(width, activation=np.tanh, bound=np.inf):
    def step(p, h, x):
        w = np.clip(p["w_h"], -bound, bound)
        return activation(into(p, x, 0, 1) + w * fed_back(p, h))

    return of(step, [width])


def sru(width, scale=1.0):
    def step(p, carry, x):
        f, r = sigmoid(into(p, x, 0, 4)), sigmoid(into(p, x, 1, 4))
        c = f * carry[0] + (1 - f) * into(p, x, 2, 4)
        return c, r, scale * (1 - r) * into(p, x, 3, 4)

    return of(step, [width] * 3)._replace(read=lambda carry: carry[1] * carry[0] + carry[2])


def slstm(width, log_forget=lambda f: -np.log1p(np.exp(-f))):
    def step(p, carry, x):
        h, c, n, m = carry
        z, u = sums(p, x, fed_back(p, h), 4)
        i, log_f = z[0] + u[0], log_forget(z[1] + u[1]) + np.where(n > 0, m, -np.inf)
        m = np.maximum(i, log_f)
        i, f = np.exp(i - m), np.exp(log_f - m)
        c, n = f * c + i * np.tanh(z[2] + u[2]), f * n + i
        return sigmoid(z[3] + u[3]) * c / np.maximum(n, 0.5), c, n, m

    def start(p):
        if "start_0" in p:
            return p["start_0"], p["start_1"], np.ones(width), np.zeros(width)
        return tuple(np.zeros((4, width)))

    return Reference(step, start, lambda carry: carry[0])


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
