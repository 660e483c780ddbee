"""The claim about output layers: the made-up language, equal time and the rule."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from instruments import run

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.outputs import output_layers, output_trials
from experiments.claims.outputs.zipf_text import CLASSES, entropy, language, pairs
from seqjax.basics.types import Array


def test_the_entropy_is_the_sum_over_all_words() -> None:
    made = language(100, seed=3)
    ids = np.arange(made.size)
    stationary = np.full(CLASSES, 1 / CLASSES)
    for _ in range(500):
        stationary = stationary @ made.follow
    total = 0.0
    for k in range(CLASSES):
        p = made.follow[k, ids % CLASSES] * made.words[ids // CLASSES]
        assert np.isclose(p.sum(), 1)
        total -= stationary[k] * (p * np.log(p)).sum()
    assert np.isclose(entropy(made), total)


def test_pairs_are_drawn_as_the_language_says() -> None:
    made = language(100, seed=3)
    found = pairs(made, 200_000, seed=0)
    assert (found == pairs(made, 200_000, seed=0)).all()
    assert (found != pairs(made, 200_000, seed=1)).any()
    before, after = found[:, 0] % CLASSES, found[:, 1] % CLASSES
    common = np.bincount(before).argmax()
    share = np.bincount(after[before == common], minlength=CLASSES) / (before == common).sum()
    assert np.abs(share - made.follow[common]).max() < 0.02
    # The first word of a pair is distributed as the second.
    assert np.abs(np.bincount(before) - np.bincount(after)).max() < 0.01 * len(found)
    ranks = np.bincount(found[:, 1] // CLASSES) / len(found)
    assert np.abs(ranks - made.words).max() < 0.01


def test_a_size_that_classes_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="size: got 130, want a multiple of 50"):
        language(130)


@pytest.mark.parametrize("name", output_trials.NAMES)
def test_each_layer_judges_by_probabilities_that_sum_to_one(name: str) -> None:
    layer = output_trials.head(name, 100)
    hs = np.random.default_rng(0).normal(size=32).astype(np.float32)

    def nats(key: Array) -> Array:
        hidden = jnp.broadcast_to(hs, (1, 100, 32))
        return layer.elements(layer.init(key, 32), hidden, jnp.arange(100)[None])

    assert np.isclose(np.exp(-run(nats, jax.random.key(0))).sum(), 1, atol=1e-5)


@pytest.mark.parametrize("output", output_trials.OUTPUTS)
def test_each_way_to_train_vectors_can_be_timed(output: str) -> None:
    assert 0 < output_trials.update_cost(output, 60) < 60


def results(full: float, others: float, gain: float) -> dict[str, object]:
    """Costs grow so many times; with equal time both others are ``gain`` nats ahead."""
    count = len(output_trials.VOCABULARIES)

    def part(end: float, seconds: float, every: int) -> dict[str, object]:
        return {"seconds": seconds, "every": every, "curves": [[9.0, end], [9.0, end + 0.01]]}

    return {
        "seeds": [0, 1],
        "entropy": 4.0,
        "cost": {
            "softmax": np.geomspace(1, full, count).tolist(),
            "hierarchical": np.geomspace(1, others, count).tolist(),
            "negative": np.geomspace(1, others, count).tolist(),
        },
        "trained": {
            "full": part(6.0, 1.0, 10),
            "adaptive": part(6.0 - gain, 0.5, 20),
            "sampled": part(6.0 - gain, 0.5, 20),
        },
    }


def test_others_must_be_cheap_and_ahead() -> None:
    verdict = output_layers.verdict
    assert verdict(results(100, 10, 0.5)).kind == HOLDS
    assert verdict(results(100, 10, 0.0)).kind == IN_PART
    assert verdict(results(100, 50, 0.5)).kind == IN_PART
    assert verdict(results(100, 50, -0.5)).kind == FAILS


@pytest.mark.parametrize(("growth", "factor"), [(50, 0.1), (10, 5.0)])
def test_neither_growth_nor_cost_alone_is_enough(growth: float, factor: float) -> None:
    made = results(100, growth, 0.5)
    for output in output_trials.OUTPUTS[1:]:
        costs = made["cost"][output]  # type: ignore[index]
        made["cost"][output] = [factor * cost for cost in costs]  # type: ignore[index]
    assert output_layers.verdict(made).kind == IN_PART


def test_quality_is_read_when_the_full_softmax_has_ended() -> None:
    made = results(100, 10, 0.5)
    made["trained"]["sampled"]["seconds"] = 1.0  # type: ignore[index]
    found = output_trials.at_equal_time(made)
    assert found["full"] == [6.0, 6.01]
    assert found["adaptive"] == [5.5, 5.51]
    assert found["sampled"] == [9.0, 9.0]


def test_tables_and_picture_are_complete() -> None:
    made = results(100, 10, 0.5)
    for table in output_layers.CLAIM.tables(made):
        assert table.rows and all(len(row) == len(table.head) for row in table.rows)
    for axes in output_layers.CLAIM.draw(made, "en").axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()
        assert axes.get_legend() is not None
