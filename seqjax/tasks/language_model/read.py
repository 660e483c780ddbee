"""From the settings that name a text to its parts, its vocabulary and their batches."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqjax.data import EOS, NOTHING, Vocabulary, cut, lines, splits, tokenizer
from seqjax.data import read as read_text
from seqjax.data.builtin.documentation import documentation
from seqjax.data.packing import Packed
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.tasks.language_model.batches import Tokens, encoded, predictions
from seqjax.tasks.language_model.config import CorpusConfig, LanguageModelRun, specials_of
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.pretrained.encode import predicted
from seqjax.tasks.pretrained.transfer import read_transfer
from seqjax.tasks.settings import as_json, of_record
from seqjax.tasks.task import DataSet, Part
from seqjax.training.config import Optimization


def read(
    run: LanguageModelRun,
    corpus: CorpusConfig,
    config: LanguageModelConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> DataSet:
    """Reads, cuts and encodes the text; the vocabulary is that of the training part.

    Raises:
      ValueError: for a text that cannot be read or is too short; it names the setting or the file.
    """
    texts = _texts(corpus)
    tokens = {part: tokens_of(corpus, text) for part, text in texts.items()}
    train = tokens["train"]
    counts = Counter(itertools.chain(*train) if corpus.sentences else train)
    transfer = read_transfer(
        vectors, _vocabulary(corpus, counts), counts, seed=run.seed, path=("embed",)
    )
    vocabularies = {"tokens": transfer.vocabulary}
    digests = {k: hashlib.sha256(v.encode()).hexdigest()[:16] for k, v in texts.items()}
    data = {
        "name": Path(corpus.data).name if corpus.data else "documentation of Python",
        "sha256": digests,
        "first": _first(corpus, transfer.vocabulary),
        **transfer.data,
    }
    record = {"config": as_json(run, corpus), "data": data}
    parts = {
        part: encoded(record, vocabularies, each, part, train=part == "train")
        for part, each in tokens.items()
    }
    unit = tokenizer(corpus.tokenizer).unit
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=predictions(parts["train"].records),
        unit=f"{unit}s",
        about="\n".join([_about(data, parts, transfer.vocabulary, unit), *transfer.about]),
        pretrained=transfer,
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """The texts of files, one behind the other, as a part for a trained model.

    Raises:
      ValueError: for files that cannot be read or have nothing to predict, or tokens unknown to a
        model without a token for them.
    """
    config = of_record(CorpusConfig, loaded.record)
    texts = (read_text(file, config.encoding) for file in files)
    tokens = [token for text in texts for token in tokens_of(config, text)]
    return encoded(loaded.record, loaded.vocabularies, tokens, ", ".join(map(str, files)))


def tokens_of(config: CorpusConfig, text: str) -> Tokens:
    """The tokens of a text, or of each line that has some."""
    split = tokenizer(config.tokenizer).split
    if not config.sentences:
        return split(text)
    return [split(line) for line in lines(text) if line.strip()]


def _texts(config: CorpusConfig) -> dict[str, str]:
    """The text of each part that has one."""
    shares = {"valid": config.valid, "test": config.test}
    texts = (
        splits(config.data, **shares, encoding=config.encoding)
        if config.data
        else cut(documentation(), **shares)
    )
    parts = {part: text for part, text in texts._asdict().items() if text}
    for part in ("train", "valid"):
        if part not in parts:
            raise ValueError(f"{part}: got no text for it, want some: it decides what is kept")
    return parts


def _vocabulary(config: CorpusConfig, counts: Counter[str]) -> Vocabulary:
    vocabulary = Vocabulary.build(
        counts,
        size=config.vocabulary or None,
        minimum=config.minimum,
        specials=specials_of(config),
    )
    if not set(vocabulary.tokens) & set(counts):
        raise ValueError(
            f"minimum: got {config.minimum}, but no token of the training part occurs so often"
        )
    return vocabulary


def _first(config: CorpusConfig, vocabulary: Vocabulary) -> int:
    """What a new text begins after: BOS, the zero vector, or the end of the line before it."""
    if config.sentences:
        bos = vocabulary.bos
        return NOTHING if bos is None else bos
    return next((int(vocabulary.encode([t])[0]) for t in (EOS, "\n") if t in vocabulary), NOTHING)


def _about(data: dict[str, Any], parts: dict[str, Part], vocabulary: Vocabulary, unit: str) -> str:
    """How much there is to predict."""
    sizes = ", ".join(f"{part} {predictions(ids):,}" for part, (_, ids) in parts.items())
    size = predicted(data, vocabulary)
    source = parts["train"].source
    padding = f"; {source.padding:.0%} padding" if isinstance(source, Packed) else ""
    return f"{data['name']}: {unit}s to predict: {sizes}; vocabulary {size:,}{padding}"
