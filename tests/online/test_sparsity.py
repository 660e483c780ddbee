"""What the step of a cell says of its derivatives, against what its equations say."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.cells import Cell, Step, lstm, residual, rnn, zoneout
from seqjax.cells.zoneout import MaskedInput
from seqjax.online import sparsity
from seqjax.online.groups import buckets, colors

H, D = 4, 3


def of(cell, x=None, d=D, **options):
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), d))
    return sparsity(cell, params, jnp.zeros((1, d)) if x is None else x, **options)


def test_heads_of_an_lstm():
    found = of(lstm(H, heads=2))
    head = np.kron(np.eye(2), np.ones((2, 2))) > 0
    unit = np.eye(H, dtype=bool)
    # of h' and c' by h and c: h is multiplied by w_h, c is not
    np.testing.assert_array_equal(found.state, np.block([[head, unit], [head, unit]]))
    biases = np.tile(unit, 4)
    output = np.arange(4 * H) // H == 3
    np.testing.assert_array_equal(found.learned[:H, : 4 * H], biases)
    np.testing.assert_array_equal(found.learned[H:, : 4 * H], biases & ~output)


def test_without_recurrent_weights():
    found = of(lstm(H), local=True)
    unit, nothing = np.eye(H, dtype=bool), np.zeros((H, H), bool)
    np.testing.assert_array_equal(found.state, np.block([[nothing, unit], [nothing, unit]]))


@pytest.mark.parametrize("learn_start", [False, True])
def test_both_ends_of_a_branch_are_seen(learn_start):
    """relu has no slope below zero, a unit that zoneout keeps none by its inputs."""
    cell = residual(zoneout(rnn(H, activation="relu", learn_start=learn_start), hidden=0.5))
    x = MaskedInput(jnp.zeros((1, H)), jnp.zeros((1, H), bool))
    # the masks are of noise, the inputs that are added are those without
    from seqjax.cells.residual import NoisyInput

    found = of(cell, NoisyInput(x, x.xs), H)
    assert found.state[:H, :H].all()
    assert not found.state[:, H:].any()  # what was added is not fed back
    assert not found.state[H:].any()
    starts = found.learned[:H, H : H + H]  # b, then start_0, if there is one, or w_h
    np.testing.assert_array_equal(starts, np.eye(H, dtype=bool))


def test_one_row_each_color():
    draw = np.random.default_rng(0)
    pattern = draw.random((9, 30)) < 0.15
    found = colors(pattern)
    assert ((found.seeds @ pattern) <= 1).all()
    assert (found.seeds.sum(0) == 1).all()
    assert found.seeds.shape[0] < 9


def test_groups_are_the_pattern():
    draw = np.random.default_rng(0)
    pattern = draw.random((4, 40)) < 0.3
    again = np.zeros_like(pattern)
    for bucket in buckets(pattern):
        for rows, columns in zip(bucket.rows, bucket.columns, strict=True):
            again[np.ix_(rows, columns)] = True
    np.testing.assert_array_equal(again, pattern)


def test_a_cell_that_is_only_a_step():
    cell = Cell(
        "swap", 2, lambda key, d: {"w_x": jnp.ones((d, 2))},
        lambda params, batch: jnp.zeros((*batch, 2)), lambda params, xs: xs @ params["w_x"],
        lambda s: s, Step(lambda params, s, z: jnp.where(s[..., ::-1] > 0, s[..., ::-1], 2) + z),
    )  # fmt: skip
    assert of(cell).state.astype(int).tolist() == [[0, 1], [1, 0]]
