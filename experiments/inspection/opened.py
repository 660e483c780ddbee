"""Trained runs as networks on what they read, by task."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from experiments.inspection.network import Network, Walker, of_body
from experiments.inspection.opened_numbers import regression, transcription
from experiments.inspection.opened_texts import composition, translation
from experiments.inspection.words import Words
from seqjax.basics.types import Array
from seqjax.data import one_line, tokenizer
from seqjax.layers import embedding, positions
from seqjax.layers.pooling import pooling
from seqjax.models import tag_heads
from seqjax.models.body import cell
from seqjax.models.char_encoder import (
    CharEncoder,
    convolutional_char_encoder,
    recurrent_char_encoder,
)
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.heads import head
from seqjax.models.language_model_config import LanguageModelConfig, widths
from seqjax.models.language_model_config import cell as language_model_cell
from seqjax.models.tagger import TaggerConfig
from seqjax.objectives.tag_schemes import SCHEMES, legal
from seqjax.tasks import Loaded
from seqjax.tasks.classification.config import ClassificationData
from seqjax.tasks.classification.encode import check_length, tokens_of
from seqjax.tasks.pretrained.encode import encode, unseen, widened
from seqjax.tasks.settings import of_record
from seqjax.tasks.tagging.encode import encoder_of

SEPARATED = ("words", "pretokenised")
"""Tokenizers whose tokens stand apart."""


def opened(loaded: Loaded, text: str) -> Network:
    """The network of a run, reading the text; of a run where ``reads_files``, that of a file.

    Raises:
      ValueError: for a text without two tokens, or a run of a task that is not looked into.
    """
    if loaded.task.name not in OPENERS:
        raise ValueError(
            f"run: got one of {loaded.task.name}, which cannot be inspected; want one of"
            f" {', '.join(OPENERS)}"
        )
    network = OPENERS[loaded.task.name](loaded, text)
    if len(network.tokens) < 2:
        raise ValueError(f"text: got {len(network.tokens)} tokens, want two or more")
    return network


def _language_model(loaded: Loaded, text: str) -> Network:
    record, params, vocabulary = loaded.record, loaded.params, loaded.vocabulary
    config = widened(of_record(LanguageModelConfig, record), record["data"])
    tokens = loaded.tokenizer.split(text)
    ids = encode(record["data"], vocabulary, tokens)
    own, (features, hidden) = unseen(record["data"]), widths(config)
    embed = embedding(len(vocabulary), features, scale=config.scale, unseen=own)
    output = head(
        config.head, len(vocabulary) - own, scale=config.scale, samples=config.samples,
        cutoffs=config.cutoffs,
    )  # fmt: skip
    tied = {"w": params["embed"]["w"]} if config.head == "tied" else {}
    # The last token is what the last step is to predict; a word that is only read counts as <unk>.
    unknown = vocabulary.unk or 0
    target = int(ids[-1]) if len(ids) and ids[-1] < len(vocabulary) - own else unknown

    def loss(hs: Array) -> Array:
        wanted = jnp.array([[target]])
        return output.elements({**params["head"], **tied}, hs[-1:], wanted).sum()

    layers = [
        [Walker(f"layer {i + 1}", language_model_cell(config, n), params["body"][str(2 * i + 1)])]
        for i, n in enumerate(hidden)
    ]
    _, xs = embed.apply(params["embed"], jnp.asarray(ids[:-1, None]))
    separator = " " if record["config"]["tokenizer"] in SEPARATED else ""
    about = Words("the loss of the last token alone", "마지막 토큰만의 손실")
    return Network(tokens[:-1], separator, xs, layers, False, loss, about)


def _tagger(loaded: Loaded, text: str) -> Network:
    record, params = loaded.record, loaded.params
    config = widened(of_record(TaggerConfig, record), record["data"])
    tokens = tokenizer("words").split(one_line(text))
    arrays = encoder_of(record, loaded.vocabularies)(tokens)
    row = {name: jnp.asarray(array)[:, None] for name, array in arrays.items()}
    count = len(loaded.vocabularies["words"])
    embed = embedding(count, config.embedding, unseen=unseen(record["data"]))
    _, xs = embed.apply(params["words"], row["words"])
    if "characters" in row:
        encoder = _spelling(config, len(loaded.vocabularies["characters"]))
        xs = jnp.concatenate([xs, encoder.apply(params["spelling"], row["characters"])], -1)
    output, lengths = _tag_head(loaded, config), jnp.array([len(tokens)])

    def loss(hs: Array) -> Array:
        answer = output.tags(params["head"], jax.lax.stop_gradient(hs), lengths)
        nats, weights = output.nats(params["head"], hs, answer, lengths)
        return (nats * weights).sum()

    layers = of_body(config, params["body"])
    about = Words(
        "the loss of the tags that the model gives, added over the words",
        "모델이 붙인 태그의 손실을 모든 단어에 대해 더한 값",
    )
    return Network(tokens, " ", xs, layers, config.residual, loss, about)


def _spelling(config: TaggerConfig, characters: int) -> CharEncoder:
    width, features = config.character_hidden, config.character_embedding
    if config.characters == "recurrent":
        recurrence = cell(dataclasses.replace(config, hidden=width))
        return recurrent_char_encoder(characters, features, recurrence, config.driver)
    return convolutional_char_encoder(characters, features, 2 * width, config.character_window)


def _tag_head(loaded: Loaded, config: TaggerConfig) -> tag_heads.TagHead:
    tags, scheme = loaded.vocabularies["tags"], loaded.record["data"]["scheme"]
    if config.head == "crf":
        chained = config.constrained and scheme in SCHEMES
        return tag_heads.crf(len(tags), legal(tags.tokens, scheme) if chained else None)
    return (tag_heads.softmax if config.head == "softmax" else tag_heads.sigmoid)(len(tags))


def _classifier(loaded: Loaded, text: str) -> Network:
    record, params = loaded.record, loaded.params
    config = widened(of_record(ClassifierConfig, record), record["data"])
    tokens = tokens_of(of_record(ClassificationData, record), text)
    check_length(record, len(tokens))
    words = loaded.vocabularies["words"]
    ids = encode(record["data"], words, tokens)
    embed = embedding(len(words), config.embedding, unseen=unseen(record["data"]))
    _, xs = embed.apply(params["words"], jnp.asarray(ids[:, None]))
    body = params["body"]
    if config.positions > 0:
        _, xs = positions(config.positions).apply(body["0"], xs)
        body = body["1"]
    pool, lengths = (
        pooling(config.pooling, both_ways=config.bidirectional),
        jnp.array([len(tokens)]),
    )
    out = params["head"]["1"]

    def loss(hs: Array) -> Array:
        logits = (pool.apply(params.get("pooling", {}), hs, lengths) @ out["w"] + out["b"])[0]
        if config.output == "multiclass":
            return -jax.nn.log_softmax(logits).max()
        return -jax.nn.log_sigmoid(jnp.abs(logits)).sum()

    separator = " " if record["config"]["tokenizer"] in SEPARATED else ""
    about = Words("the loss of the class that the model gives", "모델이 고른 클래스의 손실")
    layers = of_body(config, body)
    return Network(tokens, separator, xs, layers, config.residual, loss, about)


OPENERS: dict[str, Callable[[Loaded, str], Network]] = {
    "language_model": _language_model,
    "tagging": _tagger,
    "classification": _classifier,
    "regression": regression,
    "composition": composition,
    "transcription": transcription,
    "translation": translation,
}
"""By task."""
