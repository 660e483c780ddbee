"""From the flags that name a text to the ids, batches and vocabulary that a model is trained on."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import (
    BOS,
    EOS,
    NOTHING,
    UNK,
    Random,
    Source,
    Splits,
    Tokenizer,
    Vocabulary,
    cut,
    documentation,
    sentences,
    splits,
    tokenizer,
    windows,
)


@dataclasses.dataclass(frozen=True)
class CorpusConfig:
    """Which text, and how it is cut."""

    data: str = option(
        "", "a text file (UTF-8, plain or gzip), or a folder with one file each for train, valid"
        " and test; nothing: the documentation that Python carries"
    )  # fmt: skip
    valid: float = option(0.05, "share of a single file, before the test part, for validation")
    test: float = option(0.05, "share of a single file, at its end, for the test")
    tokenizer: str = option(
        "characters", "characters, bytes, words or pretokenised (PTB, WikiText)"
    )
    vocabulary: int = option(0, "most tokens that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    sentences: bool = option(False, "each line on its own, instead of one long text")
    first: str = option(
        "bos", "sentences: what is fed before a line: bos, or zero (the zero vector)"
    )
    window: int = option(64, "steps of a batch: of backpropagation through time")
    random_window: bool = option(False, "vary the window from batch to batch (Merity et al. 2018)")
    batch: int = option(32, "rows of a batch")
    evaluation_batch: int = option(10, "rows of a batch when evaluating")
    overlap: int = option(0, "steps that warm up each row's state when evaluating, not counted")


class Corpus(NamedTuple):
    """A text, ready for training."""

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    ids: dict[str, Any]
    """by part, train, valid or test: int32 [N], or a list of them for sentences; no empty part"""
    first: int
    """the id that is fed before a text"""
    data: dict[str, Any]
    """what a run remembers of it"""


def corpus(config: CorpusConfig) -> Corpus:
    """Reads, cuts and encodes the text; the vocabulary is that of the training part.

    Raises:
      ValueError: for a text that cannot be read or is too short; it names the flag or the file.
    """
    _validate(config)
    tokens_of = tokenizer(config.tokenizer)
    parts = {name: text for name, text in _splits(config)._asdict().items() if text}
    for part in ("train", "valid"):
        if part not in parts:
            raise ValueError(f"{part}: got no text for it, want some: it decides what is kept")
    tokens = {name: _tokens(config, tokens_of, text) for name, text in parts.items()}
    flat = (t for line in tokens["train"] for t in line) if config.sentences else tokens["train"]
    specials = [UNK, *([EOS] if config.sentences else []), *([BOS] if _begins(config) else [])]
    vocabulary = Vocabulary.build(
        flat, size=config.vocabulary or None, minimum=config.minimum, specials=tuple(specials)
    )
    if config.sentences:
        ids: dict[str, Any] = {k: [vocabulary.encode(x) for x in v] for k, v in tokens.items()}
    else:
        ids = {k: vocabulary.encode(v) for k, v in tokens.items()}
    first = _first(config, vocabulary)
    return Corpus(tokens_of, vocabulary, ids, first, _data(config, parts, first))


def source(config: CorpusConfig, made: Corpus, part: str, *, seed: int = 0) -> Source:
    """The batches of a part; the training part in the order and size of training.

    Raises:
      ValueError: for a part that is too short for one window.
    """
    training, ids = part == "train", made.ids[part]
    batch = config.batch if training else config.evaluation_batch
    if config.sentences:
        end = made.vocabulary.eos
        return sentences(ids, batch, eos=end, first=made.first, limit=config.window)
    if not training:
        # A short text has fewer rows, so that every split that holds two tokens can be evaluated.
        batch = min(batch, max(1, (len(ids) - 1) // config.window))
        return windows(ids, batch, config.window, overlap=config.overlap)
    if len(ids) - 1 < config.batch * config.window:
        raise ValueError(
            f"data: got a {part} part of {len(ids)} tokens, too short for one window: batch"
            f" {config.batch} x window {config.window} needs {config.batch * config.window + 1};"
            " give less --batch or --window, or more text"
        )
    random = Random(seed) if config.random_window else None
    return windows(ids, config.batch, config.window, random=random)


def predictions(config: CorpusConfig, made: Corpus, part: str) -> int:
    """How many tokens one pass over a part predicts."""
    if config.sentences:
        return sum(len(line) + 1 for line in made.ids[part])
    return len(made.ids[part]) - 1


def _validate(config: CorpusConfig) -> None:
    for name in ("window", "batch", "evaluation_batch", "minimum"):
        checks.positive(name, getattr(config, name))
    checks.lookup("first", {"bos": 0, "zero": 0}, config.first)
    if config.sentences and config.random_window:
        raise ValueError("random_window: got it with sentences, which have their own lengths")
    for name in ("vocabulary", "overlap"):
        if getattr(config, name) < 0:
            raise ValueError(f"{name}: got {getattr(config, name)}, want 0 or more")


def _splits(config: CorpusConfig) -> Splits:
    if config.data:
        return splits(config.data, valid=config.valid, test=config.test)
    return cut(documentation(), valid=config.valid, test=config.test)


def _tokens(config: CorpusConfig, tokens_of: Tokenizer, text: str) -> list:
    if not config.sentences:
        return tokens_of.split(text)
    return [tokens_of.split(line) for line in text.splitlines() if line.strip()]


def _begins(config: CorpusConfig) -> bool:
    return config.sentences and config.first == "bos"


def _first(config: CorpusConfig, vocabulary: Vocabulary) -> int:
    """What a new text begins after: BOS, the zero vector, or the end of the line before it."""
    if config.sentences:
        bos = vocabulary.bos
        return NOTHING if bos is None else bos
    return next((int(vocabulary.encode([t])[0]) for t in (EOS, "\n") if t in vocabulary), NOTHING)


def _data(config: CorpusConfig, parts: dict[str, str], first: int) -> dict[str, Any]:
    marks = {k: hashlib.sha256(v.encode()).hexdigest()[:16] for k, v in parts.items()}
    name = Path(config.data).name if config.data else "documentation of Python"
    return {"name": name, "sha256": marks, "first": first}
