"""Settings of language models: which text, and how it becomes batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import BOS, EOS, UNK, Random, tokenizer
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.models.language_model_config import validate as validate_model
from seqjax.tasks.pretrained import config as pretrained
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate


@dataclasses.dataclass(frozen=True)
class LanguageModelRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/language_model", "folder of the run; the same one again resumes it")
    epochs: int = option(12, "passes over the training part")


@dataclasses.dataclass(frozen=True)
class CorpusConfig:
    """The data: which text, and how it is cut."""

    data: str = option(
        "", "a text file (plain or gzip), or a folder with one file each for train, valid"
        " and test; nothing: the documentation that Python carries"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    valid: float = option(0.05, "share of a single file, before the test part, for validation")
    test: float = option(0.05, "share of a single file, at its end, for the test")
    tokenizer: str = option(
        "characters", "characters, bytes, jamo, words or pretokenised (PTB, WikiText)"
    )
    vocabulary: int = option(0, "most tokens that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    sentences: bool = option(False, "each line on its own, instead of one long text")
    packed: bool = option(
        False, "sentences: train on rows of --window steps, each with as many whole lines as fit:"
        " hardly any padding"
    )  # fmt: skip
    first: str = option(
        "bos", "sentences: what is fed before a line: bos, or zero (the zero vector)"
    )
    window: int = option(
        64, "steps of a batch: of backpropagation through time; longer lines are cut in training,"
        " not when evaluating"
    )  # fmt: skip
    random_window: bool = option(False, "vary the window from batch to batch (Merity et al. 2018)")
    batch: int = option(32, "rows of a batch")
    evaluation_batch: int = option(
        10, "rows of a batch when evaluating; one long text is cut into as many, and each begins"
        " without what stands before it, but for --overlap (1: the text as a whole)"
    )  # fmt: skip
    overlap: int = option(0, "steps that warm up each row's state when evaluating, not counted")


CONFIGS = (LanguageModelRun, CorpusConfig, LanguageModelConfig, PretrainedConfig, Optimization)


def check(
    run: LanguageModelRun,
    corpus: CorpusConfig,
    config: LanguageModelConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    check_encoding(corpus.encoding)
    for name in ("window", "batch", "evaluation_batch", "minimum"):
        checks.positive(name, getattr(corpus, name))
    for name in ("vocabulary", "overlap"):
        checks.natural(name, getattr(corpus, name))
    unit = tokenizer(corpus.tokenizer).unit
    checks.lookup("first", {"bos": 0, "zero": 0}, corpus.first)
    if not corpus.sentences:
        unused(corpus, "first", "packed", why="without --sentences")
    else:
        unused(corpus, "random_window", "overlap", why="with --sentences, each a row of its own")
    specials = specials_of(corpus)
    if 0 < corpus.vocabulary <= len(specials):
        raise ValueError(
            f"vocabulary: got {corpus.vocabulary}, want more than {len(specials)}, which"
            f" {', '.join(specials)} take"
        )
    if not corpus.data:
        unused(corpus, "encoding", why="without --data")
    elif Path(corpus.data).is_dir():
        unused(corpus, "valid", "test", why="for a folder, whose files are the parts")
    if corpus.random_window and corpus.window < (low := Random(0).low):
        raise ValueError(f"window: got {corpus.window}, want {low} or more where it is random")
    if vectors.vectors and unit != "word":
        raise ValueError(
            f"vectors: got {vectors.vectors} for {unit}s, want --tokenizer=words or pretokenised"
        )
    config = pretrained.check(vectors, config)
    validate_model(config)
    # What its layers and its head cannot be made of, whatever the text: the vocabulary is not known
    # yet, but one that is as large as the settings ask for suits them if any does.
    least = config.samples + max(config.cutoffs, default=0) + len(specials) + 1
    model = language_model(config, max(least, corpus.vocabulary))
    jax.eval_shape(model.init, jax.random.key(0))
    if config.locked and not any((config.dropout, config.rate("input"), config.rate("hidden"))):
        raise ValueError("locked: got True, but --dropout is 0: nothing would use it")
    validate(optimization)


def specials_of(corpus: CorpusConfig) -> list[str]:
    """Tokens of the vocabulary that no text has.

    >>> specials_of(CorpusConfig(sentences=True))
    ['<unk>', '<eos>', '<bos>']
    """
    if not corpus.sentences:
        return [UNK]
    return [UNK, EOS, BOS] if corpus.first == "bos" else [UNK, EOS]
