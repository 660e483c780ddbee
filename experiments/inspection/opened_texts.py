"""Runs that write sequences, as networks: composition, and the encoder of translation."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from experiments.inspection.network import Network, of_body
from experiments.inspection.words import Words
from seqjax.basics.types import Array
from seqjax.data import BOS, EOS, read, tokenizer
from seqjax.data.formats.music import KEYS, pitches
from seqjax.data.formats.passages import Passage
from seqjax.models import encoder_decoder_network as networks
from seqjax.models import output_spaces
from seqjax.models.composer import ComposerConfig
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.tasks import Loaded
from seqjax.tasks.composition.config import MUSIC, CompositionData
from seqjax.tasks.composition.encode import encoded
from seqjax.tasks.composition.read import open_files
from seqjax.tasks.pretrained.encode import unseen, widened
from seqjax.tasks.settings import of_record
from seqjax.tasks.text_input import encoding_of
from seqjax.tasks.translation.config import TranslationData
from seqjax.tasks.translation.encode import source_ids, tokens_of

NOTHING = "∅"
"""What is read before the first step of a piece."""


def reads_files(loaded: Loaded) -> bool:
    """Whether a run reads files that are no text: recordings, series, music."""
    if loaded.task.name == "composition":
        return of_record(CompositionData, loaded.record).task == MUSIC
    return loaded.task.name in ("regression", "transcription")


def input_of(loaded: Loaded, text: str, file: str, characters: int) -> str:
    """The beginning of the text, or of that of a file, or the path of a file that is no text.

    Raises:
      ValueError: for a text where the run reads such files, or what is not in its encoding.
      OSError: for a file that cannot be read.
    """
    if not reads_files(loaded):
        return (text or read(Path(file), encoding_of(loaded.record)))[:characters]
    if not file:
        raise ValueError(f"text: got one, but a run of {loaded.task.name} reads a --file")
    return file


def composition(loaded: Loaded, given: str) -> Network:
    """Of the first piece of a file of music, or of a text behind its label and a tab.

    Raises:
      ValueError: for a run whose labels are states to begin with, a text without a label, or one
        that the run does not have.
    """
    record, params, vocabularies = loaded.record, loaded.params, loaded.vocabularies
    config, data = of_record(ComposerConfig, record), of_record(CompositionData, record)
    music = data.task == MUSIC
    if not music and config.condition == "start":
        raise ValueError(
            "run: got one of composition with condition=start, whose states begin differently for"
            " each label; want one with condition=input"
        )
    if music:
        targets = jnp.asarray(open_files(loaded, [given]).records[0])[:, None]
        space = output_spaces.frames(KEYS)
    else:
        label, tab, text = given.partition("\t")
        if not tab:
            raise ValueError(f"text: got {given[:40]!r}, want a label, a tab and a text")
        passage = Passage(text.strip("\n"), (label,), "text")
        item = encoded(record, vocabularies, [passage]).source[0]
        space = output_spaces.tokens(len(vocabularies["words"]), config.embedding)
        targets = jnp.asarray(item["targets"][: item["lengths"][0], :1])
    previous = jnp.concatenate([space.nothing(targets), targets[:-1]])
    xs = space.feed(params, previous)
    if not music:
        name = params["label"]["w"][item["labels"][:1]]
        xs = jnp.concatenate([xs, jnp.broadcast_to(name, (*xs.shape[:-1], name.shape[-1]))], -1)
    out = params["head"]

    def loss(hs: Array) -> Array:
        return space.nats(hs[-1:] @ out["w"] + out["b"], targets[-1:]).sum()

    if music:
        steps = pitches(np.asarray(targets[:-1, 0]))
        shown = [",".join(map(str, step)) or "-" for step in steps]
    else:
        shown = vocabularies["words"].decode(targets[:-1, 0])
    separator = " " if music or data.tokenizer == "words" else ""
    about = Words("the loss of the last step alone", "마지막 스텝만의 손실")
    tokens, layers = [NOTHING, *shown], of_body(config, params["body"])
    return Network(tokens, separator, xs, layers, config.residual, loss, about, not music)


def translation(loaded: Loaded, text: str) -> Network:
    """Of the encoder, on a text and its end; the decoder is part of what is made of its outputs."""
    record, params, vocabularies = loaded.record, loaded.params, loaded.vocabularies
    config = widened(of_record(EncoderDecoderConfig, record), record["data"])
    sources, targets = len(vocabularies["source"]), len(vocabularies["target"])
    net = networks.network(config, sources, targets, unseen=unseen(record["data"]))
    tokens = [*tokens_of(record, text), EOS]
    ids = source_ids(record, vocabularies, tokens[:-1])
    _, xs = net.source_embedding.apply(params["words"], jnp.asarray(ids)[:, None])
    first, lengths = jnp.asarray(vocabularies["target"].encode([BOS])), jnp.array([len(ids)])

    def loss(hs: Array) -> Array:
        end = config.hidden if config.bidirectional else hs.shape[-1]
        summary = jnp.concatenate([hs[-1, :, :end], hs[0, :, end:]], -1)
        memory, carry = net.decoder.begin(params["decoder"], hs, summary, lengths)
        _, readout = networks.advance(net, params, memory, carry, first)
        logits = net.head.logits(networks.head_params(params), readout)
        return -jax.nn.log_softmax(logits).max()

    layers = [
        [walker._replace(name=f"encoder, {walker.name}") for walker in layer]
        for layer in of_body(config, params["encoder"])
    ]
    by_words = tokenizer(of_record(TranslationData, record).tokenizer).unit == "word"
    about = Words(
        "the loss of the word that the decoder writes first", "디코더가 처음 쓰는 단어의 손실"
    )
    return Network(tokens, " " if by_words else "", xs, layers, config.residual, loss, about)
