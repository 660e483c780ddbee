"""Initial weights by name: what libraries do by default, so that their results can be repeated.

    name      w_x [D, kH]               w_h [P, kH]                b                 forget gate
    default   glorot uniform, per gate  orthogonal, per gate       0                 +1
    torch     U(-1/sqrt H, 1/sqrt H)    the same                   two of the same   +0
    keras     glorot uniform, at once   orthogonal, at once        0                 +1
    flax      lecun normal, per gate    orthogonal, per gate       0                 +0
    nnx       lecun normal, per gate    orthogonal, at once        0                 +0
    equinox   U(-1/sqrt H, 1/sqrt H)    the same                   one of the same   +0
    haiku     LSTM  N(0, 1/(D+P)), cut  the same                   0                 +1
              RNN   N(0, 1/D), cut      N(0, 1/P), cut             0
              GRU   lecun normal        lecun normal               0

"At once" takes all gates as one matrix: orthogonal rows leave each gate's block with about half the
scale. "Cut" is at two standard deviations, which leaves 0.88 of them; lecun normal is cut, too, and
then widened to N(0, 1/rows). torch adds two biases where we have one; in its GRU the candidate's
two stay apart, b and b_n. "flax" is Linen, and nnx.LSTMCell; "nnx" is flax.nnx with its
OptimizedLSTMCell. A forget gate that begins open: Gers et al. 2000, Jozefowicz et al. 2015.

Cells that a library does not have begin as its LSTM if they have a memory, as its RNN if they have
one block, else as its GRU. w_p [H, P] begins as w_x of an RNN with H inputs, within the bounds of H
units. Each head of w_h is a matrix of its own. b_n, and w_c of peepholes, begin as a bias of torch
and of equinox do, else at zero; a learned start at zero.
"""

from __future__ import annotations

from jax.nn import initializers as nn

from seqjax.basics import checks
from seqjax.basics.initial_draws import (
    Init,
    Sizes,
    at_once,
    equinox,
    haiku,
    per_gate,
    torch,
    uniform,
    vector,
)

__all__ = ["INITIALIZERS", "Init", "Sizes", "initializer", "uniform"]

INITIALIZERS: dict[str, Init] = {
    "default": Init(per_gate(nn.glorot_uniform(), nn.orthogonal()), 1.0),
    "torch": Init(torch, vector=vector),
    "keras": Init(at_once(nn.glorot_uniform(), nn.orthogonal()), 1.0),
    "flax": Init(per_gate(nn.lecun_normal(), nn.orthogonal())),
    "nnx": Init(at_once(nn.lecun_normal(), nn.orthogonal())),
    "equinox": Init(equinox, vector=vector),
    "haiku": Init(haiku, 1.0),
}


def initializer(init: str | Init) -> Init:
    """The initialiser of that name, or the one given."""
    return init if isinstance(init, Init) else checks.lookup("init", INITIALIZERS, init)
