"""From the flags that name a text to the ids, batches and vocabulary that a model is trained on."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from experiments import flags, pretrained
from experiments.pretrained import PretrainedConfig, Transfer
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import BOS, EOS, NOTHING, UNK, Random, Vocabulary
from seqjax.data.builtin.documentation import documentation
from seqjax.data.text import Splits, cut, splits
from seqjax.data.tokenizers import Tokenizer, tokenizer


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
        "characters", "characters, bytes, jamo, words or pretokenised (PTB, WikiText)"
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
    moved: Transfer
    """what vectors of a file change; their words are the last of the vocabulary"""

    @property
    def predicted(self) -> int:
        """How many ids, the first ones, a model predicts."""
        return len(self.vocabulary) - self.moved.unseen


def corpus(
    config: CorpusConfig, vectors: PretrainedConfig | None = None, *, seed: int = 0
) -> Corpus:
    """Reads, cuts and encodes the text; the vocabulary is that of the training part.

    With ``vectors`` of a file, their words are behind it; ``seed`` draws the vectors of the others.

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
    counts = Counter(flat)
    moved = _moved(tokens_of, vectors, _vocabulary(config, counts), counts, seed)
    if config.sentences:
        ids: dict[str, Any] = {k: [moved.encode(x) for x in v] for k, v in tokens.items()}
    else:
        ids = {k: moved.encode(v) for k, v in tokens.items()}
    first = _first(config, moved.vocabulary)
    data = {**_data(config, parts, first), **moved.data}
    return Corpus(tokens_of, moved.vocabulary, ids, first, data, moved)


def _moved(
    tokens_of: Tokenizer,
    vectors: PretrainedConfig | None,
    vocabulary: Vocabulary,
    counts: Counter[str],
    seed: int,
) -> Transfer:
    vectors = vectors or PretrainedConfig()
    if vectors.vectors and tokens_of.unit != "word":
        raise ValueError(
            f"vectors: got {vectors.vectors} for {tokens_of.unit}s, want --tokenizer=words or"
            " pretokenised"
        )
    return pretrained.transfer(vectors, vocabulary, counts, seed=seed, path=("embed",))


def _validate(config: CorpusConfig) -> None:
    for name in ("window", "batch", "evaluation_batch", "minimum"):
        checks.positive(name, getattr(config, name))
    for name in ("vocabulary", "overlap"):
        flags.natural(name, getattr(config, name))
    checks.lookup("first", {"bos": 0, "zero": 0}, config.first)
    if not config.sentences:
        _unused(config, "first", why="without --sentences")
    else:
        _unused(config, "random_window", "overlap", why="with --sentences, each a row of its own")
    if config.data and Path(config.data).is_dir():
        _unused(config, "valid", "test", why="for a folder, whose files are the parts")
    if config.random_window and config.window < (low := Random(0).low):
        raise ValueError(f"window: got {config.window}, want {low} or more where it is random")


def _unused(config: CorpusConfig, *names: str, why: str) -> None:
    for name in names:
        if (value := getattr(config, name)) != getattr(CorpusConfig(), name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")


def _splits(config: CorpusConfig) -> Splits:
    if config.data:
        return splits(config.data, valid=config.valid, test=config.test)
    return cut(documentation(), valid=config.valid, test=config.test)


def _tokens(config: CorpusConfig, tokens_of: Tokenizer, text: str) -> list:
    if not config.sentences:
        return tokens_of.split(text)
    return [tokens_of.split(line) for line in text.splitlines() if line.strip()]


def _vocabulary(config: CorpusConfig, counts: Counter[str]) -> Vocabulary:
    specials = [UNK]
    if config.sentences:
        specials += [EOS, BOS] if config.first == "bos" else [EOS]
    size = config.vocabulary
    if size and size <= len(specials):
        raise ValueError(
            f"vocabulary: got {size}, want more than {len(specials)}, which {', '.join(specials)}"
            " take"
        )
    made = Vocabulary.build(counts, size=size or None, minimum=config.minimum, specials=specials)
    if not set(made.tokens) & set(counts):
        raise ValueError(
            f"minimum: got {config.minimum}, but no token of the training part occurs so often"
        )
    return made


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
