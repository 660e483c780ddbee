"""The driver native: compiled kernels held against ``sequential`` in float64."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from covering import covering, marked, pairs
from native_toys import answers, doubled, problem
from walking import close, quick, random_like

from seqjax.cells import (
    Cell,
    gru,
    gru_reset_before,
    layer_norm,
    lstm,
    peephole_lstm,
    residual,
    rnn,
    weight_drop,
)
from seqjax.drivers import auto, native, sequential
from seqjax.drivers.auto import choose
from seqjax.drivers.inputs import prepare
from seqjax.drivers.native import build, compiler, recurrence, scan
from seqjax.layers import bidirectional, recurrent

pytestmark = [
    pytest.mark.skipif(jax.default_backend() != "cpu", reason="the kernels are for CPU"),
    pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler"),
]

CELLS = {"lstm": lstm, "gru": gru, "rnn": rnn}


# Less than a register; parts of panels and of blocks of rows; shared out by rows, by units.
SHAPES = {"3x6x4": True, "21x7x15": True, "64x90x26": True, "130x50x9": False}
# Backwards every other time, so that each cell and each shape is walked both ways.
WAYS = [(k, s, (i + j) % 2 > 0) for i, k in enumerate(CELLS) for j, s in enumerate(SHAPES)]
# Loops over panels and rows know how many blocks a gate has, and which way they go.
KEPT = covering(WAYS, pairs([0, 2], [1, 2]))


@pytest.mark.parametrize(("kind", "shape", "reverse"), marked(WAYS, KEPT))
def test_values_and_gradients(monkeypatch, kind, shape, reverse):
    """Everything that comes out, and the gradient by everything that goes in."""
    units, steps, batch = map(int, shape.split("x"))
    marks = SHAPES[shape]
    if shape == "21x7x15":  # inputs projected by XLA
        monkeypatch.setattr(scan, "SMALL", 0)
    cell = CELLS[kind](units, learn_start=True)
    given = problem(cell, steps, batch)
    got = answers(cell, native, given, reverse, marks)
    with jax.enable_x64(True):
        want = answers(cell, sequential, doubled(given), reverse, marks)
    close(got, want, 3e-6)


# Heads that fill panels, that cross them, and of which many share one.
HEADS = {"64x2": lstm, "99x3": gru, "84x12": rnn, "130x2": gru}


@pytest.mark.parametrize("shape", HEADS)
def test_heads(shape):
    """Values and gradients where each panel of units meets the rows of its own heads alone."""
    units, heads = map(int, shape.split("x"))
    cell = HEADS[shape](units, heads=heads)
    given = problem(cell, 6, 9)
    got = answers(cell, native, given, False, True)
    with jax.enable_x64(True):
        want = answers(cell, sequential, doubled(given), False, True)
    close(got, want, 3e-6)


@pytest.mark.parametrize("kind", CELLS)
def test_layers_refuse_strangers_before_they_walk(kind):
    """A layer of a cell with a reduction is refused where it is made; one of heads is not."""
    recurrent(CELLS[kind](4), "native")
    recurrent(CELLS[kind](4, heads=2), "native")
    with pytest.raises(ValueError, match=r"driver: native cannot serve .*reduce_sum; use hoisted"):
        recurrent(layer_norm(CELLS[kind](4)), "native")


@pytest.mark.parametrize("kind", CELLS)
def test_no_rows(kind):
    """B = 0: empty results of the right structure, and zero gradients for the parameters."""
    cell = CELLS[kind](5)
    given = problem(cell, 4, 2)
    start = cell.start(given["params"], (0,))
    nothing = given["xs"][:, :0]
    (carry, hs), pull = jax.vjp(lambda p: tuple(native(cell, p, nothing)), given["params"])
    assert jax.tree.structure(carry) == jax.tree.structure(start) and hs.shape == (4, 0, 5)
    assert not any(a.any() for a in jax.tree.leaves(pull((carry, hs))))


def test_number_of_threads_changes_nothing():
    """Each sum is made by one thread, in one order: one thread and all cores agree bit for bit."""
    code = (
        "import jax, numpy as np; from seqjax.cells import lstm; from seqjax.drivers import native;"
        "cell = lstm(130); p = cell.init(jax.random.key(0), 3);"
        "xs = jax.random.normal(jax.random.key(1), (60, 5, 3));"
        "loss = lambda p: (((hs := native(cell, p, xs)[1]) ** 2).sum(), hs);"
        "g, hs = jax.jit(jax.grad(loss, has_aux=True))(p);"
        "print(''.join(np.asarray(a).tobytes().hex() for a in [hs, g['w_h']]))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NPROC": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    ]
    assert found[0] == found[1]


def test_saturated_gates_and_nan():
    """Pre-activations far outside give 0, 1 and -1; NaN stays NaN in its row alone."""
    cell = lstm(4)
    params = jax.tree.map(jnp.zeros_like, cell.init(jax.random.key(0), 1))
    params["b"] = jnp.array([-1e30] * 4 + [1e30] * 4 + [1e30] * 4 + [1e4] * 4)
    xs = jnp.zeros((2, 2, 1)).at[0, 1].set(jnp.nan)
    params["w_x"] = jnp.ones_like(params["w_x"])
    (h, c), hs = native(cell, params, xs, None, (jnp.zeros((2, 4)), jnp.ones((2, 4))))
    np.testing.assert_allclose(c[0], 1.0, atol=1e-7)  # i = 0, f = 1: the memory stands
    np.testing.assert_allclose(hs[:, 0], np.tanh(1.0), atol=2e-7)
    assert bool(jnp.isnan(h[1]).all())


def test_derivatives_of_the_gradient_and_vmap():
    """H v equals that of ``sequential``; a vmapped walk equals walks one after the other."""
    cell = gru(5)
    given = problem(cell, 6, 3)
    direction = random_like(given["params"], 5, 1.0)

    def curvature(drive: Any) -> Any:
        def loss(params: Any) -> Any:
            return jnp.sum(drive(cell, params, given["xs"], given["lengths"])[1] ** 2)

        return quick(
            jax.grad(
                lambda p: sum(map(jnp.vdot, *map(jax.tree.leaves, (jax.grad(loss)(p), direction))))
            )
        )(given["params"])

    close(curvature(native), curvature(sequential), 1e-5)
    many = random_like(jax.ShapeDtypeStruct((3, 6, 2, 3), np.float32), 8, 1.0)
    walk = quick(lambda xs: native(cell, given["params"], xs)[1])
    close(jax.vmap(walk)(many), jnp.stack([walk(xs) for xs in many]), 1e-7)


def test_layers_and_auto(monkeypatch):
    """A bidirectional layer walks natively; ``auto`` does so when it is asked to, else not."""
    cell = lstm(9)
    both = [
        bidirectional(recurrent(cell, d), recurrent(cell, d, reverse=True))
        for d in ("native", "sequential")
    ]
    params = both[0].init(jax.random.key(0), 3)
    xs, lengths = jnp.ones((5, 3, 3)), jnp.array([5, 2, 0])
    close(both[0].apply(params, xs, lengths), both[1].apply(params, xs, lengths), 1e-6)
    given = params["forward"]
    others = [residual(lstm(3)), peephole_lstm(4), cell._replace(read=lambda carry: carry[1])]
    inputs = [prepare(other, other.init(jax.random.key(0), 3), xs) for other in others]
    bodies = [recurrence.functor_of(*pair).body for pair in zip(others, inputs, strict=True)]
    build.load_gates(bodies, "-O0")  # all in one library, in a hurry

    def chosen(cell: Cell, params: Any, **options: Any) -> str:
        return choose(cell, prepare(cell, params, xs, **options))[0].name

    for asked, name in [("", "hoisted"), ("0", "hoisted"), ("1", "native")]:
        monkeypatch.setenv("SEQJAX_NATIVE", asked)
        assert chosen(cell, given) == name
    for other in (layer_norm(cell), lstm(4, projection=2)):
        assert chosen(other, other.init(jax.random.key(0), 3)) == "hoisted"
    for other in (*others[:2], lstm(4, heads=2)):
        assert chosen(other, other.init(jax.random.key(0), 3)) == "native"
    other = gru_reset_before(4)
    assert chosen(other, other.init(jax.random.key(0), 3)) == "sequential"
    assert chosen(cell, given, states=True) == "native"
    close(auto(cell, given, xs), sequential(cell, given, xs), 1e-6)
    dropped = weight_drop(cell, 0.5)  # changes weights before the walk, not the walk
    assert chosen(dropped, given) == "native"
    for changed in (
        cell._replace(project=lambda params, xs: 2 * cell.project(params, xs)),
        others[2],
    ):
        assert chosen(changed, given) == "native"
        close(auto(changed, given, xs), sequential(changed, given, xs), 1e-6)


@pytest.mark.parametrize(
    ("cell", "options", "dtype", "named"),
    [
        (layer_norm(lstm(4)), {}, np.float32, "cannot serve layer_norm.*the primitive reduce_sum"),
        (lstm(4, projection=2), {}, np.float32, "cannot serve lstm, .* a carry of"),
        (lstm(4, projection=4), {}, np.float32, "cannot serve lstm, .* the primitive dot_general"),
        (gru_reset_before(4), {}, np.float32, r"cannot serve gru_reset_before.* not gate\(z"),
        (gru(4), {}, jnp.bfloat16, "got bfloat16 for .*, but native wants float32"),
    ],
)
def test_refusals(cell, options, dtype, named):
    """What the kernels cannot walk is refused before anything is compiled."""
    params = jax.tree.map(lambda a: a.astype(dtype), cell.init(jax.random.key(0), 3))
    with pytest.raises(ValueError, match=f"{named}.*use hoisted"):
        native(cell, params, jnp.zeros((2, 2, 3), dtype), **options)


def test_machines_without_a_compiler(monkeypatch, tmp_path, caplog):
    """No compiler, one that fails, or no folder: one sentence that names the way out."""
    build.kernels.cache_clear()
    try:
        monkeypatch.setattr(compiler, "compiler", lambda: None)
        with pytest.raises(ValueError, match=re.escape("wants a C++ compiler")):
            build.panel()
        broken = tmp_path / "broken"
        broken.write_text("#!/bin/sh\necho 'x.cc:1: error: no such thing' >&2\nexit 1\n")
        broken.chmod(0o755)
        monkeypatch.setattr(compiler, "compiler", lambda: str(broken))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        with pytest.raises(ValueError, match=r"compiled by .*no such thing.*use hoisted"):
            build.panel()
        assert not list((tmp_path / "seqjax").iterdir())  # nothing half made
        a_gate_that_does_not_compile(monkeypatch, caplog)
        monkeypatch.setenv("XDG_CACHE_HOME", str(broken))
        with pytest.raises(ValueError, match="cannot keep what it compiles in"):
            build.panel()
    finally:
        monkeypatch.undo()
        build.kernels.cache_clear()


def a_gate_that_does_not_compile(monkeypatch, caplog):
    """By name it is an error; ``auto`` says so in one line and takes ``hoisted``."""
    cell = lstm(7, learn_start=True)
    changed = cell.recurrence.gate._replace(activations="tsts")  # whose code no test has asked for
    # Its name is new, too: what was chosen for a cell is logged once.
    cell = cell._replace(name="other", recurrence=cell.recurrence._replace(gate=changed))
    params, xs = cell.init(jax.random.key(0), 3), jnp.ones((2, 2, 3))
    monkeypatch.setenv("SEQJAX_NATIVE", "1")
    with caplog.at_level("INFO", logger="seqjax"):
        close(auto(cell, params, xs), sequential(cell, params, xs), 1e-6)
        auto(cell, params, xs)
    lines = [record.getMessage() for record in caplog.records]
    assert sum("no such thing" in line for line in lines) == 1
    assert "driver hoisted for other: the cell has a gate" in lines[-1]
    with pytest.raises(ValueError, match=r"compiled by .*no such thing.*use hoisted"):
        native(cell, params, xs)
