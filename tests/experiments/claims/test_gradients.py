"""The claim about gradients: its own measures against other ways to compute them, and its rule."""

from __future__ import annotations

import copy
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from instruments import made, run

from experiments.claims.cells import clipping, gradient_reach, gradients
from experiments.claims.cells.gradient_reach import by_distance, scaled, weight_norms
from experiments.claims.claim import FAILS, HOLDS, IN_PART
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params
from seqjax.cells import gru, rnn
from seqjax.diagnostics.gradient_flow import last_output, loss_gradients
from seqjax.diagnostics.trajectory import trajectory

SEEDS = 2


def test_recurrent_weights_have_the_spectral_radius_that_is_asked_for() -> None:
    w_h = run(lambda key: scaled(gru(6), 0.7, key), jax.random.key(0))["w_h"]
    for block in np.split(np.asarray(w_h, np.float64), 3, axis=1):
        assert np.allclose(np.abs(np.linalg.eigvals(block)), 0.7, atol=1e-6)


def test_gradients_of_weights_are_those_of_a_walk_that_begins_later() -> None:
    cell, (steps, k) = gru(5), (7, 3)
    xs = np.random.default_rng(0).normal(size=(steps, 2, 3))

    def found(params: Params) -> tuple[Array, Array]:
        walk = trajectory(cell, params, xs)

        def loss(w_h: Array) -> Array:
            carry = flat_state(cell, params).unravel(walk.before[steps - k])
            own = {**params, "w_h": w_h}
            return trajectory(cell, own, xs[steps - k :], carry=carry).hs[-1].sum()

        gradients_of_states = loss_gradients(cell, params, xs, last_output(jnp.sum))
        norms = weight_norms(cell, params, walk, gradients_of_states)
        return norms, jnp.log(jnp.linalg.norm(jax.grad(loss)(params["w_h"])))

    norms, wanted = run(found, made(cell, 3, 0.5))
    assert np.allclose(norms[k - 1], wanted, atol=1e-5)


def test_norms_are_in_logarithms_and_do_not_underflow() -> None:
    steps = 1 + max(gradient_reach.DISTANCES)
    sizes = 10.0 ** -np.linspace(0, 30, steps)[::-1]
    vectors = np.broadcast_to(np.array([0.6, 0.8]), (steps, 3, 2)) * sizes[:, None, None]
    logs = run(by_distance, vectors.astype(np.float32))
    wanted = -np.array(gradient_reach.DISTANCES) * 30 / (steps - 1) * math.log(10)
    assert np.allclose(logs, wanted, rtol=1e-4, atol=1e-4)


def test_without_slopes_the_gradient_of_an_orthogonal_network_keeps_its_length() -> None:
    cell = rnn(6, activation="relu")
    # All units stay above 0, where the slope of ReLU is 1.
    given = {"b": np.full(6, 10.0), "w_h": np.eye(6)[[1, 2, 3, 4, 5, 0]]}
    params = {**made(cell, 8), **given}
    found = run(
        lambda params, xs: loss_gradients(cell, params, xs, last_output(lambda h: h[0, 0])),
        params,
        np.zeros((20, 1, 8)),
    )
    assert np.allclose(np.linalg.norm(found, axis=-1), 1)


def test_a_share_of_the_rows_is_loud_and_targets_are_their_sums() -> None:
    xs, targets = run(lambda key: clipping.rows(key, 2000), jax.random.key(0))
    loud = np.abs(xs).max((0, 2)) > 1
    assert 0.07 < loud.mean() < 0.13
    assert np.allclose(targets, xs[..., 0].sum(0) / clipping.STEPS**0.5, atol=1e-4)
    quiet = targets[~loud]
    assert abs(np.mean(quiet**2) - clipping.GUESS) < 0.05


def test_both_ways_of_clipping_allow_a_gradient_of_the_same_norm() -> None:
    ways = clipping.ways()
    shapes = jax.eval_shape(clipping.initial, jax.random.key(0))
    count = sum(leaf.size for leaf in jax.tree.leaves(shapes))
    assert np.isclose(ways["value"].value * count**0.5, ways["norm"].norm)
    assert ways["none"].value == ways["none"].norm == math.inf


