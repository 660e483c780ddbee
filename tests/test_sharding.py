"""The batch split over two devices gives what one device gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
print("gradients are equal")
"""
STEP = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
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
mesh = jax.make_mesh((2,), ("rows",), axis_types=(AxisType.Auto,))
split = jax.device_put(batch, NamedSharding(mesh, P(None, "rows")))
assert len(split["weights"].sharding.device_set) == 2
chain = optimizer(Optimization(optimizer="sgd", rate=1.0, clip=0.05), 1, 1)
step = train_step(model.loss, chain)
params = model.init(jax.random.key(0))

def updated(batch):
    state = begin(params, chain, model.start(params, 8), key=jax.random.key(1))
    state, metrics = step(state, batch, Adaptation(1.0, False))
    assert float(metrics["loss"][1]) == 76
    return state.params

for got, want in zip(*(jax.tree.leaves(updated(each)) for each in (split, batch)), strict=True):
    assert jnp.abs(got - want).max() < 2e-6
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
    assert said[0] == "gradients are equal"


def test_a_step_on_unequal_shares_of_a_batch_equals_one_device(said: list[str]) -> None:
    """The loss is a mean over the words of all devices, not of each device's mean."""
    assert said[1] == "steps are equal"
