"""Tokens as ids, and ids as the batches that a language model is trained and evaluated on."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqjax.data import Random, Sentences, Source, sentences, tokenizer, windows
from seqjax.data.packing import Packed, packed
from seqjax.tasks.language_model.config import CorpusConfig
from seqjax.tasks.language_model.whole_lines import whole_lines
from seqjax.tasks.pretrained.encode import encode
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part, Vocabularies

SHORTEST_ROW = 64
"""Tokens of a row of evaluation, if the text has as many."""
Tokens = list[Any]
"""strings, of one long text; or a list of them for each line"""
Ids = Any
"""int32 [N], or a list of them: one a line"""


def encoded(
    record: Record, vocabularies: Vocabularies, tokens: Tokens, part: str, *, train: bool = False
) -> Part:
    """The ids of a part as batches.

    Args:
      tokens: of one long text, or of each line.
      part: its name, as errors have it.
      train: batches of training, in its order and size; else of evaluation.

    Raises:
      ValueError: for a part without a line, or too short for one window.
    """
    config, vocabulary = of_record(CorpusConfig, record), vocabularies["tokens"]
    if config.sentences:
        lines = [encode(record["data"], vocabulary, line) for line in tokens]
        if not lines:
            raise ValueError(f"{part}: got no line with text in it, want some")
        return Part(_lines(config, lines, vocabulary.eos, record["data"]["first"], train), lines)
    ids: Ids = encode(record["data"], vocabulary, tokens)
    _check_length(config, len(ids), part, train)
    if train:
        random = Random(record["config"]["seed"]) if config.random_window else None
        return Part(windows(ids, config.batch, config.window, random=random), ids)
    # A short text has fewer rows, so that whatever holds two tokens can be evaluated; how many does
    # not depend on the window, which is a matter of training.
    batch = min(config.evaluation_batch, max(1, (len(ids) - 1) // SHORTEST_ROW))
    return Part(windows(ids, batch, config.window, overlap=config.overlap), ids)


def predictions(ids: Ids) -> int:
    """How many tokens one pass over a part predicts: all but the first, or all and each line's end.

    >>> predictions(np.arange(5)), predictions([np.arange(2), np.arange(3)])
    (4, 7)
    """
    if isinstance(ids, list):
        return sum(len(line) + 1 for line in ids)
    return len(ids) - 1


def packed_lines(source: Sentences) -> Packed:
    """The same lines, as many in a row of ``limit`` steps as fit; each begins from the start."""
    pieces = [source.targets[begin:end] for begin, end in source.pieces]
    examples = [
        {"inputs": np.append(np.int32(source.first), piece[:-1]), "targets": piece}
        for piece in pieces
    ]
    return packed(examples, source.batch, source.limit, fields=("inputs", "targets"))


def _lines(
    config: CorpusConfig, lines: list[np.ndarray], eos: int | None, first: int, train: bool
) -> Source:
    if not train:
        batch, steps = config.evaluation_batch, config.window
        return whole_lines(lines, batch, eos=eos, first=first, steps=steps)
    source = sentences(lines, config.batch, eos=eos, first=first, limit=config.window)
    return packed_lines(source) if config.packed else source


def _check_length(config: CorpusConfig, tokens: int, part: str, train: bool) -> None:
    least, hint = 2, "a larger share or more text"
    if train:
        least = config.batch * config.window + 1
        hint = f"a smaller --batch ({config.batch}) or --window ({config.window}), or more text"
    if tokens < least:
        raise ValueError(
            f"{part}: got {tokens} {tokenizer(config.tokenizer).unit}s, too short for one window"
            f" of {least}; want {hint}"
        )
