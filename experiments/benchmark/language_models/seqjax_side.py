"""A language model in seqjax, trained with the library's own batches, step and optimizer."""

from __future__ import annotations

import time

import jax
import numpy as np

from experiments.benchmark.language_models.setup import Setup, Training
from seqjax.basics.types import Params
from seqjax.data import stream, windows
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.adaptation import Adaptation
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer
from seqjax.training.step import begin, train_step


def seqjax_training(setup: Setup, ids: np.ndarray) -> tuple[Training, Params]:
    """seqjax's side on a text of ``ids`` [N], and the parameters it begins with, in NumPy."""
    config = LanguageModelConfig(
        layers=setup.layers, hidden=setup.hidden, dropout=setup.dropout, init="uniform",
        scale=setup.scale, loss_per="row",
    )  # fmt: skip
    model = language_model(config, setup.words)
    chain = optimizer(Optimization(optimizer="sgd", rate=setup.rate, clip=setup.clip), 1, 1)
    params = model.init(jax.random.key(0))
    first_params = jax.tree.map(np.asarray, params)
    carry, source = model.start(params, setup.batch), windows(ids, setup.batch, setup.window)
    _, (_, metrics) = jax.jit(model.loss)(params, carry, source[0])
    total, count = metrics["loss"]
    state = begin(params, chain, carry, key=jax.random.key(1))
    step, batches, unchanged = train_step(model.loss, chain), stream(source), Adaptation(1.0, False)

    def turn(steps: int) -> float:
        nonlocal state
        waited = 0.0
        for _ in range(steps):
            start = time.perf_counter()
            batch = next(batches)
            waited += time.perf_counter() - start
            state, metrics = step(state, batch, unchanged)
        jax.block_until_ready((state, metrics))
        return waited

    return Training(turn, float(total) / float(count)), first_params
