"""From the settings that name labelled texts to their parts, vocabularies and batches."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data import UNK, Vocabulary
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.passages import FILES, Columns, Passage, passages
from seqjax.models import classifier_config
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.objectives.classification import balanced
from seqjax.tasks.classification.config import NAME, ClassificationData, ClassificationRun, named
from seqjax.tasks.classification.encode import encoded, tokenized
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.part_files import cut_parts, files_by_part
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.pretrained.transfer import read_transfer
from seqjax.tasks.settings import as_json, of_record, unused
from seqjax.tasks.task import DataSet, Part, Vocabularies
from seqjax.training.config import Optimization

Passages = dict[str, list[Passage]]
"""by part"""


def read(
    run: ClassificationRun,
    config: ClassificationData,
    classifier: ClassifierConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> DataSet:
    """Reads, cuts and encodes the texts; both vocabularies are those of the training part.

    Raises:
      ValueError: for what cannot be read, or labels that training does not have; it names the
        setting, or the file and line.
    """
    members, name = _passages(config, run.seed)
    tokens = {part: tokenized(config, rows) for part, rows in members.items()}
    counts = Counter(token for row in tokens["train"] for token in row)
    transfer = read_transfer(vectors, _words(config, counts), counts, seed=run.seed)
    labels = Vocabulary(tuple(sorted({each for p in members["train"] for each in p.labels})))
    vocabularies = {"words": transfer.vocabulary, "labels": labels}
    data = {
        "name": name,
        "sha256": {part: _digest(rows) for part, rows in members.items()},
        **transfer.data,
        "class_weights": _class_weights(classifier, labels, members["train"]),
    }
    record = {"config": as_json(config, classifier), "data": data}
    parts = {
        part: encoded(record, vocabularies, rows, tokens[part]) for part, rows in members.items()
    }
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=len(members["train"]),
        unit="examples",
        about="\n".join([_about(name, config, parts, vocabularies), *transfer.about]),
        pretrained=transfer,
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """Labelled texts of files, as a part for a trained classifier.

    Raises:
      ValueError: for files that cannot be read, a text without a token or with more than the model
        has positions, or labels that training does not have.
    """
    config = of_record(ClassificationData, loaded.record)
    rows = [passage for file in files for passage in _read(config, Path(file))]
    return encoded(loaded.record, loaded.vocabularies, rows, tokenized(config, rows))


def _passages(config: ClassificationData, seed: int) -> tuple[Passages, str]:
    """The passages of each part, and what the data is called."""
    if named(config):
        return dataset(NAME, config.data).load(), config.data
    path = Path(config.data)
    # A folder of classes is one of the training part alone.
    file_a_part = "*" in config.data or (path.is_dir() and config.layout != FILES)
    files = files_by_part(config.data) if file_a_part else {"train": path}
    members = {part: _read(config, file) for part, file in files.items()}
    unused(config, *sorted({"valid", "test"} & set(files)), why="but that part has a file")
    shares = {part: getattr(config, part) for part in ("test", "valid") if part not in files}
    if not any(shares.values()):
        unused(config, "distinct", why="but nothing is cut")
    texts = [p.text for p in members["train"]] if config.distinct else None
    return cut_parts(members, shares, keys=texts, seed=seed, what="examples"), path.name


def _read(config: ClassificationData, path: Path) -> list[Passage]:
    columns = Columns(
        config.text_column, config.label_column, config.header, config.label_separator,
        config.label_upto,
    )  # fmt: skip
    return passages(path, columns, layout=config.layout, encoding=config.encoding)


def _words(config: ClassificationData, counts: Counter[str]) -> Vocabulary:
    if config.vocabulary == 1 or max(counts.values()) < config.minimum:
        raise ValueError(
            f"vocabulary, minimum: got {config.vocabulary} and {config.minimum}, which leave no"
            f" token but {UNK}"
        )
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=[UNK])


def _class_weights(
    config: ClassifierConfig, labels: Vocabulary, train: Sequence[Passage]
) -> list[float] | None:
    """What the loss of each class counts; None is 1 each."""
    if not config.class_weights:
        return None
    if config.class_weights != "balanced":
        return classifier_config.numbers(config.class_weights, len(labels))
    ids = np.concatenate([labels.encode(passage.labels) for passage in train])
    return balanced(np.bincount(ids, minlength=len(labels)).tolist())


def _about(
    name: str, config: ClassificationData, parts: dict[str, Part], vocabularies: Vocabularies
) -> str:
    """How much there is, and under which labels."""
    sizes = ", ".join(f"{part} {len(rows):,}" for part, (_, rows) in parts.items())
    words, labels, source = vocabularies["words"], vocabularies["labels"], parts["train"].source
    return (
        f"{name}: examples: {sizes}; {config.tokenizer}, vocabulary {len(words):,};"
        f" labels {', '.join(labels.tokens)}; {source.padding:.0%} padding"
    )


def _digest(rows: Sequence[Any]) -> str:
    text = "\n".join("\t".join([*p.labels, p.text]) for p in rows)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
