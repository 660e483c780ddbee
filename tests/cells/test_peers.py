"""The same weights in torch and flax give the same outputs, in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, REFERENCE, B, D, H, T
from walking import close, problem, quick

pytestmark = pytest.mark.usefixtures("x64")
NAMED = {case.name: case for case in CASES}


def walked(name, **options):
    given = problem(NAMED[name])
    cell, carry = NAMED[name].cell, given.carry
    drive = quick(lambda p, xs: REFERENCE.drive(cell, p, xs, carry=carry, **options))
    return given, drive(given.params, given.xs)


def per_gate(w, gates):
    return np.split(np.asarray(w), gates, axis=-1)


def torch_layer(kind, params, **options):
    """A torch layer with our weights: rows are gates there, and there are two biases."""
    torch = pytest.importorskip("torch")
    layer = getattr(torch.nn, kind)(D, H, dtype=torch.float64, **options)
    b = np.array(params["b"])
    b_h = np.zeros_like(b)
    if "b_n" in params:
        b_h[2 * H :] = params["b_n"]
    names = {
        "weight_ih_l0": np.asarray(params["w_x"]).T,
        "weight_hh_l0": np.asarray(params["w_h"]).T,
        "bias_ih_l0": b,
        "bias_hh_l0": b_h,
    }
    if "w_p" in params:
        names["weight_hr_l0"] = np.asarray(params["w_p"]).T
    if options.get("bidirectional"):
        names |= {f"{name}_reverse": value for name, value in names.items()}
    layer.load_state_dict({name: torch.tensor(value.copy()) for name, value in names.items()})
    return torch, layer


@pytest.mark.parametrize(
    "name, kind, options",
    [
        ("rnn_tanh", "RNN", {}),
        ("lstm", "LSTM", {}),
        ("lstm_projection_learned", "LSTM", {"proj_size": 2}),
        ("gru", "GRU", {}),
    ],
)
def test_equals_torch(name, kind, options):
    """nn.RNN, nn.LSTM (with proj_size too) and nn.GRU from a given state."""
    given, (carry, hs) = walked(name)
    torch, layer = torch_layer(kind, given.params, **options)
    state = jax.tree.map(lambda a: torch.tensor(np.array(a))[None], given.carry)
    with torch.no_grad():
        want, last = layer(torch.tensor(np.array(given.xs)), state)
    close(hs, want.numpy())
    close(carry, jax.tree.map(lambda a: a[0].numpy(), last))


def test_lengths_backwards_equal_torchs_packed_sequences():
    """The backward half of a bidirectional layer on ragged rows is our reverse walk."""
    given = problem(NAMED["lstm"])
    torch, layer = torch_layer("LSTM", given.params, bidirectional=True)
    lengths = np.array([T, 4, 1, 2])
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(torch.tensor(np.array(given.xs)), lengths.tolist(), enforce_sorted=False)
    with torch.no_grad():
        want, (last, _) = layer(packed)
    want = torch.nn.utils.rnn.pad_packed_sequence(want)[0].numpy()
    for reverse, half in ((False, want[..., :H]), (True, want[..., H:])):
        carry, hs = REFERENCE.drive(
            NAMED["lstm"].cell, given.params, given.xs, lengths, reverse=reverse
        )
        close(hs, half)
        close(carry[0], last[int(reverse)].numpy())


def dense(kernel, bias=None):
    return {"kernel": jnp.asarray(kernel)} | ({} if bias is None else {"bias": jnp.asarray(bias)})


def flax_gates(params, letters, biased):
    """Denses named by side and gate, as in flax; ``biased`` says which side holds the bias."""
    k = len(letters)
    sides = {"i": per_gate(params["w_x"], k), "h": per_gate(params["w_h"], k)}
    b = per_gate(params["b"], k)
    return {
        side + letter: dense(w[j], b[j] if side == biased else None)
        for side, w in sides.items()
        for j, letter in enumerate(letters)
    }


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn_tanh"])
def test_equals_flax(name):
    """linen's OptimizedLSTMCell, GRUCell and SimpleCell, step by step from a given state."""
    nn = pytest.importorskip("flax.linen")
    given, (_, hs) = walked(name)
    kinds = {"float": jnp.float64}
    kinds = {"dtype": kinds["float"], "param_dtype": kinds["float"]}
    if name == "lstm":
        cell, weights = nn.OptimizedLSTMCell(H, **kinds), flax_gates(given.params, "ifgo", "h")
        carry = given.carry[::-1]  # flax: (c, h)
    elif name == "gru":
        cell, weights = nn.GRUCell(H, **kinds), flax_gates(given.params, "rzn", "i")
        weights["hn"] = dense(weights["hn"]["kernel"], given.params["b_n"])
        carry = given.carry
    else:
        cell, carry = nn.SimpleCell(H, **kinds), given.carry
        weights = {
            "i": dense(given.params["w_x"], given.params["b"]),
            "h": dense(given.params["w_h"]),
        }
    step = quick(lambda carry, x: cell.apply({"params": weights}, carry, x))
    for t in range(T):
        carry, y = step(carry, given.xs[t])
        close(hs[t], y)
    assert hs.shape == (T, B, H)
