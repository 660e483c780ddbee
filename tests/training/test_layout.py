"""Where arrays of a training lie, by rules on paths."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest
from jax.sharding import AbstractMesh, AxisType, PartitionSpec

from seqjax.training.layout import RULES, Layout, layout, rules
from seqjax.training.step import State, begin


def over(text: str = RULES, **sizes: int) -> Layout:
    """A layout over devices that need not be there."""
    mesh: Any = AbstractMesh(tuple(sizes.values()), tuple(sizes), (AxisType.Auto,) * len(sizes))
    return Layout(mesh, rules(text))


def specs(tree: Any) -> dict[str, tuple]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): tuple(leaf.spec)
        for path, leaf in leaves
    }


def shape(*sides: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(sides, jnp.float32)


PARAMS = {
    "embed": {"w": shape(10, 6)},
    "words": {"w": shape(7, 6)},
    "targets": {"w": shape(7, 5)},
    "head": {"w": shape(10, 6), "b": shape(10)},
    "input": shape(9, 4),
}


def test_the_first_rule_that_fits_counts() -> None:
    got = specs(over(data=2, model=2).of_params(PARAMS))
    assert got["embed/w"] == ("model",)
    assert got["words/w"] == (None, "model"), "seven rows cannot be divided by two"
    assert got["targets/w"] == (), "neither side can"
    assert got["head/w"] == got["head/b"] == ()
    assert got["input"] == (None, "model")


def test_rules_are_the_users() -> None:
    text = "head/(w|b)=model; input=data,model"
    got = specs(over(text, data=3, model=2).of_params(PARAMS))
    assert got["head/w"] == got["head/b"] == ("model",)
    assert got["input"] == ("data", "model")
    assert got["embed/w"] == ()


def test_an_axis_that_the_mesh_does_not_have_lays_nothing() -> None:
    assert set(specs(over(data=2).of_params(PARAMS)).values()) == {()}


def test_a_pattern_is_the_end_of_a_path_and_whole_names() -> None:
    params = {"decoder": {"embed": {"w": shape(4, 4)}}, "reembed": {"w": shape(4, 4)}}
    got = specs(over("embed/w=model", model=2).of_params(params))
    assert got == {"decoder/embed/w": ("model",), "reembed/w": ()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("embed/w", "want PATTERN=AXES"),
        ("=model", "want PATTERN=AXES"),
        ("embed/w=", "want PATTERN=AXES"),
        ("embed/w=columns", "got the axis 'columns'"),
        ("embed(/w=model", "no regular expression"),
    ],
)
def test_what_is_no_rule_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="sharding: ") as raised:
        rules(text)
    assert words in str(raised.value)


def test_the_optimizer_follows_its_parameters_and_the_carry_its_rows() -> None:
    params = {"embed": {"w": jnp.zeros((4, 6))}, "body": {"w_h": jnp.zeros((6, 6))}}
    chain = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.1))
    carry = {"h": jnp.zeros((8, 6)), "clock": jnp.zeros(())}
    state: State = jax.eval_shape(
        lambda: begin(params, chain, carry, average=True, key=jax.random.key(0))
    )
    got = over(data=4, model=2).of_state(state)
    assert specs(got.params)["embed/w"] == specs(got.average)["embed/w"] == ("model",)
    moments = specs(got.optimizer)
    assert {k: v for k, v in moments.items() if k.endswith("embed/w")} == {
        "1/0/mu/embed/w": ("model",),
        "1/0/nu/embed/w": ("model",),
    }
    assert {v for k, v in moments.items() if not k.endswith("embed/w")} == {()}
    assert specs(got.carry) == {"h": ("data",), "clock": ()}
    assert got.key.spec == got.step.spec == PartitionSpec()


def test_rows_that_devices_cannot_share_are_refused() -> None:
    grid = over(data=4)
    grid.check(8, "batch")
    with pytest.raises(ValueError, match="batch: got 10, want a multiple of 4, as mesh data:4"):
        grid.check(10, "batch")
    over(model=4).check(10, "batch")


def test_one_device_has_no_layout() -> None:
    assert layout("") is None


def test_a_batch_lies_as_it_is_said() -> None:
    grid = layout("data:1")
    assert grid is not None
    batch = {"inputs": jnp.zeros((3, 4)), "fresh": jnp.bool_(True)}
    placed = grid.batch(batch, {"inputs": 1})
    assert tuple(placed["inputs"].sharding.spec) == (None, "data")
    assert tuple(placed["fresh"].sharding.spec) == ()
    assert grid.rows_here(4) == slice(0, 4)
