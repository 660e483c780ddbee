"""Translation: a text into another, of unequal length; both of words, characters or bytes."""

from __future__ import annotations

from seqjax.models.encoder_decoder import EncoderDecoder, encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.tasks.pretrained.encode import unseen, widened
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Task, Vocabularies
from seqjax.tasks.translation.attention import Attention, attention
from seqjax.tasks.translation.config import CONFIGS, check
from seqjax.tasks.translation.evaluate import evaluate, readable
from seqjax.tasks.translation.predict import (
    Hypothesis,
    Translation,
    TranslationOptions,
    inputs,
    predict,
    show,
)
from seqjax.tasks.translation.read import open_files, read
from seqjax.tasks.translation.report import report

__all__ = [
    "TASK",
    "Attention",
    "Hypothesis",
    "Translation",
    "TranslationOptions",
    "attention",
    "build",
    "describe",
]


def build(record: Record, vocabularies: Vocabularies) -> EncoderDecoder:
    """The encoder-decoder of a run, from its vocabularies "source" and "target".

    Raises:
      ValueError: for what a layer refuses.
    """
    config, data = of_record(EncoderDecoderConfig, record), record["data"]
    sources, targets = len(vocabularies["source"]), len(vocabularies["target"])
    return encoder_decoder(widened(config, data), sources, targets, unseen=unseen(data))


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out."""
    config = widened(of_record(EncoderDecoderConfig, record), record["data"])
    sources, targets = len(vocabularies["source"]), len(vocabularies["target"])
    attention_words = "no attention"
    if config.attention != "none":
        attention_words = f"{config.attention} attention ({config.attend})"
    return (
        f"source ({sources:,} tokens as {config.embedding or config.hidden} numbers) ->"
        f" {recurrent_layers(config)} -> decoder of as many layers, {attention_words} ->"
        f" {config.head} softmax over {targets:,} tokens"
    )


TASK = Task(
    name="translation",
    about="a text into another, of unequal length: languages, dates, spellings",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=TranslationOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    start=lambda model, record: model.start,
    readable=readable,
    methods={"attention": attention},
)
