"""From the settings that name a text to its parts, its vocabulary and batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqjax.data import Vocabulary
from seqjax.data.words.corpus import WordCorpus, from_pieces
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.subsampling import keep_probability
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import as_json, of_record
from seqjax.tasks.task import DataSet, Part
from seqjax.tasks.word_vectors.config import (
    CorpusConfig,
    OutcomeConfig,
    StartConfig,
    WordVectorsRun,
    names,
)
from seqjax.tasks.word_vectors.corpus import (
    as_vocabularies,
    find_passes,
    phrases_of,
    read_corpus,
    text_files,
    tokens,
)
from seqjax.tasks.word_vectors.encode import (
    COUNTS,
    amount_of,
    checksum,
    counts_as_text,
    counts_of,
    encoded,
)
from seqjax.tasks.word_vectors.start import read_known
from seqjax.tasks.word_vectors.vector_tests import read_tests
from seqjax.vectors.training.config import VectorsConfig

DEFAULT = "python"
"""What the text is called that Python carries."""


def read(
    run: WordVectorsRun,
    settings: CorpusConfig,
    config: VectorsConfig,
    start: StartConfig,
    outcome: OutcomeConfig,
) -> DataSet:
    """Reads, counts and cuts the text; where vectors are to be tested, there is a part for that.

    Raises:
      ValueError: for a text that cannot be read or is too short; it names the setting or the file.
    """
    known, files = read_known(start, config), text_files(names(settings.data))
    phrases = find_passes(settings, files)
    corpus = read_corpus(settings, files, phrases, known.words)
    data = {
        "name": settings.data or DEFAULT,
        "words": len(corpus.words),
        "length": len(corpus.ids),
        "checksum": checksum(corpus.ids),
        "known": known.checksum(),
        COUNTS: counts_as_text(corpus.counts),
    }
    sources = encoded({"config": as_json(run, settings, config)}, corpus, "train", "valid")
    _check_held_out(settings, corpus, sources["valid"])
    parts = {part: Part(source, ()) for part, source in sources.items()}
    if tests := read_tests(outcome):
        parts["test"] = Part(sources["valid"], tests)
    vocabularies = {"words": Vocabulary(corpus.words), **as_vocabularies(phrases)}
    if start.freeze:
        vocabularies["frozen"] = Vocabulary(known.words)
    about = [_about(str(data["name"]), corpus, settings.sample), known.about(start, corpus.words)]
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=amount_of(sources["train"]),
        unit="entries" if config.objective == "glove" else "words",
        about="\n".join(filter(None, about)),
        pretrained=known,
    )


def _check_held_out(settings: CorpusConfig, corpus: WordCorpus, valid: Any) -> None:
    """Raises a ValueError where subsampling leaves no word with a context to measure on."""
    if not isinstance(valid, CorpusPieces):
        return
    pieces = (valid[k] for k in range(len(valid)))
    if not any((piece["left"] + piece["right"]).any() for piece in pieces):
        raise ValueError(
            f"held_out, sample: got {settings.held_out} and {settings.sample}, which leave no word"
            f" with a context of the {len(corpus.ids) - corpus.train} that are held out; want more"
            " text, a larger share, or --sample=0"
        )


def _about(name: str, corpus: WordCorpus, sample: float) -> str:
    keep = keep_probability(corpus.counts, sample)
    kept = float((corpus.counts * keep).sum()) / max(1, corpus.train)
    return (
        f"{name}: {corpus.read:,} words read, {len(corpus.words):,} different ones with"
        f" {len(corpus.ids):,} occurrences, {kept:.0%} of which subsampling keeps"
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """Files of text as a part for trained vectors; words without a vector are left out of it.

    Raises:
      ValueError: for files that cannot be read or hold no word that has a vector; a run of an older
        seqjax, which does not know how often its words occurred.
    """
    settings, vocabulary = of_record(CorpusConfig, loaded.record), loaded.vocabularies["words"]
    counts = counts_of(loaded.record)
    if counts is None:
        raise ValueError(
            f"counts: got none in {loaded.folder}: an older seqjax trained it, which did not keep"
            " how often words occur; the loss depends on it"
        )
    phrases = phrases_of(settings, loaded.vocabularies)
    # Nothing is for training, so nothing is counted: the known words alone are the vocabulary.
    corpus = from_pieces(
        tokens(settings, text_files(files), phrases), minimum=1, lines=settings.lines,
        held_out=1.0, words=vocabulary.tokens,
    )  # fmt: skip
    ids = vocabulary.encode(corpus.words)[corpus.ids]
    if not len(ids):
        raise ValueError(f"files: got {', '.join(files)}, where no word has a vector in this run")
    corpus = corpus._replace(words=vocabulary.tokens, counts=counts, ids=ids, train=len(ids))
    return Part(encoded(loaded.record, corpus, "train")["train"], ())
