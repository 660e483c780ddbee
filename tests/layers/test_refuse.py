"""What is put in the wrong place is refused at once, with what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from walking import same

from seqjax import decoding, layers
from seqjax.cells import CELLS, lstm, residual, zoneout
from seqjax.drivers import DRIVERS
from seqjax.layers import bidirectional, dense, dropout, embedding, recurrent, stack, tied
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig

XS = jnp.ones((5, 2, 3))
KEY = jax.random.key(0)
LAYER = recurrent(lstm(8))
NETWORK = stack([LAYER, dense(2)])
LOGITS = jnp.zeros((2, 3))

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "cell in a stack": (
        lambda: stack([dense(3), lstm(8)]),
        r"layers\[1\]: got the cell lstm, want a layer: recurrent\(lstm\(8\)\)",
    ),
    "layer as a stack": (lambda: stack(LAYER), r"layers: got a layer, want a sequence.*\[layer\]"),
    "cell as a stack": (lambda: stack(lstm(8)), r"layers: got the cell lstm, want a layer: recurr"),
    "name in a stack": (lambda: stack(["lstm"]), r"layers\[0\]: got 'lstm', want a layer"),
    "name as a cell": (
        lambda: recurrent("lstm"),
        r"cell: got 'lstm', want a cell, such as",
    ),
    "factory as a cell": (lambda: recurrent(lstm), "cell: got the function lstm, want a cell"),
    "layer as a cell": (lambda: recurrent(LAYER), "cell: got a layer, want a cell"),
    "name in a wrapper": (lambda: zoneout("lstm"), "cell: got 'lstm', want a cell"),
    "factory in a wrapper": (lambda: residual(lstm), "cell: got the function lstm, want a cell"),
    "cells both ways": (lambda: bidirectional(lstm(8), LAYER), "forward: got the cell lstm, want"),
    "cell in residual": (
        lambda: layers.residual(lstm(8)),
        "layer: got the cell lstm, want a layer",
    ),
    "cell as an embedding": (
        lambda: tied(lstm(8), LAYER),
        "embed: got the cell lstm, want a layer",
    ),
    "no parameters": (lambda: LAYER.apply({}, XS), "params: got none, want those of lstm: a dict"),
    "no dict": (lambda: LAYER.apply(XS, XS), "params: got ArrayImpl, want those of lstm"),
    "no parameters in a stack": (lambda: NETWORK.apply({}, XS), "params: got none, want those of"),
    "seed as a key": (
        lambda: LAYER.init(0, 4),
        "key: got 0, want a random key",
    ),
    "seed of a stack": (lambda: NETWORK.init(0, 4), "key: got 0, want a random key"),
    "seed of an embedding": (lambda: embedding(5, 4).init(0, 5), "key: got 0, want a random key"),
    "seed of dropout": (lambda: dropout(0.5).apply({}, XS, key=0), "key: got 0, want a random key"),
    "seed of noise": (
        lambda: recurrent(zoneout(lstm(8))).apply(LAYER.init(KEY, 3), XS, key=1),
        "key: got 1, want a random key",
    ),
    "seed of a model": (
        lambda: language_model(LanguageModelConfig(hidden=4), 5).init(7),
        "key: got 7, want a random key",
    ),
    "seed of a choice": (lambda: decoding.choose(LOGITS, key=3), "key: got 3, want a random key"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_misplaced(wrong: str) -> None:
    """A ValueError names the argument, what it got and what it wants."""
    call, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", CELLS)
def test_a_missing_parameter_is_named(name: str) -> None:
    """Whichever parameter is gone, and in every driver: not a bare KeyError."""
    cell = CELLS[name](4)
    params = cell.init(KEY, 3)
    for missing in params:
        rest = {key: value for key, value in params.items() if key != missing}
        for driver in DRIVERS.values():
            if driver.name in ("native", "auto") or driver.unsupported(cell, None):
                continue
            with pytest.raises(ValueError, match=f"but {name} looks up '{missing}'; want those"):
                driver(cell, rest, XS)


def test_lists_of_lengths() -> None:
    """Layers take a list where they take an array."""
    network = stack([LAYER, dense(2)])
    params = network.init(KEY, 3)
    same(network.apply(params, XS, [5, 3]), network.apply(params, XS, jnp.array([5, 3])))
