"""A whole task in one file: whether a row of bits has an odd number of ones."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.cells import rnn
from seqjax.data import read as read_text
from seqjax.data.buckets import buckets
from seqjax.layers import dense, recurrent
from seqjax.objectives import cross_entropy
from seqjax.tasks import DataSet, Part, Task
from seqjax.tasks.settings import RunConfig, of_record
from seqjax.training.config import Optimization
from seqjax.training.evaluate import evaluate


@dataclasses.dataclass(frozen=True)
class ParityConfig:
    """The data and the network."""

    longest: int = option(6, "bits of a row at most")
    hidden: int = option(8, "units of the layer")
    batch: int = option(16, "rows of a batch")


class Parity(NamedTuple):
    bits: str
    odd: bool


class ParityModel(NamedTuple):
    init: Any
    loss: Any
    evaluate: Any
    predict: Any


def check(run: RunConfig, config: ParityConfig, optimization: Optimization) -> None:
    checks.positive("longest", config.longest)


def part(record: dict, rows: list[str]) -> Part:
    examples = [
        {"bits": np.array([*map(int, row)])[:, None], "odd": row.count("1") % 2} for row in rows
    ]
    return Part(buckets(examples, record["config"]["batch"], sides={"": ("bits",)}, shapes=1), rows)


def read(run: RunConfig, config: ParityConfig, optimization: Optimization) -> DataSet:
    draw, record = np.random.default_rng(run.seed), {"config": dataclasses.asdict(config)}
    lengths = {
        part: draw.integers(1, config.longest + 1, n) for part, n in (("train", 64), ("valid", 16))
    }
    rows = {
        p: ["".join(map(str, draw.integers(0, 2, n))) for n in many] for p, many in lengths.items()
    }
    parts = {name: part(record, each) for name, each in rows.items()}
    return DataSet(parts, {}, {"name": "bits"}, amount=64, unit="rows", about="64 rows of bits")


def build(record: Any, vocabularies: Any) -> ParityModel:
    layer, output = recurrent(rnn(of_record(ParityConfig, record).hidden)), dense(2)

    def init(key):
        return {"layer": layer.init(key, 1), "output": output.init(key, layer.width(1))}

    def logits(params, batch):
        xs = jnp.asarray(batch["bits"], jnp.float32)
        carry, _ = layer.apply(params["layer"], xs, batch["lengths"])
        return output.apply(params["output"], carry[None])[1][0]

    def metrics(params, batch):
        found = logits(params, batch)
        return {
            "loss": (cross_entropy(found, batch["odd"]) * batch["rows"], batch["rows"]),
            "error": ((found.argmax(-1) != batch["odd"]) * batch["rows"], batch["rows"]),
        }

    def loss(params, carry, batch, *, key):
        sums = {k: (v.sum(), w.sum()) for k, (v, w) in metrics(params, batch).items()}
        total, count = sums["loss"]
        return total / count, (carry, sums)

    return ParityModel(
        init, loss, lambda params, carry, batch: (carry, metrics(params, batch)), logits
    )


def predict(loaded: Any, inputs: Any, options: Any) -> list[Parity]:
    checks.positive("inputs", len(inputs))
    found = {}
    for batch in part(loaded.record, list(inputs)).source:
        odd = np.asarray(loaded.model.predict(loaded.params, batch)).argmax(-1)
        found |= {n: bool(odd[row]) for row, n in enumerate(batch["index"]) if n >= 0}
    return [Parity(bits, found[n]) for n, bits in enumerate(inputs)]


@dataclasses.dataclass(frozen=True)
class NoOptions:
    """Nothing to be told."""


TASK = Task(
    name="parity",
    about="whether a row of bits has an odd number of ones",
    configs=(RunConfig, ParityConfig, Optimization),
    check=check,
    read=read,
    build=build,
    describe=lambda record, vocabularies: "bits -> 1 layer of rnn -> odd or even",
    evaluate=lambda run, part: evaluate(jax.jit(run.model.evaluate), run.params, (), part.source),
    report=lambda best, data_set, part, figures: f"loss {figures['loss']:.3f}",
    open=lambda run, files: part(
        run.record, [bits for f in files for bits in read_text(f).split()]
    ),
    options=NoOptions,
    predict=predict,
    inputs=lambda run, texts, files, options: texts,
    show=lambda answer, options: f"{answer.bits} {'odd' if answer.odd else 'even'}",
)
