"""The batch split over two devices gives what one device gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqjax.drivers.native.compiler import compiler

PROGRAM = """
import sys
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import AxisType, PartitionSpec as P
from seqjax.cells import CELLS, lstm
from seqjax.drivers import DRIVERS
sys.path += ["tests/contracts", "tests/toys"]
from instruments import made
from layer_cases import LAYERS, inputs, parameters

mesh = jax.make_mesh((2,), ("rows",), axis_types=(AxisType.Auto,))
xs = np.random.default_rng(1).normal(size=(6, 4, 3)).astype("float32")
lengths = np.array([6, 0, 3, 2])
resets = np.zeros((6, 4), bool)
resets[2, 0] = True

def gradient(walk):
    return lambda params, *args: jax.grad(lambda p: jnp.sum(walk(p, *args) ** 2))(params)

def compare(what, walk, params, xs, want, checks=(True,)):
    for check in checks:  # with it, what every device has gets the gradient of all of them
        split = jax.shard_map(
            gradient(walk) if check else lambda *args: jax.lax.psum(gradient(walk)(*args), "rows"),
            mesh=mesh, in_specs=(P(), P(None, "rows"), P("rows"), P(None, "rows")), out_specs=P(),
            check_vma=check,
        )
        got = jax.device_get(jax.jit(split)(params, xs, lengths, resets))
        for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
            difference = np.abs(a - b).max() / np.maximum(1, np.abs(b).max())
            assert difference < 2e-6, (what, check, difference)

walked = set()
for cell in (lstm(4), CELLS["min_gru"](4)):
    params = jax.tree.map(np.float32, made(cell, 3, 0.5))
    def walk(drive):
        return lambda *args: drive(cell, *args[:3], resets=args[3]).hs
    one = jax.jit(gradient(walk(DRIVERS["sequential"])))(params, xs, lengths, resets)
    for name, drive in DRIVERS.items():
        if name in ("auto", "fused") or drive.unsupported(cell, None):
            continue
        checks = (True,) if name in walked else (False, True)
        compare((cell.name, name), walk(drive), params, xs, jax.device_get(one), checks)
        walked.add(name)
print("drivers:", *sorted(walked))
for name in ("stack", "bidirectional", "residual", "tied"):
    layer, params, xs = LAYERS[name][0], parameters(name), inputs(name, 6, 4)
    walk = lambda p, xs, lengths, resets: layer.apply(p, xs, lengths)[1]
    one = jax.jit(gradient(walk))(params, xs, lengths, resets)
    compare(name, walk, params, xs, jax.device_get(one))
print("layers are equal")
"""
STEP = """
from jax.sharding import NamedSharding, PartitionSpec as P
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.adaptation import Adaptation
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer
from seqjax.training.step import begin, train_step

config = LanguageModelConfig(cell="rnn", hidden=4, driver="sequential", activation_penalty=1.0)
model, draw = language_model(config, 9), np.random.default_rng(0)
words = draw.integers(0, 9, (2, 17, 8))
real = np.zeros((17, 8), np.float32)
real[:, :4], real[:2, 4:] = 1, 1  # 68 words on one device, 8 on the other
batch = {"inputs": words[0], "targets": words[1], "weights": real}
split = jax.device_put(batch, NamedSharding(mesh, P(None, "rows")))
assert len(split["weights"].sharding.device_set) == 2
chain = optimizer(Optimization(optimizer="sgd", rate=1.0, clip=0.05), 1, 1)
step = train_step(model.loss, chain)
params = jax.jit(model.init)(jax.random.key(0))

def updated(batch):
    state = begin(params, chain, model.start(params, 8), key=jax.random.key(1))
    state, metrics = step(state, batch, Adaptation(1.0, False))
    assert float(metrics["loss"][1]) == 76
    return jax.device_get(state.params)

for got, want in zip(*(jax.tree.leaves(updated(each)) for each in (split, batch)), strict=True):
    assert np.abs(got - want).max() < 2e-6
print("steps are equal")
"""


@pytest.fixture(scope="module")
def said() -> list[str]:
    """The lines of both programs, run one after the other in a process with two devices."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + STEP], env=environment, cwd=root, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_shard_map_over_the_batch_equals_one_device(said: list[str]) -> None:
    drivers = {"associative", "chunked", "hoisted", "native", "newton", "sequential"}
    if compiler() is None:
        drivers -= {"native"}
    assert said[:2] == [f"drivers: {' '.join(sorted(drivers))}", "layers are equal"]


def test_a_step_on_unequal_shares_of_a_batch_equals_one_device(said: list[str]) -> None:
    """The loss is a mean over the words of all devices, not of each device's mean."""
    assert said[2] == "steps are equal"
