"""cuDNN's LSTM, one layer in one direction, as a function that JAX can differentiate and batch."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array


def pack(w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """The weights of ``Fused`` as cuDNN takes them: one after the other, flat."""
    return jnp.concatenate([w.ravel() for w in (w_ih, w_hh, b_ih, b_hh)])


def _settings(x: Array, h: Array, tf32: bool) -> tuple[int, int, int, float, bool, Any]:
    """input_size, hidden_size, num_layers, dropout, bidirectional, precision of ``rnn.lstm``."""
    precision = lax.Precision.HIGH if tf32 else lax.Precision.HIGHEST
    return x.shape[-1], h.shape[-1], 1, 0.0, False, precision


def _forward(
    x: Array, h: Array, c: Array, weights: Array, lengths: Array, tf32: bool
) -> tuple[tuple[Array, Array, Array], Any]:
    # Imported when it is wanted: the module is experimental, and seqjax does without it.
    from jax.experimental import rnn

    # cuDNN's call has no rule for vmap; a loop over the new axis is one.
    @jax.custom_batching.sequential_vmap
    def call(x: Array, h: Array, c: Array, weights: Array, lengths: Array) -> tuple:
        return rnn.lstm_fwd(x, h[None], c[None], weights, lengths, *_settings(x, h, tf32))

    (y, h_n, c_n), saved = call(x, h, c, weights, lengths)
    return (y, h_n[0], c_n[0]), saved


def _backward(tf32: bool, saved: Any, cotangents: tuple[Array, Array, Array]) -> tuple:
    from jax.experimental import rnn

    @jax.custom_batching.sequential_vmap
    def call(saved: Any, dy: Array, dh: Array, dc: Array) -> tuple:
        given = _settings(saved[0], saved[1], tf32)
        return rnn.lstm_bwd(*given, saved, (dy, dh[None], dc[None]))[:4]

    dx, dh, dc, dweights = call(saved, *cotangents)
    return dx, dh[0], dc[0], dweights, None


@partial(jax.custom_vjp, nondiff_argnums=(5,))
def lstm(
    x: Array, h: Array, c: Array, weights: Array, lengths: Array, tf32: bool
) -> tuple[Array, Array, Array]:
    """(y [B, T, H], last h, last c) by ``jax.experimental.rnn``, in float32 on an NVIDIA GPU.

    y is zero past the lengths. Reverse mode once; a gradient of the gradient is refused by JAX.

    Args:
      x: [B, T, D].
      h, c: [B, H].
      weights: of ``pack``.
      lengths: int32 [B], 1 to T: cuDNN fails on an empty row (jax-ml/jax#17966).
      tf32: round the factors of products to the 10 bits of TensorFloat-32.
    """
    return _forward(x, h, c, weights, lengths, tf32)[0]


lstm.defvjp(_forward, _backward)
