"""A seqjax layer as a Flax module, Linen's or NNX's, to drop into a model of that library.

Sequences are time first, [T, B, D], as everywhere in seqjax; the results are (carry, hs).
"""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
from flax import nnx

from seqjax.basics.types import Array, Carry, Layer, Params


class LinenLayer(nn.Module):
    """``layer`` as a Linen module; its one variable, params/layer, is the layer's own tree.

    Attributes:
      layer: what is applied; its parameters are drawn from the stream "params".

    >>> import jax.numpy as jnp
    >>> from seqjax.cells import gru
    >>> from seqjax.layers import recurrent
    >>> (carry, hs), variables = LinenLayer(recurrent(gru(4))).init_with_output(
    ...     jax.random.key(0), jnp.zeros((5, 2, 3)))
    >>> hs.shape, list(variables["params"])
    ((5, 2, 4), ['layer'])
    """

    layer: Layer

    @nn.compact
    def __call__(
        self,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        deterministic: bool = True,
    ) -> tuple[Carry, Array]:
        """``layer.apply``: xs [T, B, D] -> (carry, hs [T, B, layer.width(D)]).

        Args:
          lengths: int [B]; None: no padding.
          carry: the state before the first step; None: the start.
          resets: bool [T, B]; marks the first step of each document in a row.
          deterministic: False turns the layer's noise on, drawn from the stream "dropout".
        """
        params = self.param("layer", self.layer.init, xs.shape[-1])
        noise = None if deterministic else self.make_rng("dropout")
        return self.layer.apply(params, xs, lengths, carry, resets=resets, key=noise)


class NNXLayer(nnx.Module):
    """``layer`` for inputs of width ``d`` as an NNX module; ``params`` is its tree of nnx.Param.

    Args:
      layer: what is applied; its parameters are drawn from ``rngs.params``.
      d: the width of the inputs.
      deterministic: False turns the layer's noise on; ``train()`` and ``eval()`` of the model
        around it set this too.
      rngs: its stream "dropout", if any, is forked and kept for the noise.

    >>> import jax.numpy as jnp
    >>> from seqjax.cells import gru
    >>> from seqjax.layers import recurrent
    >>> carry, hs = NNXLayer(recurrent(gru(4)), 3, rngs=nnx.Rngs(0))(jnp.zeros((5, 2, 3)))
    >>> hs.shape
    (5, 2, 4)
    """

    def __init__(self, layer: Layer, d: int, *, deterministic: bool = True, rngs: nnx.Rngs) -> None:
        self.layer = layer
        self.deterministic = deterministic
        self.params = nnx.data(jax.tree.map(nnx.Param, layer.init(rngs.params(), d)))
        self.rngs = rngs.dropout.fork() if hasattr(rngs, "dropout") else nnx.data(None)

    def __call__(
        self,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | None = None,
    ) -> tuple[Carry, Array]:
        """``layer.apply``: xs [T, B, D] -> (carry, hs [T, B, layer.width(D)]).

        Args:
          lengths: int [B]; None: no padding.
          carry: the state before the first step; None: the start.
          resets: bool [T, B]; marks the first step of each document in a row.
          deterministic: instead of the attribute.
          rngs: whose stream "dropout" to draw from, instead of the one that was kept.

        Raises:
          ValueError: if noise is on and there is no stream to draw it from.
        """
        noise: Any = None
        if not (self.deterministic if deterministic is None else deterministic):
            stream = self.rngs if rngs is None else rngs.dropout
            if stream is None:
                raise ValueError("rngs: got none with a stream 'dropout', want one for the noise")
            noise = stream()
        return self.layer.apply(self.tree(), xs, lengths, carry, resets=resets, key=noise)

    def tree(self) -> Params:
        """The parameters as the layer takes them: plain dicts of arrays."""
        return nnx.as_pure(self.params)
