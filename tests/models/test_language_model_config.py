"""Options of language models: what they make, and what is refused before any work."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.models.heads import HEADS
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig, widths

V = 20


def made(**options: Any) -> Any:
    """Shapes of the parameters."""
    model = language_model(LanguageModelConfig(**options), V)
    return jax.tree.map(lambda a: a.shape, jax.eval_shape(model.init, jax.random.key(0)))


def test_every_cell_and_every_driver_makes_a_model() -> None:
    for cell in CELLS:
        assert made(cell=cell, hidden=8)["body"]["1"]["w_x"][0] == 8
    for driver in DRIVERS:
        cell = "min_gru" if DRIVERS[driver].unsupported(CELLS["lstm"](8), None) else "lstm"
        config = LanguageModelConfig(hidden=8, cell=cell, driver=driver)
        model = language_model(config, V)
        params = jax.eval_shape(model.init, jax.random.key(0))
        batch = {
            "inputs": jnp.zeros((5, 2), int), "targets": jnp.zeros((5, 2), int),
            "weights": jnp.ones((5, 2)), "fresh": jnp.bool_(True),
        }  # fmt: skip
        carry = jax.eval_shape(lambda p, m=model: m.start(p, 2), params)
        if driver == "fused":  # the tests are on a CPU
            with pytest.raises(ValueError, match="fused wants an NVIDIA GPU"):
                jax.eval_shape(model.evaluate, params, carry, batch)
            continue
        after, metrics = jax.eval_shape(model.evaluate, params, carry, batch)
        assert metrics["loss"][0].shape == (5, 2)
        assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, carry)


@pytest.mark.parametrize(
    ("head", "want"),
    [("softmax", (12, [16, 16, 16])), ("tied", (12, [16, 16, 12]))],
)
def test_widths(head: str, want: tuple[int, list[int]]) -> None:
    options: dict[str, Any] = {"head": head, "layers": 3, "hidden": 16}
    assert widths(LanguageModelConfig(**options, embedding=12)) == want
    assert widths(LanguageModelConfig(**options)) == (16, [16] * 3)
    params = made(**options, embedding=12)
    assert params["embed"] == {"w": (V, 12)}
    assert [params["body"][str(i)]["w_h"][0] for i in (1, 3, 5)] == want[1]
    assert params["body"]["1"]["w_x"][0] == 12
    assert params["head"] == {"b": (V,)} | ({"w": (V, 16)} if head == "softmax" else {})


def test_rates_of_dropout() -> None:
    """-1 is as --dropout, 0 is none."""
    config = LanguageModelConfig(dropout=0.5, dropout_hidden=0.0, layers=2)
    assert (config.rate("input"), config.rate("hidden")) == (0.5, 0.0)


def test_uniform_takes_every_weight_from_the_scale() -> None:
    config = LanguageModelConfig(hidden=16, init="uniform", scale=0.03)
    params = quick(language_model(config, V).init)(jax.random.key(0, impl="unsafe_rbg"))
    assert not params["head"].pop("b").any()
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        assert 0.02 < np.abs(leaf).max() <= 0.03, jax.tree_util.keystr(path)


@pytest.mark.parametrize(("bias", "want"), [(-1.0, 1.0), (0.0, 0.0), (2.5, 2.5)])
def test_forget_bias(bias: float, want: float) -> None:
    """-1 leaves it to the initialiser, whose default is 1."""
    config = LanguageModelConfig(hidden=4, forget_bias=bias)
    b = quick(lambda key: language_model(config, V).init(key)["body"]["1"]["b"])(jax.random.key(0))
    np.testing.assert_array_equal(b, np.repeat([0, want, 0, 0], 4))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"layers": 0}, "layers: got 0, want an integer of 1 or more"),
    ({"hidden": -3}, "hidden: got -3, want an integer"),
    ({"embedding": -1}, "embedding: got -1, want an integer"),
    ({"cell": "lstn"}, "cell: got 'lstn', want one of .*did you mean 'lstm'"),
    ({"driver": "hoistd"}, "driver: got 'hoistd', .*did you mean 'hoisted'"),
    ({"driver": "hoisted", "cell": "gru_reset_before"}, "hoisted"),
    ({"init": "unifrom"}, "init: got 'unifrom', .*did you mean 'uniform'"),
    ({"head": "sofmax"}, "head: got 'sofmax', .*did you mean 'softmax'"),
    ({"loss_per": "rows"}, "loss_per: got 'rows', .*did you mean 'row'"),
    ({"dropout": 1.0}, r"dropout: got 1.0, want a rate in \[0, 1\)"),
    ({"dropout_input": -0.5}, "dropout_input: got -0.5"),
    ({"dropout_hidden": 1.5, "layers": 2}, "dropout_hidden: got 1.5"),
    ({"dropout_hidden": 0.5}, "dropout_hidden: got a rate, but one layer"),
    ({"dropout_words": 2.0}, "dropout_words: got 2.0"),
    ({"weight_drop": math.nan}, "weight_drop: got nan"),
    ({"scale": -0.1}, "scale: got -0.1, want a number of 0 or more"),
    ({"scale": math.inf}, "scale: got inf"),
    ({"activation_penalty": math.nan}, "activation_penalty: got nan"),
    ({"change_penalty": -1.0}, "change_penalty: got -1.0"),
    ({"forget_bias": math.nan}, "forget_bias: got nan, want a number"),
    ({"forget_bias": 1.0, "cell": "gru"}, "forget_bias: got 1.0, but gru has none"),
    ({"head": "tied", "hidden": 8, "embedding": 6}, "hidden: got 8, .*want 6, or more layers"),
    ({"samples": 5}, "samples: got 5, want none with head=softmax"),
    ({"cutoffs": (5,), "head": "tied"}, r"cutoffs: got \(5,\), want none with head=tied"),
    ({"head": "sampled"}, "samples: got none, want a value with head=sampled"),
    ({"head": "sampled", "samples": -4}, "samples: got -4, want an integer of 1 or more"),
    ({"head": "adaptive"}, "cutoffs: got none, want a value with head=adaptive"),
    ({"head": "adaptive", "cutoffs": (9, 5)}, r"cutoffs: got \[9, 5\], .*rising"),
    ({"head": "adaptive", "cutoffs": (V,)}, f"rising numbers below {V}"),
    ({"head": "adaptive", "cutoffs": (5, 9), "hidden": 15}, "d: got 15, want 16 or more"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=lambda v: str(v)[:40])
def test_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        language_model(LanguageModelConfig(**options), V)


def test_refuses_no_vocabulary() -> None:
    with pytest.raises(ValueError, match="vocabulary: got 0"):
        language_model(LanguageModelConfig(hidden=4), 0)


def test_every_option_says_what_it_is() -> None:
    for field in dataclasses.fields(LanguageModelConfig):
        assert field.metadata["help"], field.name
    text = {field.name: field.metadata["help"] for field in dataclasses.fields(LanguageModelConfig)}
    for name, table in (("cell", CELLS), ("driver", DRIVERS), ("head", HEADS)):
        assert all(each in text[name] for each in table)
