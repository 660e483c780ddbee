"""Times the core against autodiff of the same cell, flax and torch.

    python -m experiments.core_speed
    python -m experiments.core_speed --cells=lstm --shapes=20x35x200 --seconds=10

A training step is the gradient of sum(y^2) with respect to weights and inputs. All rivals of a row
run by turns in one process, after compilation; figures are medians in milliseconds, and ratios are
medians of the ratios of neighbouring runs. flax and torch are left out where they are missing.
"long" compares time and temporary memory of the drivers at T = 16,384.
"""

from __future__ import annotations

import collections
import functools
import importlib.util
import os
import re
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags

from seqjax.basics.types import Cell
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS

SHAPES = ["20x35x200", "20x35x650", "64x128x512", "32x256x64", "8x1024x32", "1x512x256"]

CELLS_FLAG = flags.DEFINE_list("cells", ["lstm", "gru", "rnn"], "Which cells: lstm, gru, rnn.")
SHAPES_FLAG = flags.DEFINE_list("shapes", SHAPES, "Batch x steps x width, as in 20x35x200.")
SECONDS = flags.DEFINE_float("seconds", 6.0, "How long to measure each row.")
MODES = flags.DEFINE_list("modes", ["train", "forward", "long"], "train, forward and/or long.")
flags.register_validator(
    CELLS_FLAG, lambda names: set(names) <= {"lstm", "gru", "rnn"}, "want lstm, gru and/or rnn"
)
flags.register_validator(
    MODES,
    lambda names: set(names) <= {"train", "forward", "long"},
    "want train, forward and/or long",
)
flags.register_validator(
    SHAPES_FLAG,
    lambda shapes: all(re.fullmatch(r"[1-9]\d*(x[1-9]\d*){2}", shape) for shape in shapes),
    "want batch x steps x width, as in 20x35x200",
)

PAUSE = 0.005  # seconds; no rival was seen to spin for longer

Run = Callable[[], object]


def ours(name: str, driver: str, xs: np.ndarray, train: bool) -> Run:
    """seqjax: the named cell under the named driver."""
    cell, width = CELLS[name](xs.shape[-1]), xs.shape[-1]
    params = cell.init(jax.random.key(0), width)

    def outputs(params: dict, xs: jax.Array) -> jax.Array:
        return DRIVERS[driver](cell, params, xs)[1]

    return jitted(outputs, params, jnp.asarray(xs), train)


def jitted(outputs: Callable, params: object, xs: jax.Array, train: bool) -> Run:
    """The compiled step of a JAX network, with its arguments bound."""

    def loss(params: object, xs: jax.Array) -> jax.Array:
        return jnp.sum(outputs(params, xs) ** 2)

    step = jax.jit(jax.grad(loss, argnums=(0, 1)) if train else outputs)
    return functools.partial(settle, step, params, xs)


def flax_network(cell: str, xs: np.ndarray, train: bool) -> Run:
    """flax.linen.RNN, time first, of the named flax cell."""
    from flax import linen as nn

    net = nn.RNN(getattr(nn, cell)(xs.shape[-1]), time_major=True)
    variables = net.init(jax.random.key(0), jnp.asarray(xs))
    return jitted(net.apply, variables, jnp.asarray(xs), train)


def torch_network(module: str, xs: np.ndarray, train: bool) -> Run:
    """torch.nn's layer, time first, with as many threads as cores."""
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    net = getattr(torch.nn, module)(xs.shape[-1], xs.shape[-1])
    inputs = torch.tensor(xs, requires_grad=train)

    def forward() -> object:
        with torch.no_grad():
            return net(inputs)[0]

    def step() -> object:
        net.zero_grad(set_to_none=True)
        inputs.grad = None
        (net(inputs)[0] ** 2).sum().backward()
        return inputs.grad

    return step if train else forward


FLAX = {"lstm": ["OptimizedLSTMCell", "LSTMCell"], "gru": ["GRUCell"], "rnn": ["SimpleCell"]}
TORCH = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


def rivals(cell: str, xs: np.ndarray, train: bool) -> dict[str, Run]:
    """Everything that is timed in one row."""
    runs = {
        "hoisted": ours(cell, "hoisted", xs, train),
        "autodiff": ours(cell, "sequential", xs, train),
    }
    if importlib.util.find_spec("flax"):
        runs |= {f"flax {name}": flax_network(name, xs, train) for name in FLAX[cell]}
    if importlib.util.find_spec("torch"):
        runs["torch"] = torch_network(TORCH[cell], xs, train)
    return runs


