"""From the settings that name tagged sentences to their parts, vocabularies and batches."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqjax.basics.unicode_form import composed
from seqjax.data import PAD, UNK, Vocabulary
from seqjax.data.formats.conll import Tagged
from seqjax.models.tagger import TaggerConfig
from seqjax.objectives.tag_schemes import mistake
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.pretrained.transfer import read_transfer
from seqjax.tasks.settings import Record, as_json, of_record
from seqjax.tasks.tagging.config import TaggingData, TaggingRun
from seqjax.tasks.tagging.encode import encoded, vocabulary_form
from seqjax.tasks.tagging.labels import NONE, illegal, labels_of, scheme_of, viewed
from seqjax.tasks.tagging.sentences import Sentences, read_sentences, sentences_of
from seqjax.tasks.task import DataSet, Part
from seqjax.training.config import Optimization


def read(
    run: TaggingRun,
    config: TaggingData,
    tagger: TaggerConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> DataSet:
    """Reads, cuts and encodes the sentences; all vocabularies are those of the training part.

    Raises:
      ValueError: for what cannot be read, or a part whose tags training does not have; it names
        the setting, or the file and line.
    """
    multilabel = tagger.head == "sigmoid"
    sentences, name = sentences_of(config, run.seed)
    digests = {part: _digest(members) for part, members in sentences.items()}
    sentences = {p: [viewed(s, config.labels) for s in members] for p, members in sentences.items()}
    train = sentences["train"]
    scheme = scheme_of(config.scheme, [s.tags for s in train], config.labels, multilabel)
    _check_scheme(run, tagger, train, scheme)
    counts = Counter(vocabulary_form(config, word) for s in train for word in s.words)
    transfer = read_transfer(vectors, _words(config, counts), counts, seed=run.seed)
    letters = Counter(letter for s in train for word in s.words for letter in composed(word))
    vocabularies = {
        "words": transfer.vocabulary,
        "characters": Vocabulary.build(letters, specials=[PAD, UNK]),
        "tags": _tags(sentences, multilabel),
    }
    data = {"name": name, "sha256": digests, "scheme": scheme, **transfer.data}
    record = {"config": as_json(config, tagger), "data": data}
    parts = {part: encoded(record, vocabularies, members) for part, members in sentences.items()}
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=sum(len(s.words) for s in train),
        unit="words",
        about="\n".join([_about(data, parts, vocabularies, multilabel), *transfer.about]),
        pretrained=transfer,
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """Tagged sentences of files, as a part for a trained tagger.

    Words with tags that training did not have count as wrong, and in no loss.

    Raises:
      ValueError: for files that cannot be read, none of whose tags training had, or whose tags the
        scheme of training does not have.
    """
    config, multilabel = of_record(TaggingData, loaded.record), _multilabel(loaded.record)
    tagged = [s for file in files for s in read_sentences(config, Path(file))]
    sentences = [viewed(s, config.labels) for s in tagged]
    tags = {label for s in sentences for tag in s.tags for label in labels_of(tag, multilabel)}
    scheme, known = loaded.record["data"]["scheme"], loaded.vocabularies["tags"].tokens
    if not tags & set(known):
        raise ValueError(
            f"{', '.join(files)}: got tags {', '.join(sorted(tags)[:5]) or 'of none at all'}, want"
            f" some of training: {', '.join(known[:10])}"
        )
    try:
        for s in sentences if scheme != NONE else ():
            mistake(s.tags, scheme)
    except ValueError as error:
        raise ValueError(f"{', '.join(files)}: {error}") from None
    return encoded(loaded.record, loaded.vocabularies, sentences)


def _multilabel(record: Record) -> bool:
    return bool(record["config"]["head"] == "sigmoid")


def _check_scheme(
    run: TaggingRun, tagger: TaggerConfig, train: Sequence[Tagged], scheme: str
) -> None:
    if run.keep == "f1" and scheme == NONE and tagger.head != "sigmoid":
        raise ValueError("keep: got 'f1', but the tags mark no names; want loss or accuracy")
    chained = tagger.head == "crf" and tagger.constrained and scheme != NONE
    if chained and (where := illegal(train, scheme)):
        raise ValueError(
            f"constrained: got True, but tags of training are not legal in {scheme}: {where};"
            " want another --scheme, or --noconstrained"
        )


def _about(
    data: dict[str, Any], parts: dict[str, Part], vocabularies: Any, multilabel: bool
) -> str:
    """How much there is, under which tags, and what of it no training can know."""
    sizes = ", ".join(
        f"{part} {sum(len(s.words) for s in members):,} in {len(members):,} sentences"
        for part, (_, members) in parts.items()
    )
    tags, padding = vocabularies["tags"], parts["train"].source.padding
    names = "" if data["scheme"] == NONE else f" ({data['scheme']})"
    lines = [
        f"{data['name']}: words: {sizes}; vocabulary {len(vocabularies['words']):,};"
        f" {len(tags)} tags{names}; {padding:.0%} padding"
    ]
    for part, (_, members) in parts.items():
        labels = [label for s in members for tag in s.tags for label in labels_of(tag, multilabel)]
        unseen = [label for label in labels if label not in tags]
        if unseen:
            lines.append(
                f"{part}: {len(unseen):,} words have tags that training does not have"
                f" ({', '.join(sorted(set(unseen))[:5])}): they count as wrong, and in no loss"
            )
    return "\n".join(lines)


def _words(config: TaggingData, counts: Counter[str]) -> Vocabulary:
    if config.vocabulary == 1 or max(counts.values(), default=0) < config.minimum:
        raise ValueError(
            f"vocabulary, minimum: got {config.vocabulary} and {config.minimum}, which leave no"
            f" word but {UNK}"
        )
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=[UNK])


def _tags(parts: Sentences, multilabel: bool) -> Vocabulary:
    """The tags of training; every part has some of them."""
    labels = {
        part: {label for s in members for tag in s.tags for label in labels_of(tag, multilabel)}
        for part, members in parts.items()
    }
    for part, seen in labels.items():
        if not seen & labels["train"]:
            raise ValueError(
                f"{part}: got tags {', '.join(sorted(seen)[:5]) or 'of none at all'}, want some of"
                f" training: {', '.join(sorted(labels['train'])[:10])}; is --tag_column right?"
            )
    return Vocabulary(tuple(sorted(labels["train"])))


def _digest(sentences: Sequence[Tagged]) -> str:
    text = "\n".join("\t".join(s.words + s.tags) for s in sentences)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
