"""Language models of words and of characters on one text, in bits of the same characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from experiments.claims.cells.character_task import windows
from experiments.claims.cells.small_task import parameters, width_of
from experiments.claims.outputs.spelled_text import Corpus, corpus, shown, spelling_nats, streams
from experiments.claims.shared.learning_curves import learning_curve, update_seconds
from experiments.claims.shared.updates import adam
from seqjax.basics.types import Array, Layer, Params, Tree
from seqjax.cells import lstm
from seqjax.data import EOS
from seqjax.layers import dense, embedding, recurrent, stack
from seqjax.models.ngram import ngram
from seqjax.objectives import bits, cross_entropy

EPOCHS, BATCH, RATE = 4, 32, 1e-2
GRAM = 5
"""Characters of a gram of the baseline that counts."""


class Level(NamedTuple):
    """How a text is cut, and the widths of its network."""

    train: np.ndarray
    """ids of the training text"""
    test: np.ndarray
    first: int
    """the id that every stream begins after"""
    vocabulary: int
    context: int
    """ids that a row predicts: both levels see as many characters, nearly"""
    features: int
    hidden: int


def network(level: Level, driver: str) -> Layer:
    """ids -> embedding -> LSTM -> logits."""
    return stack(
        [
            embedding(level.vocabulary, level.features),
            recurrent(lstm(level.hidden), driver),
            dense(level.vocabulary),
        ]
    )


def levels(made: Corpus) -> dict[str, Level]:
    """Words, and characters with as nearly as many parameters as their width allows."""
    words, characters = made.words, made.characters
    end = int(words.encode([EOS])[0])
    level = Level(words.encode(made.train), words.encode(made.test), end, len(words), 16, 24, 32)
    budget = parameters(network(level, "sequential"), len(words))
    train, test = (characters.encode(list(shown(part))) for part in (made.train, made.test))
    space = int(characters.encode([" "])[0])
    spelled = Level(train, test, space, len(characters), 80, 16, 1)
    hidden = width_of(
        lambda h: parameters(network(spelled._replace(hidden=h), "sequential"), len(characters)),
        budget,
    )
    return {"words": level, "characters": spelled._replace(hidden=hidden)}


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Bits per character by seed, what of it is spelling, and time per character."""
    made = corpus()
    count = len(shown(made.test))
    spelling = bits(spelling_nats(made, made.test)) / count
    unknown = [word for word in made.test if word not in made.words]
    found: dict[str, Any] = {"seeds": list(seeds), "characters": count, "levels": {}}
    for name, level in levels(made).items():
        found["levels"][name] = _trained(name, level, count, made, seeds, say)
    say("counts of characters")
    spelled = levels(made)["characters"]
    counted = ngram(spelled.train, spelled.vocabulary, GRAM).nats(spelled.test).sum()
    return found | {
        "spelling": spelling,
        "unknown": len(unknown) / len(made.test),
        "unknown_characters": len(shown(unknown)) / count,
        "counted": bits(counted) / count,
    }


def _trained(
    name: str,
    level: Level,
    count: int,
    made: Corpus,
    seeds: Sequence[int],
    say: Callable[[str], None],
) -> dict[str, Any]:
    rows = windows(level.train, level.context)
    updates = EPOCHS * len(rows) // BATCH
    walk = network(level, "sequential")
    inputs, targets = streams(level.test, level.first)

    def evaluate(params: Params) -> Array:
        _, logits = walk.apply(params, jnp.asarray(inputs))
        return bits(1.0) * cross_entropy(logits, jnp.asarray(targets)).sum()

    _, values = learning_curve(
        lambda key: walk.init(key, level.vocabulary),
        lambda params, batch, key: loss(walk, params, batch),
        evaluate,
        rows,
        seeds=seeds,
        points=2,
        every=updates // 2,
        batch=BATCH,
        optimizer=adam(RATE),
        say=say,
        name=f"bits of {name}",
    )
    quick = network(level, "auto")
    seconds = update_seconds(
        lambda key: quick.init(key, level.vocabulary),
        lambda params, batch, key: loss(quick, params, batch),
        rows,
        batch=BATCH,
        optimizer=adam(RATE),
        updates=4,
        repeats=3,
    )
    # Streams of equal length leave out a few ids: their share of bits is that of the others.
    scale = len(level.test) / targets.size / count
    per_id = count / len(level.test)
    return {
        "hidden": level.hidden,
        "parameters": parameters(walk, level.vocabulary),
        "bits": (values[:, -1] * scale).tolist(),
        "seconds": seconds / (BATCH * level.context * per_id),
        "updates": updates,
    }


def loss(walk: Layer, params: Params, rows: Tree) -> Array:
    """Nats an id, the mean over rows [B, T + 1]."""
    ids = jnp.asarray(rows).T
    _, logits = walk.apply(params, ids[:-1])
    return jnp.mean(cross_entropy(logits, ids[1:]))
