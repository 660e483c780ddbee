"""What a benchmark measures besides rows, by name: each makes jobs."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from experiments import language_model_speed
from experiments.benchmark.compiled import compile_jobs, memory_jobs
from experiments.benchmark.log import MEASURED, Job, Line
from experiments.benchmark.measure import measure, summary
from seqjax import decoding
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig

WORDS, LAYERS, HIDDEN = 10_000, 2, 650
STEPS = 100
"""Tokens drawn for each row."""
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
        found = decoding.sample(
            step, carry, first, steps=steps, choose=decoding.choose, key=key
        )  # fmt: skip
        return found.tokens

    def run() -> object:
        return draw(params, first, jax.random.key(1)).block_until_ready()

    times, failed = measure({"": run}, seconds)
    if failed:
        raise RuntimeError(failed[""])
    found, tokens = summary(times[""]), batch * steps
    head: Line = {"status": MEASURED, "note": "", "batch": batch, "words": words, "hidden": hidden}
    return [
        head
        | {
            "tokens_per_second": tokens / found.median,
            "tokens_per_second_p10": tokens / found.high,
            "tokens_per_second_p90": tokens / found.low,
            "microseconds_per_step": 1e6 * found.median / steps,
        }
    ]


def language_model_jobs(seconds: float, threads: int) -> list[Job]:
    """Training tokens/s of whole language models, beside plain torch."""
    settings = {"seconds": 10 * seconds}
    return [
        Job("language_model", name, settings,
            functools.partial(trained, name, 10 * seconds, threads))
        for name in language_model_speed.SHAPES
    ]  # fmt: skip


def trained(name: str, seconds: float, threads: int) -> list[Line]:
    """A line for each library."""
    config = language_model_speed.SpeedConfig(seconds=seconds)
    found = language_model_speed.compare(name, config, threads)
    return [
        {"status": MEASURED, "note": "", "model": name, "library": library, **side._asdict()}
        for library, side in found.items()
    ]


EXTRAS: dict[str, Callable[[float, int], list[Job]]] = {
    "sampling": sampling_jobs,
    "compile": compile_jobs,
    "memory": memory_jobs,
    "language_model": language_model_jobs,
}
