"""How much memory a backward pass takes, and that a run holds no more after more steps."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import launches
import pytest
from long_runs import long_run
from short_data import shorten

from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS


@functools.cache
def temporary(name: str, driver: str, steps: int, loss_of: str = "outputs") -> int:
    """Bytes of temporary memory of a gradient for the weights, at B = 4 and D = H = 16."""
    cell = CELLS[name](16)
    params = jax.eval_shape(lambda key: cell.init(key, 16), jax.random.key(0))
    xs = jax.ShapeDtypeStruct((steps, 4, 16), jnp.float32)

    def loss(params: dict, xs: jax.Array) -> jax.Array:
        carry, hs = DRIVERS[driver](cell, params, xs)
        return jnp.sum((hs if loss_of == "outputs" else cell.read(carry)) ** 2)

    compiled = jax.jit(jax.grad(loss)).lower(params, xs).compile()
    return compiled.memory_analysis().temp_size_in_bytes


@pytest.mark.parametrize(
    ("name", "loss_of"),
    # With a loss of all outputs these and their cotangents stay, whatever the driver does: two
    # arrays of seven in the case of the plain network.
    [
        ("lstm", "outputs"),
        pytest.param("gru", "outputs", marks=pytest.mark.product),
        ("lstm", "last"),
        ("rnn", "last"),
        ("gru_reset_before", "last"),
    ],
)
def test_chunked_needs_less_than_a_tenth_of_sequential(name: str, loss_of: str) -> None:
    chunked, sequential = (temporary(name, d, 16384, loss_of) for d in ("chunked", "sequential"))
    assert chunked < sequential / 10


def test_memory_of_chunked_grows_like_the_root() -> None:
    assert temporary("lstm", "chunked", 16384, "last") < 2.5 * temporary(
        "lstm", "chunked", 4096, "last"
    )


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_hoisted_needs_less_than_sequential(name: str) -> None:
    assert temporary(name, "hoisted", 1024) < 0.75 * temporary(name, "sequential", 1024)


def test_a_run_holds_no_more_after_more_steps(tmp_path, monkeypatch, frozen) -> None:
    """The short form of tests/long: batches of two shapes, many passes over them."""
    launches.quick(monkeypatch)
    shorten(monkeypatch.setattr)
    settings = {"shapes": 2, "evaluate_every": 50, "log_every": 20, "bidirectional": False}
    run = long_run("classification", tmp_path / "run", (60, 160), **settings)
    first, last = run.held
    assert run.epoch < 50
    assert run.compiled
    assert max(run.compiled) <= 50
    assert last.arrays == first.arrays
    # Of those, some 50 are lost by tensorstore at each of two checkpoints.
    assert last.objects - first.objects < 200
