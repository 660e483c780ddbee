"""Vectors of words from their spelling: over the characters of each word, on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import initializers

from seqjax.basics import checks, masks, mesh
from seqjax.basics.cell import Cell
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Params
from seqjax.layers import bidirectional, embedding, recurrent


class CharEncoder(NamedTuple):
    """A map from characters int [T, B, W] to vectors [T, B, width]; 0 is no character.

    Characters stand at the beginning of W; a word without any is the zero vector if nothing else.
    """

    init: Callable[[Array], Params]
    """key -> params"""
    apply: Callable[[Params, Array], Array]
    """(params, characters int [T, B, W]) -> vectors [T, B, width]"""
    width: int


def recurrent_char_encoder(vocabulary: int, features: int, cell: Cell, driver: str) -> CharEncoder:
    """[→h_W, ←h_1]: what two walks over the characters end with, from both ends of the word.

    Parameters: {"characters": {"w" [V, E]}, "walk": {"forward": ..., "backward": ...}}. All words
    of a batch are walked at once (Lample et al. 2016).

    Args:
      vocabulary: V, number of characters; 0 is none.
      features: E, width of the embedding of a character.
      cell: of the walk in each direction.
      driver: how the walk is done.

    Raises:
      ValueError: for a vocabulary or features below 1, or an unknown driver.

    >>> from seqjax.cells import lstm
    >>> recurrent_char_encoder(40, 8, lstm(12), "auto").width
    24
    """
    embed = embedding(vocabulary, features)
    walk = bidirectional(recurrent(cell, driver), recurrent(cell, driver, reverse=True))

    def init(key: Array) -> Params:
        checks.key(key)
        embed_key, walk_key = jax.random.split(key)
        return {
            "characters": embed.init(embed_key, vocabulary),
            "walk": walk.init(walk_key, features),
        }

    def apply(params: Params, characters: Array) -> Array:
        ids, lengths = _words_as_rows(characters)
        _, xs = embed.apply(params["characters"], ids, lengths)
        states, _ = walk.apply(params["walk"], xs, lengths)
        last = jnp.concatenate([cell.read(state) for state in states], -1).astype(xs.dtype)
        return last.reshape(*characters.shape[:2], -1)

    return CharEncoder(init, _over_devices(apply), 2 * cell.width)


def convolutional_char_encoder(
    vocabulary: int, features: int, filters: int, window: int
) -> CharEncoder:
    """tanh(max_w (Σ_k x_w+k . f_k) + b): each filter's best place in the word (Ma and Hovy 2016).

    A window is centred at w; beyond the word it sees zeros. Parameters: {"characters": {"w"
    [V, E]}, "w" [window E, filters], "b" [filters]}.

    Args:
      vocabulary: V, number of characters; 0 is none.
      features: E, width of the embedding of a character.
      filters: width of the vector of a word.
      window: characters that a filter sees.

    Raises:
      ValueError: for a vocabulary or features below 1.

    >>> encoder = convolutional_char_encoder(40, 8, 12, 3)
    >>> params = jax.jit(encoder.init)(jax.random.key(0))
    >>> jax.jit(encoder.apply)(params, jnp.array([[[7, 3, 0]], [[5, 0, 0]]])).shape
    (2, 1, 12)
    """
    embed = embedding(vocabulary, features)
    padding = (window - 1) // 2, window // 2

    def init(key: Array) -> Params:
        checks.key(key)
        embed_key, filter_key = jax.random.split(key)
        w = initializers.glorot_uniform()(filter_key, (window * features, filters), jnp.float32)
        return {"characters": embed.init(embed_key, vocabulary), "w": w, "b": jnp.zeros(filters)}

    def apply(params: Params, characters: Array) -> Array:
        ids, lengths = _words_as_rows(characters)
        _, xs = embed.apply(params["characters"], ids, lengths)
        padded = jnp.pad(xs, (padding, (0, 0), (0, 0)))
        steps = xs.shape[0]
        windows = jnp.concatenate([padded[k : k + steps] for k in range(window)], -1)
        responses = matmul(windows, params["w"])
        largest = jnp.max(jnp.where(_real(lengths, steps), responses, -jnp.inf), 0)
        best: Array = masks.zero(lengths > 0, jnp.tanh(largest + params["b"]).astype(xs.dtype))
        return best.reshape(*characters.shape[:2], -1)

    return CharEncoder(init, _over_devices(apply), filters)


def _over_devices(
    apply: Callable[[Params, Array], Array],
) -> Callable[[Params, Array], Array]:
    """``apply``, of which each device has its rows of words [T, B, W] under a mesh."""

    def of_rows(params: Params, characters: Array) -> Array:
        rows = characters.shape[1]
        outputs: Array = mesh.over_rows(apply, rows, (-1, 1), 1)(params, characters)
        return outputs

    return of_rows


def _words_as_rows(characters: Array) -> tuple[Array, Array]:
    """Characters first, [W, T B], and how many each word has, int32 [T B]."""
    ids = characters.reshape(-1, characters.shape[-1]).T
    return ids, jnp.sum(ids != 0, 0, dtype=jnp.int32)


def _real(lengths: Array, steps: int) -> Array:
    mask = masks.valid(lengths, steps)
    assert mask is not None
    return mask[..., None]
