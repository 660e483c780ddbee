"""cuDNN's LSTM calls as JAX makes them, computed on CPU by the reference that JAX keeps of them.

Only what lies below ``jax.experimental.rnn``, the two calls into cuDNN, is put in place: packing,
padding, gradients and batching run as on a GPU.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental import rnn
from jax.interpreters import mlir

RESERVE = 3
"""Numbers that a forward pass keeps for its backward pass; cuDNN decides how many."""
LIBRARY = SimpleNamespace(compute_rnn_workspace_reserve_space_sizes=lambda *_: (0, RESERVE))
ORDER = [0, 1, 2, 3]
"""Of the gates; any other makes a library that is wrong."""


def _walk(x: Any, h: Any, c: Any, w: Any, lengths: Any, of: dict) -> tuple:
    sizes = (of["input_size"], of["hidden_size"], 1, False)
    parts = rnn.unpack_lstm_weights(w, *sizes)
    order = jnp.array(ORDER)
    parts = jax.tree.map(lambda a: a.reshape(4, -1, *a.shape[1:])[order].reshape(a.shape), parts)
    out = rnn.lstm_ref(x, h, c, *parts, lengths, *sizes[:3], of["dropout"], of["bidirectional"])
    # cuDNN fails if a row is empty; here it gives nothing of use.
    return jax.tree.map(lambda a: jnp.where(lengths.min() > 0, a, jnp.nan), out)


def _forward(x: Any, h: Any, c: Any, w: Any, lengths: Any, **of: Any) -> tuple:
    return *_walk(x, h, c, w, lengths, of), jnp.full(RESERVE, 7.0, jnp.float32)


def _backward(dy: Any, dh: Any, dc: Any, x: Any, h: Any, c: Any, w: Any, *rest: Any, **of: Any):
    y, reserve, lengths = rest
    out, pull = jax.vjp(lambda x, h, c, w: _walk(x, h, c, w, lengths, of), x, h, c, w)
    kept = jnp.allclose(y, out[0], atol=1e-5) & jnp.all(reserve == 7)
    return jax.tree.map(lambda a: jnp.where(kept, a, jnp.nan), pull((dy, dh, dc)))


def install() -> None:
    """Makes the two calls known to XLA:CPU, where nothing else answers them."""
    for call, function in ((rnn.rnn_fwd_p, _forward), (rnn.rnn_bwd_p, _backward)):
        lower = mlir.lower_fun(function, multiple_results=True)
        mlir.register_lowering(call, lower, platform="cpu")
