"""Language models: the probability of a text, and texts drawn from it."""

from __future__ import annotations

from seqjax.models.language_model import LanguageModel, language_model
from seqjax.models.language_model_config import LanguageModelConfig, widths
from seqjax.tasks.language_model.config import CONFIGS, check
from seqjax.tasks.language_model.evaluate import evaluate, readable
from seqjax.tasks.language_model.predict import (
    NextTokenOptions,
    NextTokens,
    inputs,
    predict,
    show,
)
from seqjax.tasks.language_model.read import open_files, read
from seqjax.tasks.language_model.report import report
from seqjax.tasks.language_model.sample import SampleOptions, sample
from seqjax.tasks.language_model.score import Score, score
from seqjax.tasks.pretrained.encode import predicted, unseen, widened
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Task, Vocabularies

__all__ = [
    "TASK",
    "NextTokenOptions",
    "NextTokens",
    "SampleOptions",
    "Score",
    "build",
    "describe",
    "sample",
    "score",
]


def build(record: Record, vocabularies: Vocabularies) -> LanguageModel:
    """The language model of a run, over its vocabulary "tokens".

    Raises:
      ValueError: for what a layer refuses.
    """
    tokens, data = vocabularies["tokens"], record["data"]
    config = widened(of_record(LanguageModelConfig, record), data)
    return language_model(config, len(tokens), unseen=unseen(data), unk=tokens.unk or 0)


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out."""
    tokens, data = vocabularies["tokens"], record["data"]
    config = widened(of_record(LanguageModelConfig, record), data)
    return (
        f"tokens ({len(tokens):,} as {widths(config)[0]} numbers) -> {recurrent_layers(config)} ->"
        f" {config.head} over {predicted(data, tokens):,}"
    )


TASK = Task(
    name="language_model",
    about="the next token of a text: its perplexity, samples, scores of sentences",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=NextTokenOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    # The carry of truncated backpropagation; lines begin anew in each batch.
    start=lambda model, record: (
        lambda params: model.training_start(params, record["config"]["batch"])
    ),
    shuffled=lambda record: record["config"]["sentences"],
    readable=readable,
    methods={"sample": sample, "score": score},
)
