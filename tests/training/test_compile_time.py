"""What JAX says of its compiling is added up."""

from __future__ import annotations

import time

import jax
import jax.numpy as jnp

from seqjax.training.compile_time import compile_seconds


def test_compiling_counts_and_running_does_not():
    compile_seconds()
    before, begun = compile_seconds(), time.perf_counter()
    fresh = jax.jit(lambda x: jnp.sin(x) @ jnp.cos(x).T + before)
    xs = jnp.ones((3, 5)) * jnp.float32(before)
    fresh(xs).block_until_ready()
    compiled, passed = compile_seconds() - before, time.perf_counter() - begun
    assert 0 < compiled < passed
    middle = compile_seconds()
    for _ in range(20):
        fresh(xs).block_until_ready()
    assert compile_seconds() == middle
