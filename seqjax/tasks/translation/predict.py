"""Translations of new texts by a trained encoder-decoder."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.decoding import Beams, check_chosen, check_defined
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import unused
from seqjax.tasks.text_checks import check_text_or_tokens
from seqjax.tasks.text_input import encoding_of, lines_of
from seqjax.tasks.translation.encode import source_ids, tokens_of
from seqjax.tasks.translation.search import method, searcher


@dataclasses.dataclass(frozen=True)
class TranslationOptions:
    """Translation: how it is searched for, and how much of it is shown."""

    beam: int = option(5, "hypotheses that are followed at once; 1 is greedy")
    penalty: float = option(1.0, "how far longer translations are preferred; 0: not at all")
    sample: bool = option(False, "draw from the model instead of searching")
    temperature: float = option(1.0, "sample: below 1 safer, above 1 wilder")
    seed: int = option(0, "sample: the same seed draws the same translations")
    batch: int = option(64, "texts that are translated at once")
    hypotheses: int = option(1, "translations shown of each text; above 1 with their scores")


class Hypothesis(NamedTuple):
    """One of the translations of a text."""

    text: str
    tokens: list[str]
    score: float
    """what the hypotheses of a text are ordered by: log p / ((5 + length) / 6)^penalty"""
    log_probability: float
    """of the tokens and their end, in nats"""


class Translation(NamedTuple):
    """The best translation of a text, and others beside it."""

    text: str
    tokens: list[str]
    score: float
    log_probability: float
    hypotheses: list[Hypothesis]
    """the best first, which is this one; no more than ``options.hypotheses``"""


def predict(
    loaded: Loaded, texts: Sequence[str | Sequence[str]], options: TranslationOptions
) -> list[Translation]:
    """The translation of each text, which may be given as its tokens.

        run.predict(["3 may 1979"], beam=5)[0].text

    What is drawn for a text (``sample``) depends on the seed and the text alone.

    Raises:
      ValueError: for no texts, one with nothing in it, options out of range or that nothing would
        use, tokens unknown to a model without a token for them, or a model that gives NaN.
    """
    _check(options)
    sources = _sources(loaded, texts)
    # The salt makes the random numbers of a text its own, wherever it stands.
    examples = [{"source": ids, "salt": np.uint32(zlib.crc32(ids.tobytes()))} for ids in sources]
    rows, shapes = min(options.batch, len(examples)), loaded.record["config"]["shapes"]
    batches = buckets(examples, rows, sides={"source": ("source",)}, shapes=shapes)
    temperature = options.temperature if options.sample else None
    search = searcher(loaded.model, method(loaded, options.beam, options.penalty, temperature))
    key = jax.random.key(options.seed)
    hypotheses: dict[int, list[Hypothesis]] = {}
    for number in range(len(batches)):
        item: Any = batches[number]
        beams = jax.tree.map(
            np.asarray,
            search(loaded.params, item["source"], item["source_lengths"], item["salt"], key),
        )
        for row, index in enumerate(item["index"]):
            if index >= 0:
                hypotheses[index] = _hypotheses(loaded, beams, row)[: options.hypotheses]
    return [Translation(*hypotheses[n][0], hypotheses[n]) for n in range(len(examples))]


def _check(options: TranslationOptions) -> None:
    for name in ("beam", "batch", "hypotheses"):
        checks.positive(name, getattr(options, name))
    checks.seed(options.seed)
    for name in ("penalty", "temperature"):
        if not 0 <= (value := getattr(options, name)) < math.inf:
            raise ValueError(f"{name}: got {value}, want a finite number of 0 or more")
    if options.sample:
        unused(options, "beam", "penalty", "hypotheses", why="with sample, which draws one")
        return
    unused(options, "temperature", "seed", why="without sample")
    if options.hypotheses > options.beam:
        raise ValueError(
            f"hypotheses: got {options.hypotheses}, want at most {options.beam}, the --beam"
        )


def _sources(loaded: Loaded, texts: Sequence[str | Sequence[str]]) -> list[np.ndarray]:
    """The ids of each text and its end."""
    if not len(texts):
        raise ValueError("inputs: got no texts, want one or more")
    sources = []
    for number, text in enumerate(texts, 1):
        check_text_or_tokens(text, number)
        if not (tokens := tokens_of(loaded.record, text)):
            raise ValueError(f"inputs: got an empty text as number {number}, want some words")
        sources.append(source_ids(loaded.record, loaded.vocabularies, tokens))
    return sources


def _hypotheses(loaded: Loaded, beams: Beams, row: int) -> list[Hypothesis]:
    """Those of a row of a batch, the best first."""
    check_chosen(beams.tokens[:, row])
    check_defined(beams.log_probabilities[row])
    target, join = loaded.vocabularies["target"], loaded.tokenizer.join
    hypotheses = []
    for k in np.flatnonzero(beams.lengths[row]):  # 0: there were fewer than the beam is wide
        ids = beams.tokens[: beams.lengths[row, k], row, k]
        tokens = target.decode(ids[ids != target.eos])
        score, logs = float(beams.scores[row, k]), float(beams.log_probabilities[row, k])
        hypotheses.append(Hypothesis(join(tokens), tokens, score, logs))
    return hypotheses


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: TranslationOptions
) -> list[str]:
    """Texts, or the lines of files.

    Raises:
      ValueError: for both, neither, or an empty line.
    """
    return lines_of(texts, files, encoding=encoding_of(loaded.record))


def show(translation: Translation, options: TranslationOptions) -> str:
    """The text; of several hypotheses a line each, with its score."""
    if options.hypotheses == 1:
        return translation.text
    return "\n".join(f"{each.score:8.3f}  {each.text}" for each in translation.hypotheses)
