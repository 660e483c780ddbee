"""A loss scale that adapts: gradients that overflow float16 are left out, others are unchanged."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from training_toys import STEADY, TRUE, Points, Shelf, compiled, start, train
from walking import same

from seqjax.basics import precision, products
from seqjax.training import loss_scale
from seqjax.training.config import Optimization
from seqjax.training.fit import LoopConfig
from seqjax.training.logs import read
from seqjax.training.loss_scale import LossScale
from seqjax.training.nonfinite import NonFinite, NonFiniteRule
from seqjax.training.optimizers import optimizer
from seqjax.training.step import State, begin

ADAM = Optimization(optimizer="adam", rate=0.3)
GROUPS = Optimization(optimizer="adam", rate=0.3, accumulate=3, clip=1.0)
LARGE = 1000.0
"""What the errors are multiplied with: their gradients, times 2^15, are beyond float16."""


def large_loss(params: Any, carry: Any, batch: Any, *, key: Any) -> Any:
    """Mean squared error, times LARGE, by products of float16."""
    with precision.using("float16"):
        y = products.matmul(batch["x"], params["w"][:, None])[:, 0] + params["b"]
    errors = LARGE * (y - batch["y"]) ** 2
    carry = jax.tree.map(lambda n: n + 1, carry)
    return errors.mean(), (carry, {"loss": (errors.sum(), jnp.float32(errors.size))})


def no_slope(params: Any, carry: Any, batch: Any, *, key: Any) -> Any:
    """A loss of 0 whose gradient is NaN, whatever it is multiplied with."""
    value = jnp.sqrt(jnp.sum(0 * params["w"]))
    return value, (carry, {"loss": (value, jnp.float32(1))})


large_step = functools.cache(lambda config: compiled(config, 60, scaled=True, loss=large_loss))
skipping = functools.cache(lambda: compiled(ADAM, skip=True, scaled=True, loss=large_loss))


def beginning(config: Optimization, scaled: bool = True) -> State:
    chain = optimizer(config, 4, 60, skip=scaled)
    carry = {"seen": jnp.int32(0)}
    return begin(start(), chain, carry, scaled=scaled, key=jax.random.key(3))


def owned(tree: Any) -> Any:
    return jax.tree.map(np.array, tree)


def by_rule(rule: str, steps: int = 12, **options: Any) -> LoopConfig:
    return LoopConfig(steps, 4, 2, nonfinite=NonFiniteRule(rule, **options))


def test_what_overflows_converges_by_halving() -> None:
    """Nothing changes while the scale is too large but the scale, and the state moves on."""
    state, points, halvings = beginning(ADAM), Points(), 0
    for step in range(60):
        before, batch = owned((state.params, state.optimizer)), next(points)
        scale = float(state.loss_scale.scale)
        errors = batch["x"] @ before[0]["w"] + before[0]["b"] - batch["y"]
        state, metrics = large_step(ADAM)(state, batch, STEADY)
        # The loss is reported without the scale.
        np.testing.assert_allclose(metrics["loss"][0], LARGE * (errors**2).sum(), rtol=0.02)
        assert float(metrics["loss"][1]) == 5
        assert float(metrics["loss_scale"][0]) == scale
        assert int(state.step) == int(state.carry["seen"]) == step + 1
        # 65520 and more is rounded to infinity.
        overflow = scale * 2 / 5 * LARGE * abs(errors).max() >= 65520
        assert float(metrics["gradient_norm"][1]) == 1 - overflow
        if overflow:
            same(state.params, before[0])
            same(jax.tree.leaves(state.optimizer)[1:-1], jax.tree.leaves(before[1])[1:-1])
        assert float(state.loss_scale.scale) == (scale / 2 if overflow else scale)
        halvings += overflow
    assert halvings >= 9
    np.testing.assert_allclose(state.params["w"], TRUE, atol=0.2)


def test_a_scale_that_fits_changes_no_number() -> None:
    """Powers of two divide out exactly, before sums, clipping and moments."""
    ends = []
    for scaled in (False, True):
        state, points = beginning(GROUPS, scaled), Points()
        step = compiled(GROUPS, 60, scaled=scaled)
        for _ in range(7):
            state, metrics = step(state, next(points), STEADY)
        ends.append((owned(state.params), float(metrics["gradient_norm"][0])))
    for one, other in zip(*map(jax.tree.leaves, ends), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_batch_that_overflows_is_left_out_of_its_group() -> None:
    state, points = beginning(GROUPS), Points()
    state = state._replace(loss_scale=LossScale.start(2.0**11))
    for _ in range(2):
        state, _ = large_step(GROUPS)(state, next(points), STEADY)
    counted = [int(state.optimizer.batch), int(state.optimizer.usable)]
    assert counted[0] == 2 and counted[1] < 2
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(owned(state.optimizer)))


@pytest.mark.parametrize("rule", ["stop", "skip", "back"])
def test_an_overflow_is_no_error_and_not_skipped(rule: str, tmp_path: Path) -> None:
    step = skipping() if rule == "skip" else large_step(ADAM)
    limit = {} if rule == "stop" else {"limit": 1}
    state = train(tmp_path, ADAM, step, by_rule(rule, **limit), shelf=Shelf(), scaled=True)
    assert int(state.step) == 12
    rows = [row for row in read(tmp_path / "metrics.jsonl") if row["kind"] == "train"]
    assert {row.get("skipped") for row in rows} == ({0} if rule == "skip" else {None})
    assert rows[0]["loss_scale"] == 2.0**14 * 1.5 and "gradient_norm" not in rows[0]
    assert rows[-1]["loss_scale"] < 2.0**13 and rows[-1]["gradient_norm"] > 0
    assert not list(tmp_path.glob("nonfinite-*.npz"))


def test_an_infinite_loss_is_no_overflow(tmp_path: Path) -> None:
    """The rules see it as ever, and the scale stays."""
    with pytest.raises(NonFinite, match="at step 7"):
        train(tmp_path, ADAM, large_step(ADAM), by_rule("stop"), shelf=Shelf(), wild=6, scaled=True)
    state, points = beginning(ADAM), Points(0)
    state, metrics = skipping()(state, next(points), STEADY)
    assert float(metrics["skipped"][0]) == 1 and int(state.carry["seen"]) == 0
    assert float(state.loss_scale.scale) == 2.0**15


def test_a_gradient_that_no_scale_mends_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loss_scale, "FIRST", 4.0)
    monkeypatch.setattr(LossScale.start.__func__, "__defaults__", (4.0,))
    step = compiled(ADAM, scaled=True, loss=no_slope)
    with pytest.raises(NonFinite, match="gradient_norm: became nan at step 3"):
        train(tmp_path, ADAM, step, by_rule("stop"), shelf=Shelf(), scaled=True)


def test_resumed_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale and how long it has been fine go on, from a real checkpoint too."""
    monkeypatch.setattr(loss_scale, "PERIOD", 3)
    config = GROUPS
    step = compiled(config, 60, scaled=True, loss=large_loss)
    options: dict[str, Any] = {"scaled": True}
    shelf = Shelf()
    want = train(tmp_path / "a", config, step, by_rule("stop"), shelf=shelf, **options)
    scales = [float(kept[0]["rest"].loss_scale.scale) for kept in shelf.kept.values()]
    assert len(set(scales)) > 1  # it fell, and rose again
    for stop_at in (2, 7):
        folder = tmp_path / str(stop_at)
        shelf = Shelf() if stop_at == 2 else None
        train(folder, config, step, by_rule("stop"), shelf=shelf, stop_at=stop_at, **options)
        got = train(folder, config, step, by_rule("stop"), shelf=shelf, **options)
        same(*(jax.tree.leaves(s._replace(key=jax.random.key_data(s.key))) for s in (got, want)))


def test_the_scale_has_bounds() -> None:
    yes, no = jnp.bool_(True), jnp.bool_(False)
    least, most = LossScale.start(loss_scale.LEAST), LossScale.start(loss_scale.MOST)
    assert not least.overflow(loss=yes, gradient=no)
    assert LossScale.start().overflow(loss=yes, gradient=no)
    assert not LossScale.start().overflow(loss=no, gradient=no)
    grown = most._replace(finite=jnp.int32(loss_scale.PERIOD - 1)).after(no, yes)
    assert (float(grown.scale), int(grown.finite)) == (loss_scale.MOST, 0)
    for overflow, finite in ((no, 5), (yes, 0)):
        assert int(most._replace(finite=jnp.int32(5)).after(overflow, no).finite) == finite