def test_the_cosine_of_exploded_gradients_is_a_number() -> None:
    first = {"a": np.array([3e30, 0.0], np.float32), "b": np.array([4e30], np.float32)}
    other = {"a": np.array([1.0, 0.0], np.float32), "b": np.zeros(1, np.float32)}
    cosine = jax.jit(clipping.cosine)
    assert np.isclose(cosine(first, first), 1)
    assert np.isclose(cosine(first, other), 0.6)


def results() -> dict[str, object]:
    """Made up so that each part of the rule is fulfilled."""
    far = gradient_reach.DISTANCES.index(gradient_reach.FAR)

    def part(ends: list[float]) -> dict[str, object]:
        curves = np.zeros((len(ends), SEEDS, len(gradient_reach.DISTANCES)))
        curves[:, :, far] = np.log(ends)[:, None]
        names = ("weight_gradient", "exponent", "slope", "log_gate", "open", "input_saturated")
        more = ("output_saturated", "memory_slope")
        numbers = {name: np.full((len(ends), SEEDS), 0.1).tolist() for name in (*names, *more)}
        return {"gradient": curves.tolist(), **numbers}

    def way(end: float | None) -> dict[str, object]:
        return {
            "updates": [0, 20],
            "loss": [[0.3, end]] * SEEDS,
            "diverged": [end is None] * SEEDS,
            "largest_norm": [10.0] * SEEDS,
            "cosine": [0.5] * SEEDS,
        }

    radii = part([1e-9, 1e-3, 0.5, 1.0, 1e3])
    count = len(gradient_reach.RADII)
    spectra = np.zeros((count, SEEDS, len(gradient_reach.PRODUCTS), 3)).tolist()
    return {
        "seeds": list(range(SEEDS)),
        "reach": {
            "radius": {"rnn": radii, "gru": radii, "lstm": radii},
            "size": part([0.5, 1e-3, 1e-6]),
            "forget": part([1e-9, 1e-4, 0.1, 0.5]),
            "loud_forget": part([1e-9, 1e-4, 0.1, 0.5]),
            "singular": {"log_values": spectra},
        },
        "clipping": {
            "none": way(None),
            "none, a hundredth of the rate": way(None),
            "value": way(0.1),
            "norm": way(0.1),
        },
    }


def test_the_claim_holds_where_all_parts_are_fulfilled() -> None:
    assert gradients.verdict(results()).kind == HOLDS


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (("reach", "radius", "rnn", "gradient", 4), IN_PART),
        (("reach", "size", "gradient", 1), IN_PART),
        (("reach", "forget", "gradient", 3), IN_PART),
        (("reach", "radius", "rnn", "gradient", 1), FAILS),
    ],
)
def test_a_gradient_that_is_not_as_taught_changes_the_verdict(
    path: tuple[str | int, ...], kind: str
) -> None:
    found = copy.deepcopy(results())
    place = found
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    far = gradient_reach.DISTANCES.index(gradient_reach.FAR)
    for seed in place[path[-1]]:  # type: ignore[index]
        seed[far] = math.log(0.2)
    assert gradients.verdict(found).kind == kind


def test_one_clipped_training_that_ends_badly_is_enough_for_part() -> None:
    found = copy.deepcopy(results())
    found["clipping"]["value"]["loss"] = [[0.3, 0.1], [0.3, 0.2]]  # type: ignore[index]
    assert gradients.verdict(found).kind == IN_PART
    found["clipping"]["value"]["loss"] = [[0.3, 0.1], [0.3, None]]  # type: ignore[index]
    assert gradients.verdict(found).kind == IN_PART


def test_tables_have_a_cell_for_each_head() -> None:
    for table in gradients.CLAIM.tables(results()):
        assert table.rows and all(len(row) == len(table.head) for row in table.rows)


def test_the_picture_has_titles_labels_and_units() -> None:
    figure = gradients.CLAIM.draw(results(), "en")
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()
        assert axes.get_legend() is not None
