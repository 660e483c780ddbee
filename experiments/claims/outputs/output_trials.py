"""Output layers over large vocabularies: what an update costs, and what is learned meanwhile.

The cost is that of word vectors, whose tables change in place, a few rows at a time. Networks are
trained by gradients of all their parameters, which Adam walks through whatever the output layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.claims.claim import Results
from experiments.claims.outputs.zipf_text import entropy, language, pairs
from experiments.claims.shared.learning_curves import at, learning_curve, update_seconds
from experiments.claims.shared.timing import fastest
from experiments.claims.shared.updates import adam
from seqjax.basics.types import Array, Params, Tree
from seqjax.layers import embedding
from seqjax.models.heads import Head, adaptive, sampled, softmax
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig

VOCABULARIES = (1_000, 5_000, 20_000, 100_000)
OUTPUTS = ("softmax", "hierarchical", "negative")
"""Of word vectors, whose cost is measured."""
WORDS, CHUNK, SIZE = 512, 128, 32
"""Of the text that is timed, of one update, and numbers of a vector."""
SAMPLES, SCALE = 100, 0.05
"""Candidates of the sampled softmax; U(-SCALE, SCALE) begins the output weights."""
LEARNED, FEATURES, BATCH, FULL_UPDATES, POINTS = 10_000, 32, 512, 120, 4
"""Of the training: vocabulary, width, rows, updates of the full softmax, points of a curve."""
RATE = 1e-2
"""Of Adam at first; it falls to 0 on a straight line."""
MOST = 2000
"""Updates at most, however cheap they are."""
NAMES = ("full", "adaptive", "sampled")
"""Output layers of a language model, which are trained."""


def head(name: str, vocabulary: int) -> Head:
    """The output layer of that name; ``adaptive`` has two clusters, narrower by 4 and by 16."""
    if name == "adaptive":
        return adaptive(vocabulary, [vocabulary // 20, vocabulary // 4])
    if name == "sampled":
        return sampled(vocabulary, SCALE, SAMPLES)
    return softmax(vocabulary, SCALE)


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds by vocabulary, and learning curves of as much time."""
    cost: dict[str, list[float]] = {output: [] for output in OUTPUTS}
    for vocabulary in VOCABULARIES:
        say(f"cost of {vocabulary:,} words")
        for output in OUTPUTS:
            cost[output].append(update_cost(output, vocabulary))
    return {
        "seeds": list(seeds),
        "cost": cost,
        "entropy": entropy(language(LEARNED)),
        "trained": _trained(seeds, say),
    }


def update_cost(output: str, vocabulary: int) -> float:
    """Seconds of a pass of skip-gram over WORDS words, whose tables change in place."""
    counts = 1 + 1_000_000 // (1 + np.arange(vocabulary))
    config = VectorsConfig(output=output, size=SIZE, dynamic=False, chunk=CHUNK)
    objective = build(config, counts)
    draw = np.random.default_rng(0)
    ids = draw.choice(vocabulary, WORDS, p=counts / counts.sum())
    radii = jnp.full(WORDS, config.window, jnp.int32)
    batch = {
        "ids": jnp.asarray(ids, jnp.int32), "left": radii, "right": radii,
        "count": jnp.asarray(WORDS),
    }  # fmt: skip
    update = jax.jit(objective.update, donate_argnums=0)
    tables = [objective.init(jax.random.key(0))]

    def run() -> Array:
        tables[0], loss, _ = update(tables[0], batch, jnp.full(2, 0.025), jax.random.key(1))
        return loss

    return fastest(run, rounds=3)


def _trained(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Of each layer as many updates as the full softmax has time for FULL_UPDATES."""
    made = language(LEARNED)
    train, held_out = pairs(made, 400_000, seed=1), jnp.asarray(pairs(made, 4096, seed=2))
    embed = embedding(LEARNED, FEATURES)
    found: dict[str, Any] = {}
    for name in NAMES:
        layer = head(name, LEARNED)

        def init(key: Array, layer: Head = layer) -> Params:
            first, second = jax.random.split(key)
            return {"embed": embed.init(first, LEARNED), "head": layer.init(second, FEATURES)}

        def states(params: Params, words: Array) -> Array:
            return embed.apply(params["embed"], words[None])[1]

        def loss(params: Params, rows: Tree, key: Array, layer: Head = layer) -> Array:
            hs, weights = states(params, rows[:, 0]), jnp.ones((1, len(rows)))
            nats, count = layer.total(params["head"], hs, rows[None, :, 1], weights, key=key)
            return nats / count

        def evaluate(params: Params, layer: Head = layer) -> Array:
            hs = states(params, held_out[:, 0])
            return layer.elements(params["head"], hs, held_out[None, :, 1]).mean()

        seconds = update_seconds(
            init, loss, train, batch=BATCH, optimizer=adam(RATE), updates=5, repeats=3
        )
        budget = FULL_UPDATES * (found["full"]["seconds"] if found else seconds)
        every = int(np.clip(budget / seconds, FULL_UPDATES / 4, MOST)) // POINTS
        _, values = learning_curve(
            init,
            loss,
            evaluate,
            train,
            seeds=seeds,
            points=POINTS,
            every=every,
            batch=BATCH,
            optimizer=adam(optax.linear_schedule(RATE, 0, every * POINTS)),
            say=say,
            name=f"{name} softmax",
        )
        found[name] = {"seconds": seconds, "every": every, "curves": values.tolist()}
    return found


def at_equal_time(results: Results) -> dict[str, list[float]]:
    """Nats a word by seed when the full softmax has had all its updates."""
    trained = results["trained"]
    full = trained["full"]
    budget = full["every"] * len(full["curves"][0]) * full["seconds"]
    return {
        name: [at(curve, part["every"], budget / part["seconds"]) for curve in part["curves"]]
        for name, part in trained.items()
    }
