"""Calls with what is another's, or of another shape: refused before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax import cells, drivers
from seqjax.basics.types import Layer
from seqjax.cells import gru, gru_reset_before, lstm, min_gru, rnn, zoneout
from seqjax.layers import bidirectional, dense, dropout, recurrent, residual, stack

T, B, D, H = 5, 2, 3, 8
XS, X = np.zeros((T, B, D), np.float32), np.zeros((B, D), np.float32)
KEY = jax.random.key(0)
OLD_KEY = np.zeros(2, np.uint32)


def zeros(init: Callable[..., Any], d: int = D) -> Any:
    """Parameters, without compiling anything."""
    made = jax.eval_shape(lambda: init(jax.random.key(0), d))
    return jax.tree.map(lambda a: np.zeros(a.shape, a.dtype), made)


def state(*widths: int, batch: int = B) -> Any:
    each = tuple(np.zeros((batch, width), np.float32) for width in widths)
    return each if len(each) > 1 else each[0]


L, G, DENSE = recurrent(lstm(H)), recurrent(gru(H)), dense(4)
BOTH = bidirectional(recurrent(gru(4)), recurrent(gru(4), reverse=True))
NET = stack([recurrent(lstm(H)), dropout(0.5), dense(2)])
NOISY = recurrent(zoneout(lstm(H)))
LP, GP, DP, BP, NP = (zeros(layer.init) for layer in (L, G, DENSE, BOTH, NET))
LC, GC = state(H, H), state(H)
assert L.step and G.step and NET.step and DENSE.step

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    # parameters of another
    "gru's in lstm": (lambda: L.apply(GP, XS), "got 'b_n', which lstm does not have; want b, w_h"),
    "lstm's in gru": (lambda: G.apply(LP, XS), "got b, w_h, w_x, but gru looks up 'b_n'"),
    "another width": (
        lambda: L.apply(zeros(lstm(4).init), XS),
        r"params\['b'\]: got float32\[16\], but lstm of width 8 wants .* of shape \[32\]",
    ),
    "a stack's in a cell": (lambda: L.apply(NP, XS), "got 0, 1, 2, but lstm looks up 'b'"),
    "a cell's in a stack": (
        lambda: NET.apply(LP, XS),
        "got 'b', which stack does not have",
    ),
    "a cell's both ways": (lambda: BOTH.apply(LP, XS), "bidirectional looks up 'forward'"),
    "one way of two": (
        lambda: BOTH.apply({"forward": BP["forward"]}, XS),
        "got forward, but bidirectional looks up 'backward'",
    ),
    "a cell's in dense": (lambda: DENSE.apply(LP, XS), "got b, w_h, w_x, but dense looks up 'w'"),
    "dense without b": (lambda: DENSE.apply({"w": DP["w"]}, XS), "got w, but dense looks up 'b'"),
    "b of one": (
        lambda: DENSE.apply({**DP, "b": np.zeros(1, np.float32)}, XS),
        r"params\['b'\]: got float32\[1\], but dense wants floating numbers of shape \[4\]",
    ),
    "bias unasked": (lambda: dense(4, bias=False).apply(DP, XS), "got 'b', which dense does not"),
    "one too many": (lambda: L.apply({**LP, "w_q": LP["b"]}, XS), "got 'w_q', which lstm does not"),
    "a list": (lambda: L.apply({**LP, "b": [0.0]}, XS), r"params\['b'\]: got list, but lstm of"),
    "integers": (
        lambda: L.apply({**LP, "b": np.zeros(32, int)}, XS),
        r"params\['b'\]: got int64\[32\], but lstm of width 8 wants floating numbers",
    ),
    "none at all": (lambda: DENSE.apply(None, XS), "params: got NoneType, want those of dense"),
    "none in noise": (lambda: NOISY.apply({}, XS, key=KEY), r"got none, .* of zoneout\(lstm\)"),
    "none in a start": (lambda: NET.start({}, (B,)), "params: got none, want 'w_x' among them"),
    "of a driver": (lambda: drivers.sequential(lstm(H), GP, XS), "got 'b_n', which lstm does"),
    "of a step": (lambda: L.step(GP, LC, X), "got 'b_n', which lstm does not have"),
    "of cell.step": (
        lambda: lstm(H).step(GP, LC, np.zeros((B, 32), np.float32)),
        r"params\['b'\]: got float32\[24\], but lstm of width 8 wants",
    ),
    "of project": (lambda: lstm(H).project({}, XS), "params: got none, want 'w_x' among them"),
    # inputs
    "rank 2": (lambda: L.apply(LP, X), r"xs: got shape \(2, 3\), want \[T, B, D\], time first"),
    "rank 4": (lambda: L.apply(LP, XS[None]), r"xs: got shape \(1, 5, 2, 3\), want \[T, B, D\]"),
    "width": (lambda: L.apply(LP, XS[..., :2]), "xs: got width 2 .*, want 3, the width the param"),
    "width of a step": (lambda: L.step(LP, LC, X[:, :2]), r"x: got width 2 \(shape .*, want 3"),
    "width in project": (lambda: lstm(H).project(LP, X[:, :2]), r"xs: got .* want width 3, the ro"),
    "ids": (lambda: L.apply(LP, XS.astype(int)), "xs: got int64, want floating .* an embedding"),
    "ids in a stack": (lambda: NET.apply(NP, XS.astype(int)), "xs: got int64, want floating"),
    "ids in a step": (lambda: L.step(LP, LC, X.astype(int)), "x: got int64, want floating"),
    "ids in dense": (lambda: DENSE.apply(DP, XS.astype(int)), "xs: got int64, want floating"),
    "ids in dropout": (
        lambda: dropout(0.5).apply({}, XS.astype(int), key=KEY),
        "xs: got int64, want floating",
    ),
    "complex": (lambda: L.apply(LP, XS + 1j), "xs: got complex64, want floating numbers"),
    "a list in a walk": (lambda: L.apply(LP, XS.tolist()), "xs: got list, want an array"),
    "None": (lambda: DENSE.apply(DP, None), "xs: got NoneType None, want an array"),
    "x for z": (lambda: lstm(H).step(LP, LC, X), r"z: got \[2, 3\], .*width 32: .*cell.project"),
    "x for z, affine": (
        lambda: min_gru(H).step(zeros(min_gru(H).init), GC, X),
        r"z: got \[2, 3\], but min_gru wants width 16",
    ),
    "x for z, step": (
        lambda: gru_reset_before(H).step(zeros(gru_reset_before(H).init), GC, X),
        r"z: got \[2, 3\], but gru_reset_before wants width 24",
    ),
    # lengths and resets
    "too long": (lambda: DENSE.apply(DP, XS, [3, 9]), "lengths: got 9 in row 1, want 0 to 5"),
    "too many": (lambda: DENSE.apply(DP, XS, [3, 5, 1]), r"lengths: got int\d+\[3\], want int"),
    "broken": (lambda: DENSE.apply(DP, XS, [3.5, 5]), r"lengths: got float32\[2\], want integers"),
    "text": (lambda: DENSE.apply(DP, XS, "ab"), "lengths: got str ab, want integers"),
    "turned": (lambda: NET.apply(NP, XS, resets=np.zeros((B, T), bool)), r"resets: got bool\[2, 5"),
    "turned, dense": (lambda: DENSE.apply(DP, XS, resets=np.zeros((B, T), bool)), "resets: got bo"),
    # states
    "gru's for lstm": (lambda: L.apply(LP, XS, None, GC), "carry: got structure .*lstm wants"),
    "lstm's for gru": (lambda: G.apply(GP, XS, None, LC), "carry: got structure .*gru wants"),
    "narrow": (lambda: G.apply(GP, XS, None, state(4)), r"carry: got float32\[2, 4\], but gru wan"),
    "of more rows": (lambda: G.step(GP, state(H, batch=3), X), r"carry: got shape \[3, 8\].*2, 8"),
    "text for a state": (
        lambda: G.apply(GP, XS, None, "a"),
        "carry: got str, want an array of",
    ),
    "in a step": (lambda: L.step(LP, GC, X), "carry: got structure .*lstm wants"),
    "None in a step": (lambda: L.step(LP, None, X), "carry: got structure .*lstm wants"),
    "in cell.step": (
        lambda: lstm(H).step(LP, GC, np.zeros((B, 32), np.float32)),
        "carry: got structure .*lstm wants",
    ),
    "of no state": (
        lambda: DENSE.apply(DP, XS, None, LC),
        r"carry: got a state, want \(\)",
    ),
    "of a stack": (lambda: NET.apply(NP, XS, None, LC), "carry: got tuple of 2, want a tuple of 3"),
    "of one way": (lambda: BOTH.apply(BP, XS, None, GC), "carry: got ndarray, want a tuple of 2"),
    "of three": (lambda: BOTH.apply(BP, XS, None, (GC,) * 3), "carry: got tuple of 3, want a tupl"),
    "a number of rows": (lambda: L.start(LP, 2), r"batch_shape: got 2, want a tuple of sizes"),
    "rows below 0": (lambda: L.start(LP, (-2,)), r"batch_shape: got \(-2,\), want a tuple"),
    # keys
    "unneeded key": (lambda: L.apply(LP, XS, key=3), "key: got 3, want a random key"),
    "key of dense": (lambda: DENSE.apply(DP, XS, key="a"), "key: got 'a', want a random key"),
    "many keys": (
        lambda: L.init(jax.random.split(KEY, 3), D),
        r"key: got keys of shape \(3,\)",
    ),
    "three words": (lambda: L.init(np.zeros(3, np.uint32), D), r"key: got uint32 of shape \(3,\)"),
    "key of noise": (lambda: zoneout(lstm(H)).noise(LP, XS, 3), "key: got 3, want a random key"),
    "key of weights": (
        lambda: cells.weight_drop(lstm(H), 0.1).noise(LP, XS, 0),
        "key: got 0",
    ),
    "key of masks": (lambda: cells.locked_dropout(lstm(H)).noise(LP, XS, 0), "key: got 0, want a"),
    "key in dropout": (lambda: dropout(0.5).init(0, 3), "key: got 0, want a random key"),
    # widths
    "a shape": (lambda: L.init(KEY, XS.shape), r"d: got \(5, 2, 3\), want an integer of 1 or more"),
    "a width in a stack": (lambda: NET.init(KEY, 0), "d: got 0, want an integer of 1 or more"),
    "a width in residual": (lambda: residual(G).init(KEY, "a"), "d: got 'a', want an integer"),
    # options
    "no driver": (lambda: recurrent(lstm(H), None), "driver: got None, want a name, one of assoc"),
    "way": (lambda: recurrent(lstm(H), reverse="yes"), "reverse: got 'yes', want True or False"),
    "merge": (lambda: bidirectional(L, L, merge=["sum"]), r"merge: got \['sum'\], want one of"),
    "no sequence": (lambda: stack(3), "layers: got 3, want a sequence of layers"),
    "parameters for layers": (lambda: stack([LP]), r"layers\[0\]: got a dict, want a layer"),
    "switch of dense": (lambda: dense(4, bias="no"), "bias: got 'no', want True or False"),
    "switch of dropout": (lambda: dropout(0.5, locked=1), "locked: got 1, want True or False"),
    "switch of a cell": (lambda: min_gru(H, learn_start="no"), "learn_start: got 'no', want True"),
    "switch of a gated cell": (lambda: rnn(H, learn_start=2), "learn_start: got 2, want True"),
    "forget bias": (lambda: lstm(H, forget_bias="a"), "forget_bias: got 'a', want a number"),
    "nan": (lambda: lstm(H, forget_bias=float("nan")), "forget_bias: got nan, want a number"),
    "no init": (lambda: lstm(H, init=["torch"]), r"init: got \['torch'\], want one of default"),
    "scale": (lambda: cells.uniform(-1), "scale: got -1, want a number of 0 or more"),
    "epsilon": (
        lambda: cells.layer_norm(lstm(H), epsilon=0),
        "epsilon: got 0, want a number",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_refused(wrong: str) -> None:
    """A ValueError names the argument, or the parameter, what it got and what it wants."""
    call, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("wrong", [name for name in WRONG if name.startswith(("gru", "rank"))])
def test_refused_inside_a_program(wrong: str) -> None:
    """While it is traced, before it is compiled."""
    call, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        jax.jit(call).lower()


@pytest.mark.parametrize("layer", [NET, BOTH], ids=["stack", "bidirectional"])
def test_the_place_in_a_network_is_said(layer: Layer) -> None:
    """Of several layers alike, the one that is wrong."""
    params = zeros(layer.init)
    part = {"0": "layer 0 of a stack", "forward": "the forward layer"}
    name = next(name for name in part if name in params)
    params[name] = {**params[name], "b": np.zeros(3, np.float32)}
    with pytest.raises(ValueError, match=r"params\['b'\]: got float32\[3\]") as error:
        layer.apply(params, XS)
    assert part[name] in "".join(error.value.__notes__)


def shapes(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    return jax.tree.map(jnp.shape, jax.eval_shape(lambda: function(*args, **options)))


def test_what_is_right_is_taken() -> None:
    """Keys of either kind, lists of numbers, narrow floats, a mask in the place of noise."""
    assert shapes(L.init, OLD_KEY, D) == shapes(L.init, KEY, D)
    assert shapes(L.init, jax.random.PRNGKey(0), D) == shapes(L.init, KEY, D)
    assert shapes(dropout(0.5).apply, {}, XS, key=OLD_KEY)[1] == XS.shape
    assert shapes(DENSE.apply, DP, XS.tolist(), [3, 5])[1] == (T, B, 4)
    assert shapes(L.apply, LP, XS.astype(np.float16), [3, 5], resets=np.ones((T, B), bool))[1]
    noisy, masked = jax.eval_shape(lambda: cells.locked_dropout(lstm(H)).noise(LP, XS, KEY))
    assert "locked" in noisy
    walk = jax.eval_shape(lambda *a: drivers.sequential(cells.locked_dropout(lstm(H)), *a),
                          noisy, masked)  # fmt: skip
    assert walk.hs.shape == (T, B, H)
    assert shapes(dense(1).apply, zeros(dense(1).init), X)[1] == (B, 1)  # rows without time


def test_weights_may_be_made_on_the_way() -> None:
    """A wrapper's own names reach cell.step beside those of the cell."""
    z = np.zeros((B, 4 * H), np.float32)
    assert shapes(lstm(H).step, {**LP, "gain": np.ones(3)}, LC, z) == ((B, H), (B, H))
