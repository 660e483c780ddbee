"""How likely sentences are, by counts of words and by small recurrent language models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from experiments.claims.sequences.sentences import for_each_seed, padded, time_first
from experiments.claims.shared.population import trained
from seqjax.basics.types import Array, Params
from seqjax.data.vocabulary import BOS, EOS, Vocabulary
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.models.ngram import ngram

BOS_EOS = (BOS, EOS)
STEPS, BATCH = 600, 64

Sentences = Sequence[Sequence[str]]


def arrays(sentences: Sentences, vocabulary: Vocabulary) -> dict[str, Any]:
    """Rows first: inputs and targets int32 [N, T], one step apart, weights [N, T]: 0 in padding."""
    framed = padded([(BOS, *words, EOS) for words in sentences], vocabulary)
    ids = framed["words"]
    real = np.arange(ids.shape[1] - 1) < framed["lengths"][:, None] - 1
    return {"inputs": ids[:, :-1], "targets": ids[:, 1:], "weights": real.astype(np.float32)}


def ngram_nats(
    train: Sentences, sentences: Sentences, vocabulary: Vocabulary, order: int
) -> np.ndarray:
    """-log p of each of N sentences, [N], by counts of up to ``order`` words in a row."""
    text = [word for words in train for word in (BOS, *words, EOS)]
    model = ngram(vocabulary.encode(text), len(vocabulary), order)
    begin = vocabulary.encode([BOS])
    return np.array(
        [model.nats(vocabulary.encode([*words, EOS]), begin).sum() for words in sentences]
    )


def nats_of_networks(
    cell: str,
    train: Sentences,
    sentences: Sentences,
    vocabulary: Vocabulary,
    *,
    seeds: Sequence[int],
    say: Callable[[str], None],
    steps: int = STEPS,
) -> np.ndarray:
    """-log p of each of N sentences, [S, N], by a network trained from each seed."""
    config = LanguageModelConfig(cell=cell, hidden=48, embedding=32)
    model = language_model(config, len(vocabulary))
    names = ("inputs", "targets", "weights")

    def loss(params: Params, batch: Any, key: Array) -> Array:
        carry = model.start(params, len(batch["inputs"]))
        value: Array = model.loss(params, carry, time_first(batch, *names))[0]
        return value

    params = trained(
        model.init, loss, arrays(train, vocabulary), seeds=seeds, steps=steps, batch=BATCH, say=say,
        name=cell,
    )  # fmt: skip
    test = time_first(arrays(sentences, vocabulary), *names)

    def nats(params: Params) -> Array:
        carry = model.start(params, len(sentences))
        elements, weights = model.evaluate(params, carry, test)[1]["loss"]
        return jnp.where(weights > 0, elements, 0).sum(0)

    return np.asarray(for_each_seed(nats, params))
