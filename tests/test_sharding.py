"""The batch split over two devices gives what one device gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import jax, jax.numpy as jnp
from jax.sharding import AxisType, PartitionSpec as P
from seqjax.cells import lstm
from seqjax.drivers import chunked, hoisted, sequential

cell = lstm(4)
params = cell.init(jax.random.key(0), 3)
xs = jax.random.normal(jax.random.key(1), (6, 4, 3))
lengths = jnp.array([6, 0, 3, 2])
mesh = jax.make_mesh((2,), ("rows",), axis_types=(AxisType.Auto,))
for drive in (sequential, hoisted, chunked):
    def gradient(params, xs, lengths):
        return jax.grad(lambda p: jnp.sum(drive(cell, p, xs, lengths)[1] ** 2))(params)

    split = jax.shard_map(
        lambda *args: jax.lax.psum(gradient(*args), "rows"),
        mesh=mesh, in_specs=(P(), P(None, "rows"), P("rows")), out_specs=P(), check_vma=False,
    )
    got, want = jax.jit(split)(params, xs, lengths), jax.jit(gradient)(params, xs, lengths)
    for name in want:
        difference = jnp.abs(got[name] - want[name]).max()
        assert difference < 2e-6, (drive.__name__, name, difference)
print("equal")
"""


def test_shard_map_over_the_batch_equals_one_device() -> None:
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "equal"
