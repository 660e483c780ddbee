"""Tagging: a tag for each word of a sentence, such as its part of speech or the name it is in."""

from __future__ import annotations

from seqjax.models.tagger import Tagger, TaggerConfig, tagger
from seqjax.objectives.tag_schemes import SCHEMES, legal
from seqjax.tasks.pretrained.encode import unseen, widened
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.tagging.config import CONFIGS, MONITORS, check
from seqjax.tasks.tagging.evaluate import evaluate
from seqjax.tasks.tagging.predict import TaggedSentence, TaggingOptions, inputs, predict, show
from seqjax.tasks.tagging.read import open_files, read
from seqjax.tasks.tagging.report import report
from seqjax.tasks.task import Task, Vocabularies

__all__ = ["TASK", "TaggedSentence", "TaggingOptions", "build", "describe"]


def build(record: Record, vocabularies: Vocabularies) -> Tagger:
    """The tagger of a run, from its vocabularies "words", "characters" and "tags".

    Raises:
      ValueError: for what a layer refuses.
    """
    config = widened(of_record(TaggerConfig, record), record["data"])
    scheme, tags = record["data"]["scheme"], vocabularies["tags"]
    chained = config.head == "crf" and config.constrained and scheme in SCHEMES
    masks = legal(tags.tokens, scheme) if chained else None
    words, characters = len(vocabularies["words"]), len(vocabularies["characters"])
    return tagger(config, words, characters, len(tags), legal=masks, unseen=unseen(record["data"]))


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out."""
    config = widened(of_record(TaggerConfig, record), record["data"])
    characters = (
        "" if config.characters == "none" else f" and their characters ({config.characters})"
    )
    return (
        f"words ({len(vocabularies['words']):,} as {config.embedding} numbers){characters} ->"
        f" {recurrent_layers(config)} -> {config.head} over {len(vocabularies['tags'])} tags"
    )


TASK = Task(
    name="tagging",
    about="a tag for each word of a sentence: parts of speech, names, roles",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=TaggingOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    monitor=lambda record: MONITORS[record["config"].get("keep", "loss")],
)
