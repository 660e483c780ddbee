"""The averaged-embedding baseline, trained beside each recurrent classifier on the same batches."""

from __future__ import annotations

import json

import jax
import optax

from seqjax.basics.whole_file import whole_file
from seqjax.data import Source, stream
from seqjax.tasks.classification.build import build_baseline
from seqjax.tasks.classification.evaluate import outcome
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import DataSet
from seqjax.training.adaptation import Adaptation
from seqjax.training.config import Optimization
from seqjax.training.fit import Figures
from seqjax.training.step import begin, train_step

FILE = "baseline.json"
EPOCHS, PATIENCE, RATE = 30, 5, 2e-3
"""At most so many passes; so many without a smaller validation error end it; Adam's rate."""


def baseline_figures(best: Loaded, data_set: DataSet, part: str) -> Figures:
    """Figures of the baseline on a part, and its "epoch".

    They are kept in the folder of the run: a second call reads them there.
    """
    path = best.folder / FILE
    if path.exists():
        cached: Figures = json.loads(path.read_text(encoding="utf-8"))
        return cached
    figures = fit_baseline(best.record, data_set, part)
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return figures


def fit_baseline(record: Record, data_set: DataSet, part: str) -> Figures:
    """Trains with Adam; tests the parameters with the smallest validation error.

    Loss in nats an example, error and accuracy as shares, macro F1, and the "epoch" of these
    parameters. The same seed and data give the same figures.
    """
    model, parts = build_baseline(record, data_set.vocabularies), data_set.parts
    train: Source = parts["train"].source
    seed, init, chain = record["config"]["seed"], model.init, optax.adam(RATE)
    if data_set.pretrained is not None:
        optimization = of_record(Optimization, record)
        init = data_set.pretrained.init(init)
        chain = data_set.pretrained.adjust(optimization, len(train))(chain)
    init_key, noise_key = jax.random.split(jax.random.key(seed))
    step, adaptation = train_step(model.loss, chain), Adaptation(1.0, False)
    state = begin(init(init_key), chain, (), key=noise_key)
    batches = stream(train, seed=seed)
    lowest_error, best_epoch, params = float("inf"), 0, state.params
    for epoch in range(1, EPOCHS + 1):
        for _ in range(len(train)):
            state, _ = step(state, next(batches), adaptation)
        error = outcome(model, state.params, parts["valid"]).figures["error"]
        if error < lowest_error:
            lowest_error, best_epoch = error, epoch
            # A copy: the next step takes the buffers away.
            params = jax.tree.map(lambda array: array.copy(), state.params)
        elif epoch - best_epoch >= PATIENCE:
            break
    return {**outcome(model, params, parts[part]).figures, "epoch": best_epoch}
