"""Where an encoder-decoder looks while it writes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Array
from seqjax.data import EOS
from seqjax.data.buckets import buckets
from seqjax.models.encoder_decoder import EncoderDecoder
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.translation.encode import SIDES, example, source_ids, tokens_of


class Attention(NamedTuple):
    """The weights with which each token of a translation was written."""

    weights: np.ndarray
    """float [T, S]: of the S tokens of the source, for each of the T of the translation; the sum
    of each row is 1"""
    source: list[str]
    """S tokens, the last one EOS"""
    target: list[str]
    """T tokens, the last one EOS"""


def attention(
    loaded: Loaded,
    text: str | Sequence[str],
    translation: str | Sequence[str] | None = None,
    **options: Any,
) -> Attention:
    """Which tokens of a text each token of a translation was written with a look at.

        run.attention("3 may 1979").weights

    Args:
      text: or its tokens.
      translation: likewise; None for the model's own.
      options: of the search for that, such as ``beam``.

    Raises:
      ValueError: for a model without attention, an empty text, or options that nothing would use.
    """
    if loaded.record["config"]["attention"] == "none":
        raise ValueError("attention: this model has none, want one trained with --attention")
    if not (source := tokens_of(loaded.record, text)):
        raise ValueError("text: got an empty one, want some words")
    if translation is None:
        translation = loaded.predict([source], **options)[0].tokens
    elif options:
        raise ValueError(f"{next(iter(options))}: got it beside a translation, want one of them")
    target = tokens_of(loaded.record, translation)
    ids = source_ids(loaded.record, loaded.vocabularies, source)
    pair = example(ids, loaded.vocabularies["target"], target)
    (batch,) = buckets([pair], 1, sides=SIDES)
    weights = np.asarray(_weights(loaded.model)(loaded.params, batch))[..., 0]
    return Attention(weights, [*source, EOS], [*target, EOS])


@functools.lru_cache(maxsize=4)
def _weights(model: EncoderDecoder) -> Callable[..., Array]:
    """``model.weights``, compiled once for a model."""
    return jax.jit(model.weights)
