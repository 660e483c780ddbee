"""Taggers: a tag for each word of a sentence, many-to-many of equal length."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dropout, embedding
from seqjax.models import tag_heads
from seqjax.models.body import BodyConfig, body, cell
from seqjax.models.char_encoder import (
    CharEncoder,
    convolutional_char_encoder,
    recurrent_char_encoder,
)
from seqjax.models.door import checked
from seqjax.objectives import masked, mean
from seqjax.objectives.tag_schemes import Legal

HEADS = ("softmax", "sigmoid", "crf")
SPELLINGS = ("none", "recurrent", "convolutional")


@dataclasses.dataclass(frozen=True)
class TaggerConfig(BodyConfig):
    """Recurrent layers over words and their characters, with an output at every step."""

    hidden: int = option(100, "units of a layer, in each direction")
    bidirectional: bool = option(True, "walk each layer from both ends")
    dropout: float = option(0.5, "share of zeros in the inputs of each layer and of the output")
    embedding: int = option(100, "width of the embedding of words")
    dropout_words: float = option(0.0, "share of the words that training replaces by <unk>")
    characters: str = option("convolutional", f"how spellings are read: {', '.join(SPELLINGS)}")
    character_embedding: int = option(25, "width of the embedding of characters")
    character_hidden: int = option(
        25, "characters=recurrent: units in each direction; convolutional: half of the filters"
    )
    character_window: int = option(3, "characters=convolutional: characters that a filter sees")
    head: str = option(
        "softmax", "output: softmax (each word on its own), crf (whole sequences of tags) or"
        " sigmoid (any number of labels for each word)"
    )  # fmt: skip
    constrained: bool = option(True, "head=crf: only tags that may follow each other in --scheme")


def validate(config: TaggerConfig) -> None:
    """Checks what no tagger can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range or unknown.
    """
    checks.lookup("head", dict.fromkeys(HEADS), config.head)
    checks.lookup("characters", dict.fromkeys(SPELLINGS), config.characters)
    for name in ("embedding", "character_embedding", "character_hidden", "character_window"):
        checks.positive(name, getattr(config, name))
    checks.fraction("dropout_words", config.dropout_words)


Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]


class Tagger(NamedTuple):
    """What training, evaluation and prediction need of a tagger.

    A batch is a dict of words int [T, B] (0: unknown), lengths int [B], characters int [T, B, W]
    where spellings are read (0: none), and tags: int [T, B], or with head=sigmoid 1 and 0 for each
    label [T, B, C]. Tags below 0 are not known to the model: they are in no loss, and never right.
    """

    init: Callable[[Array], Params]
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, (), batch, *, key) -> (loss, ((), {"loss": (Σ nats, words)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, (), batch) -> ((), {"loss": (nats per word, weights), "error": (0 or 1 [T, B],
    weights)}), a word of several labels being wrong if one of them is"""
    predict: Callable[[Params, Batch], Array]
    """(params, batch) -> the best tags, in the form of the targets; a CRF's by Viterbi"""
    probabilities: Callable[[Params, Batch], Array]
    """(params, batch) -> of each tag, or label, at each word [T, B, C]; a CRF's marginals"""


def tagger(
    config: TaggerConfig,
    words: int,
    characters: int,
    tags: int,
    *,
    legal: Legal | None = None,
    unseen: int = 0,
) -> Tagger:
    """embedding and spelling side by side, recurrent layers, and an output at every step.

    Parameters: {"words": {"w" [V, E]}, "spelling": ..., "body": ..., "head": ...}.

    Args:
      words: number of word ids; 0 is the unknown word.
      characters: number of character ids; 0 is none.
      tags: number of tags.
      legal: head=crf: which of them may follow each other.
      unseen: how many words, the last, training never changes: those of a file of vectors.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.

    >>> model = tagger(TaggerConfig(hidden=8, characters="none"), words=50, characters=0, tags=4)
    >>> batch = {"words": jnp.array([[7, 3], [9, 0]]), "lengths": jnp.array([2, 1])}
    >>> params = model.init(jax.random.key(0))
    >>> jax.jit(model.predict)(params, batch).shape
    (2, 2)
    """
    validate(config)
    for name, value in (("words", words), ("tags", tags)):
        checks.positive(name, value)
    embed = embedding(words, config.embedding, unseen=unseen)
    char_encoder = _char_encoder(config, characters)
    layers, out = body(config), dropout(config.dropout, locked=config.locked)
    head = _head(config, tags, legal)
    width = config.embedding + (char_encoder.width if char_encoder else 0)

    def init(key: Array) -> Params:
        checks.key(key)
        words_key, body_key, head_key, characters_key = jax.random.split(key, 4)
        params = {
            "words": embed.init(words_key, words),
            "body": layers.init(body_key, width),
            "head": head.init(head_key, layers.width(width)),
        }
        if char_encoder:
            params["spelling"] = char_encoder.init(characters_key)
        return params

    def forward(params: Params, batch: Batch, key: Array | None = None) -> Array:
        keys: Any = (None,) * 3 if key is None else jax.random.split(key, 3)
        ids, lengths = batch["words"], batch["lengths"]
        if key is not None and config.dropout_words:
            drop = jax.random.bernoulli(keys[0], config.dropout_words, ids.shape)
            ids = jnp.where(drop, 0, ids)
        _, xs = embed.apply(params["words"], ids, lengths)
        if char_encoder:
            spelled = char_encoder.apply(params["spelling"], batch["characters"])
            xs = jnp.concatenate([xs, spelled], -1)
        _, hs = layers.apply(params["body"], xs, lengths, key=keys[1])
        return out.apply({}, hs, key=keys[2])[1]

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        hs = forward(params, batch, key)
        nats, weights = head.nats(params["head"], hs, batch["tags"], batch["lengths"])
        total, count = masked(nats, weights)
        return mean(total, count), ((), {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        hs, lengths, tags = forward(params, batch), batch["lengths"], batch["tags"]
        predicted = head.tags(params["head"], hs, lengths)
        wrong = predicted != tags
        wrong = (wrong if wrong.ndim == 2 else wrong.any(-1)).astype(hs.dtype)
        real: Any = masks.valid(lengths, hs.shape[0])
        nats = head.nats(params["head"], hs, tags, lengths)
        return (), {"loss": nats, "error": (wrong, real.astype(hs.dtype))}

    def predict(params: Params, batch: Batch) -> Array:
        return head.tags(params["head"], forward(params, batch), batch["lengths"])

    def probabilities(params: Params, batch: Batch) -> Array:
        return head.probabilities(params["head"], forward(params, batch), batch["lengths"])

    return checked("tagger", Tagger(init, loss, evaluate, predict, probabilities))


def _char_encoder(config: TaggerConfig, characters: int) -> CharEncoder | None:
    if config.characters == "none":
        return None
    checks.positive("characters", characters)
    features, hidden = config.character_embedding, config.character_hidden
    if config.characters == "recurrent":
        recurrence = cell(dataclasses.replace(config, hidden=hidden))
        return recurrent_char_encoder(characters, features, recurrence, config.driver)
    return convolutional_char_encoder(characters, features, 2 * hidden, config.character_window)


def _head(config: TaggerConfig, tags: int, legal: Legal | None) -> tag_heads.TagHead:
    if config.head == "crf":
        return tag_heads.crf(tags, legal)
    return tag_heads.softmax(tags) if config.head == "softmax" else tag_heads.sigmoid(tags)
