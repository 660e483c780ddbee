"""Parity with torch.nn: outputs at all steps and final states, weights going both ways."""

import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.cells import gru, gru_reset_before, lstm, rnn, zoneout
from seqjax.interop import torch as interop

torch = pytest.importorskip("torch")

# torch says that it runs projections without oneDNN, at no change in value.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")

D, H = 5, 4
CASES = {
    "rnn tanh": (rnn(H), lambda **more: torch.nn.RNN(D, H, **more)),
    "rnn relu": (
        rnn(H, activation="relu"),
        lambda **more: torch.nn.RNN(D, H, nonlinearity="relu", **more),
    ),
    "lstm": (lstm(H), lambda **more: torch.nn.LSTM(D, H, **more)),
    "lstm projection": (
        lstm(H, projection=3),
        lambda **more: torch.nn.LSTM(D, H, proj_size=3, **more),
    ),
    "gru": (gru(H), lambda **more: torch.nn.GRU(D, H, **more)),
}
kinds = pytest.mark.parametrize("kind", CASES)
# Every kind as one layer, and two kinds in every form.
cases = pytest.mark.parametrize(
    ("kind", "layers", "both"),
    [(kind, 1, False) for kind in CASES]
    + [
        (k, *form)
        for k in ("lstm projection", "gru")
        for form in [(1, True), (2, False), (3, True)]
    ],
)


def module(kind, layers=1, both=False, **more):
    return CASES[kind][1](num_layers=layers, bidirectional=both, **more)


def randomize(module, noise):
    for weight in module.parameters():
        weight.data = torch.tensor(noise(*weight.shape))
    return module


def theirs(module, xs, lengths=None):
    """(output, final states in our order) of a torch module."""
    inputs = torch.tensor(xs)
    pad = torch.nn.utils.rnn
    if lengths is not None:
        inputs = pad.pack_padded_sequence(inputs, lengths, enforce_sorted=False)
    with torch.no_grad():
        hs, last = module(inputs)
    if lengths is not None:
        hs, _ = pad.pad_packed_sequence(hs, total_length=len(xs))
    last = last if isinstance(last, tuple) else (last,)
    return hs.numpy(), [[part[i].numpy() for part in last] for i in range(len(last[0]))]


@cases
def test_theirs_to_ours(kind, layers, both, noise, xs, build, states, same):
    cell = CASES[kind][0]
    reference = randomize(module(kind, layers, both), noise)
    params = interop.load(reference, cell)
    carry, hs = build(cell, layers, both).apply(params, xs)
    same((hs, states(carry, layers, both)), theirs(reference, xs))


@cases
def test_ours_to_theirs(kind, layers, both, drawn, xs, build, states, same):
    cell = CASES[kind][0]
    layer = build(cell, layers, both)
    params = drawn(layer)
    reference = module(kind, layers, both)
    reference.load_state_dict(interop.store(params, cell))
    carry, hs = layer.apply(params, xs)
    same((hs, states(carry, layers, both)), theirs(reference, xs))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_packed_sequences(kind, noise, xs, build, states, same):
    cell, lengths = CASES[kind][0], np.array([4, 7, 1])
    reference = randomize(module(kind, 2, True), noise)
    params = interop.load(reference, cell)
    carry, hs = build(cell, 2, True).apply(params, xs, lengths)
    same((hs, states(carry, 2, True)), theirs(reference, xs, lengths))


@kinds
def test_module_without_biases(kind, noise, xs, build, states, same):
    cell = CASES[kind][0]
    reference = randomize(module(kind, bias=False), noise)
    carry, hs = build(cell).apply(interop.load(reference.state_dict(), cell), xs)
    same((hs, states(carry)), theirs(reference, xs))


def test_load_copies(noise, same):
    reference = randomize(module("lstm projection"), noise)
    params = interop.load(reference, CASES["lstm projection"][0])
    before = {name: np.array(leaf) for name, leaf in params.items()}
    with torch.no_grad():
        for weight in reference.parameters():
            weight.zero_()
    same(params, before)


def test_dtypes_are_kept():
    reference = module("gru").to(torch.bfloat16)
    params = interop.load(reference, gru(H))
    assert {leaf.dtype for leaf in params.values()} == {jnp.dtype(jnp.bfloat16)}
    state = interop.store(params, gru(H))
    assert {tensor.dtype for tensor in state.values()} == {torch.bfloat16}
    assert torch.equal(state["weight_hh_l0"], reference.weight_hh_l0)


ERRORS = {
    "another kind": ("gru", {}, lstm(H), "cell: got lstm for a torch module of mode GRU"),
    "no such cell": ("gru", {}, gru_reset_before(H), "gru_reset_before"),
    "tanh for relu": ("rnn relu", {}, rnn(H), "cell: got an rnn with tanh, but the torch module"),
    "relu for tanh": ("rnn tanh", {}, rnn(H, activation="relu"), "activation='tanh'"),
    "width": ("lstm", {}, lstm(H + 1), "weights: got recurrent kernel|weights: got input kernel"),
    "no projection": ("lstm projection", {}, lstm(H), "weights: got recurrent kernel"),
    "projection": ("lstm", {}, lstm(H, projection=3), "weights: got recurrent kernel"),
    "heads": ("lstm", {}, lstm(H, heads=2), r"wants \[2, 2, 8\]"),
    "learned start": ("lstm", {}, lstm(H, learn_start=True), "missing"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_load_refuses(case):
    kind, more, cell, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        interop.load(module(kind, **more), cell)


def test_load_refuses_wrappers_of_cells():
    with pytest.raises(ValueError, match="without wrappers"):
        interop.load(module("lstm").state_dict(), zoneout(lstm(H), hidden=0.1))


def test_load_refuses_wrong_keys():
    state = module("lstm", 2, True).state_dict()
    with pytest.raises(ValueError, match=r"module: got the key 'encoder\.weight_ih_l0'"):
        interop.load({"encoder." + key: value for key, value in state.items()}, lstm(H))
    for lost, message in [
        ("_l1_reverse", "_l1_reverse"),
        ("bias_hh_l0", "both biases or none"),
        ("weight_hh_l0", "want weight_ih and weight_hh"),
    ]:
        rest = {key: value for key, value in state.items() if not key.endswith(lost)}
        with pytest.raises(ValueError, match=message):
            interop.load(rest, lstm(H))
    with pytest.raises(ValueError, match="_l0"):
        interop.load({}, lstm(H))


def test_store_refuses(build, drawn):
    params = drawn(build(lstm(H), 2))
    with pytest.raises(ValueError, match="params"):
        interop.store(params, gru(H))
    with pytest.raises(ValueError, match="params: got b"):
        interop.store(params, lstm(H + 1))
    with pytest.raises(ValueError, match="params: got layers of one and of two directions"):
        interop.store({**params, "1": {"forward": params["0"], "backward": params["0"]}}, lstm(H))
    with pytest.raises(ValueError, match="no other library has heads"):
        interop.store(drawn(build(lstm(H, heads=2))), lstm(H, heads=2))
    with pytest.raises(ValueError, match=r"params.*start_0"):
        interop.store(drawn(build(gru(H, learn_start=True))), gru(H))
