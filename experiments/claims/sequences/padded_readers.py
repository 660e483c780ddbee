"""Readers of padded reviews that are told where each ends, or are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.claim import Results, Text
from experiments.claims.sequences.sentences import for_each_seed, padded, vocabulary_of
from experiments.claims.shared.population import trained
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells import CELLS
from seqjax.data.builtin.reviews import reviews
from seqjax.layers import dense, embedding, recurrent
from seqjax.layers.pooling import pooling
from seqjax.objectives.classification import softmax_loss

NETWORKS = ("rnn", "gru")
WAYS = {
    "lengths": Text("with lengths", "길이를 줌"),
    "none": Text("without lengths", "길이를 주지 않음"),
}
PADDINGS = (16, 40, 160)
"""Steps that a batch is padded to, T: a sentence alone, as in training, beside a long one."""
TRAINED = 40
WIDTH, HIDDEN, UPDATES, BATCH = 16, 24, 800, 32


def reader(cell: str, vocabulary: int, *, told: bool) -> tuple[Any, Callable[..., Array]]:
    """(init, logits of the last state); with ``told`` that of each row's end, else that of step T.

    Padding, id 0, is a vector of zeros.
    """
    embed, head, pool = embedding(vocabulary, WIDTH), dense(2), pooling("last")
    body = recurrent(CELLS[cell](HIDDEN))

    def init(key: Array) -> Params:
        keys = jax.random.split(key, 3)
        return {
            "words": embed.init(keys[0], vocabulary),
            "body": body.init(keys[1], WIDTH),
            "head": head.init(keys[2], HIDDEN),
        }

    def logits(params: Params, words: Array, lengths: Array) -> Array:
        xs = embed.apply(params["words"], words)[1] * (words > 0)[..., None]
        _, hs = body.apply(params["body"], xs, lengths if told else None)
        last = pool.apply({}, hs, lengths) if told else hs[-1]
        scores: Array = head.apply(params["head"], last[None])[1][0]
        return scores

    return init, logits


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy [seeds][paddings], and the share of answers that padding changes [seeds]."""
    train, test = reviews(3000, seed=0), reviews(500, seed=1, part="test")
    vocabulary = vocabulary_of(review.words for review in train)
    classes = np.array([review.positive for review in test])
    data = padded([review.words for review in train], vocabulary, TRAINED)
    data["classes"] = np.array([review.positive for review in train], np.int32)
    accuracy, changed = {}, {}
    for cell in NETWORKS:
        for way in WAYS:
            init, logits = reader(cell, len(vocabulary), told=way == "lengths")

            def loss(params: Params, batch: Tree, key: Array, logits: Any = logits) -> Array:
                scores = logits(params, batch["words"].T, batch["lengths"])
                return softmax_loss(scores, batch["classes"]).mean()

            params = trained(
                init, loss, data, seeds=seeds, steps=UPDATES, batch=BATCH, say=say,
                name=f"{cell}, {way}",
            )  # fmt: skip
            answers = {}
            for steps in PADDINGS:
                held_out = padded([review.words for review in test], vocabulary, steps)
                words, lengths = jnp.asarray(held_out["words"].T), held_out["lengths"]

                def answer(p: Params, f: Any = logits, w: Any = words, n: Any = lengths) -> Array:
                    scores: Array = f(p, w, jnp.asarray(n))
                    return scores.argmax(-1)

                answers[steps] = for_each_seed(answer, params)
            right = np.stack([answers[steps] == classes for steps in PADDINGS])
            moved = np.any([answers[steps] != answers[TRAINED] for steps in PADDINGS], 0)
            accuracy[f"{cell} {way}"] = right.mean(-1).T.tolist()
            changed[f"{cell} {way}"] = moved.mean(-1).tolist()
    return {"paddings": list(PADDINGS), "accuracy": accuracy, "changed": changed}