def measure(runs: dict[str, Run], seconds: float) -> dict[str, np.ndarray]:
    """Milliseconds of each run, taken by turns; the first calls (compilation) are not counted.

    Before each run there is a pause: threads of another library spin for a while after its work is
    done, and would be counted against the next one.
    """
    for run in runs.values():
        run()
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["hoisted"]) < 7:
        for name, run in runs.items():
            time.sleep(PAUSE)
            begin = time.perf_counter()
            run()
            times[name].append(1e3 * (time.perf_counter() - begin))
    return {name: np.array(values) for name, values in times.items()}


def line(times: dict[str, np.ndarray]) -> tuple[str, dict[str, float]]:
    """The cells of a row, and the ratios by rival; of several flax cells the fastest counts."""
    flax = [name for name in times if name.startswith("flax")]
    slow = [name for name in flax if name != min(flax, key=lambda n: np.median(times[n]))]
    shown = {("flax" if n in flax else n): t for n, t in times.items() if n not in slow}
    ratios = {n: float(np.median(t / shown["hoisted"])) for n, t in shown.items()}
    cells = [f"{np.median(t):9.2f}" for t in shown.values()]
    cells += [f"{ratios[n]:8.2f}x" for n in shown if n != "hoisted"]
    return " ".join(cells), ratios


def compare(mode: str) -> None:
    """Prints the table of one mode."""
    totals: dict[str, list[float]] = collections.defaultdict(list)
    for cell in CELLS_FLAG.value:
        for shape in SHAPES_FLAG.value:
            batch, steps, width = map(int, shape.split("x"))
            xs = np.random.default_rng(0).normal(size=(steps, batch, width)).astype(np.float32)
            times = measure(rivals(cell, xs, mode == "train"), SECONDS.value)
            text, ratios = line(times)
            if not totals:
                names = [f"{n:>9}" for n in ratios]
                names += [f"{n[:8]:>9}" for n in ratios if n != "hoisted"]
                print(f"\n{mode}, ms, and ratios to hoisted\n{'cell':5}{'shape':>13}", *names)
            print(f"{cell:5}{shape:>13} {text}", flush=True)
            for name, ratio in ratios.items():
                totals[name].append(ratio)
    print("median ratio:", {n: round(float(np.median(v)), 2) for n, v in totals.items()})


def long() -> None:
    """Prints time and memory of a gradient for the weights at T = 16,384, B = 8, H = 64."""
    print(f"\nlong\n{'cell':5}{'driver':>12}{'ms':>10}{'to sequential':>15}{'MiB':>9}")
    for cell in CELLS_FLAG.value:
        runs: dict[str, Run] = {}
        memory = {}
        for driver in ("sequential", "hoisted", "chunked"):
            network = CELLS[cell](64)
            params, xs = network.init(jax.random.key(0), 64), jnp.ones((16384, 8, 64))

            def loss(params: dict, xs: jax.Array, drive: Callable, network: Cell) -> jax.Array:
                return jnp.sum(network.read(drive(network, params, xs)[0]) ** 2)

            step = jax.jit(jax.grad(loss), static_argnums=(2, 3))
            compiled = step.lower(params, xs, DRIVERS[driver], network).compile()
            analysis = compiled.memory_analysis()
            memory[driver] = analysis.temp_size_in_bytes / 2**20 if analysis else float("nan")
            runs[driver] = functools.partial(settle, compiled, params, xs)
        times = measure(runs, SECONDS.value)
        for driver, t in times.items():
            ratio = np.median(t / times["sequential"])
            shown = f"{np.median(t):10.1f}{ratio:14.2f}x{memory[driver]:9.1f}"
            print(f"{cell:5}{driver:>12}{shown}", flush=True)


def settle(step: Callable, *args: object) -> object:
    """The results of ``step``, when they are there."""
    return jax.block_until_ready(step(*args))


def main(argv: list[str]) -> None:
    """Prints a table for each mode."""
    del argv
    print(f"{jax.devices()[0].device_kind}, {os.cpu_count()} cores, jax {jax.__version__}")
    for mode in MODES.value:
        long() if mode == "long" else compare(mode)


if __name__ == "__main__":
    app.run(main)
