"""What a benchmark measures besides rows, by name: each makes jobs."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from experiments.benchmark.compilation import compile_jobs, memory_jobs
from experiments.benchmark.language_models.compare import compare
from experiments.benchmark.language_models.setup import SETUPS
from experiments.benchmark.log import MEASURED, Job, Line
from experiments.benchmark.measure import measure, summary
from seqjax import decoding
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig

WORDS, LAYERS, HIDDEN = 10_000, 2, 650
STEPS = 100
"""Tokens drawn for each text."""
BATCHES = (1, 64)


def sampling_jobs(seconds: float, threads: int) -> list[Job]:
    """Tokens/s that a language model writes, one text at a time and many."""
    settings = {"words": WORDS, "layers": LAYERS, "hidden": HIDDEN, "seconds": seconds}
    return [
        Job("sampling", f"batch {batch}", settings, functools.partial(sampling, batch, seconds))
        for batch in BATCHES
    ]


def sampling(
    batch: int, seconds: float, words: int = WORDS, hidden: int = HIDDEN, steps: int = STEPS
) -> list[Line]:
    """Draws ``steps`` tokens in each of ``batch`` texts at temperature 1, again and again."""
    model = language_model(LanguageModelConfig(layers=LAYERS, hidden=hidden), words)
    params = model.init(jax.random.key(0))
    first = jnp.zeros(batch, jnp.int32)

    @jax.jit
    def draw(params: dict, first: jax.Array, key: jax.Array) -> jax.Array:
        step = functools.partial(model.step, params)
        carry = model.start(params, batch)
        sampled = decoding.sample(
            step, carry, first, steps=steps, choose=decoding.choose, key=key
        )  # fmt: skip
        return sampled.tokens

    def run() -> object:
        return draw(params, first, jax.random.key(1)).block_until_ready()

    times, failed = measure({"": run}, seconds)
    if failed:
        raise RuntimeError(failed[""])
    taken, tokens = summary(times[""]), batch * steps
    head: Line = {"status": MEASURED, "note": "", "batch": batch, "words": words, "hidden": hidden}
    return [
        head
        | {
            "tokens_per_second": tokens / taken.median,
            "tokens_per_second_p10": tokens / taken.p90,
            "tokens_per_second_p90": tokens / taken.p10,
            "microseconds_per_step": 1e6 * taken.median / steps,
        }
    ]


def language_model_jobs(seconds: float, threads: int) -> list[Job]:
    """Training tokens/s of whole language models, beside plain torch."""
    settings = {"seconds": 10 * seconds}
    return [
        Job("language_model", name, settings,
            functools.partial(training, name, 10 * seconds, threads))
        for name in SETUPS
    ]  # fmt: skip


def training(name: str, seconds: float, threads: int) -> list[Line]:
    """A line for each library."""
    speeds = compare(SETUPS[name], seconds, threads)
    return [
        {"status": MEASURED, "note": "", "model": name, "library": library, **speed._asdict()}
        for library, speed in speeds.items()
    ]


EXTRAS: dict[str, Callable[[float, int], list[Job]]] = {
    "sampling": sampling_jobs,
    "compile": compile_jobs,
    "memory": memory_jobs,
    "language_model": language_model_jobs,
}
