"""What every driver takes and returns: lists of lengths, batches of no rows, records."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, DRIVERS
from instruments import made
from walking import close, quick, same

from seqjax.cells import Affine, clip_backward, ind_rnn, lstm, min_gru
from seqjax.drivers import DRIVERS as DRIVERS_BY_NAME
from seqjax.drivers import associative, hoisted, sequential
from seqjax.drivers import auto as auto_driver
from seqjax.drivers.auto import choose
from seqjax.drivers.inputs import prepare

CELLS = {
    driver.name: min_gru(4) if driver.name == "associative" else lstm(4)
    for driver in DRIVERS
    if not driver.apart
}
some_drivers = pytest.mark.parametrize(
    "driver", [driver for driver in DRIVERS if not driver.apart], ids=lambda driver: driver.name
)


XS = np.random.default_rng(1).normal(size=(5, 2, 3)).astype(np.float32)


@cache
def params_of(cell: Any) -> Any:
    """Random ones of NumPy for inputs of width 3."""
    return jax.tree.map(np.float32, made(cell, 3, 0.6))


def call(driver: Any, xs: Any, *args: Any, **options: Any) -> Any:
    cell = CELLS[driver.name]
    return driver.drive(cell, params_of(cell), xs, *args, **options)


@some_drivers
def test_results_have_names(driver: Any) -> None:
    """carry, hs and, if asked for, states, by name as by place."""
    result, with_states = quick(lambda xs: [call(driver, xs), call(driver, xs, states=True)])(XS)
    carry, hs = result
    same((carry, hs), (result.carry, result.hs))
    same(jax.tree.map(lambda a: a[-1], with_states.states), with_states.carry)
    assert len(with_states) == 3 and not hasattr(result, "states")


@some_drivers
def test_lengths_and_resets_as_lists(driver: Any) -> None:
    """A list of lengths is what an array of them is."""
    marks = np.zeros((5, 2), bool)
    marks[2, 0] = True

    def walks(xs: Any) -> Any:
        lists = call(driver, xs, [5, 2], resets=marks.tolist())
        return lists, call(driver, xs, np.array([5, 2]), resets=marks)

    same(*quick(walks)(XS))
    with pytest.raises(ValueError, match="lengths: got 6 in row 1, want 0 to 5"):
        call(driver, XS, [5, 6])


@some_drivers
@pytest.mark.parametrize(("steps", "reverse"), [(7, False), (1, True)])
def test_no_rows(driver: Any, steps: int, reverse: bool) -> None:
    """B = 0: empty results of the right shapes, and gradients of zero."""
    cell, xs = CELLS[driver.name], jnp.zeros((steps, 0, 3))
    params = params_of(cell)

    def loss(params: Any) -> Any:
        carry, hs, states = driver.drive(cell, params, xs, reverse=reverse, states=True)
        assert hs.shape == (steps, 0, 4)
        assert jax.tree.map(jnp.shape, carry) == jax.tree.map(jnp.shape, cell.start(params, (0,)))
        return sum(jnp.sum(leaf) for leaf in jax.tree.leaves((carry, hs, states)))

    assert not any(leaf.any() for leaf in jax.tree.leaves(quick(jax.grad(loss))(params)))


@pytest.mark.parametrize("steps", [3, 6, 8])
def test_no_rows_in_whole_chunks(steps: int) -> None:
    """B = 0 and as many steps as are in one chunk, in two, or in two and a part."""
    cell = CELLS["chunked"]
    walk = partial(DRIVERS_BY_NAME["chunked"], cell, size=3)
    carry, hs = quick(walk)(params_of(cell), np.zeros((steps, 0, 3), np.float32))
    assert hs.shape == (steps, 0, 4) and carry[0].shape == (0, 4)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_associative_refuses_what_is_not_affine(case: Any) -> None:
    """Only a cell whose recurrence is affine is walked in parallel; a clipped one is not."""
    served = not associative.unsupported(case.cell, None)
    linear = ("min_gru", "min_lstm", "lru", "diagonal_ssm", "sru")  # and rg_lru
    assert served == (any(name in case.name for name in linear) and not case.clipped)


def test_a_wrapper_that_is_not_affine_is_not_walked_as_if_it_were() -> None:
    """clip_backward of a linear cell is refused by name, not walked without its clipping."""
    cell = clip_backward(min_gru(4), 0.1)
    params, xs = params_of(cell), np.ones((2, 2, 3), np.float32)
    with pytest.raises(ValueError, match=r"associative cannot serve clip_backward\(min_gru\)"):
        associative(cell, params, xs)


def test_auto_takes_what_fits(monkeypatch: Any) -> None:
    """By the recurrence, the device and the memory that a gradient would take."""
    from seqjax.cells import gru_reset_before

    def chosen(cell: Any) -> str:
        return choose(cell, prepare(cell, params_of(cell), XS[:2]))[0].name

    names = [("hoisted", lstm(4)), ("sequential", gru_reset_before(4)), ("sequential", ind_rnn(4))]
    for name, cell in [*names, ("associative", min_gru(4))]:
        assert chosen(cell) == name
    auto_module = __import__("sys").modules["seqjax.drivers.auto"]
    monkeypatch.setattr(auto_module, "LIMIT", 100)
    assert chosen(lstm(4)) == "chunked"


def test_forward_mode_says_where_to_go() -> None:
    """A driver that writes its backward pass itself names the one that has forward mode."""
    cell = lstm(4)
    params = params_of(cell)

    def tangent(driver: Any, params: Any) -> Any:
        return jax.jvp(lambda p: driver(cell, p, XS).hs, (params,), (params,))[1]

    with pytest.raises(TypeError, match=r"driver: hoisted .*forward-mode.*use sequential"):
        tangent(hoisted, params)
    assert jax.eval_shape(partial(tangent, sequential), params).shape == (5, 2, 4)


def test_auto_is_a_driver_like_others() -> None:
    """Its result is that of the driver it takes."""
    cell = lstm(4)
    walks = quick(lambda p: [tuple(walk(cell, p, XS)) for walk in (auto_driver, hoisted)])
    close(*walks(params_of(cell)), 1e-7)


@some_drivers
def test_a_driver_can_be_compiled(driver: Any) -> None:
    """jit of the driver itself, the cell being known before tracing."""
    cell = CELLS[driver.name]
    params, xs = params_of(cell), XS[:2]
    walk = jax.jit(DRIVERS_BY_NAME[driver.name], static_argnums=0)
    close(tuple(walk(cell, params, xs)), tuple(driver.drive(cell, params, xs)), 1e-6)


def test_an_affine_cell_with_coefficients_of_all_kinds() -> None:
    """A decay that is a parameter, columns counted from the left: as step by step."""

    def constant(params: Any, z: Any) -> Any:
        return jax.nn.sigmoid(params["b"]), z

    def columns(params: Any, z: Any) -> Any:
        return jax.nn.softmax(z, 1), z - z[:, :1]

    def number(params: Any, z: Any) -> Any:
        return 0.5, z

    for coefficients in (constant, columns, number):
        cell = CELLS["associative"]._replace(
            start=lambda params, shape: jnp.zeros((*shape, 8)), recurrence=Affine(coefficients)
        )
        walks = [partial(walk, cell, lengths=[5, 3]) for walk in (associative, sequential)]
        both = quick(lambda p, walks=walks: [tuple(walk(p, XS)) for walk in walks])
        close(*both(params_of(cell)), 1e-6)


WRONG = {
    "typo": ({"lenghts": [1]}, "unexpected argument 'lenghts'.*all drivers take lengths"),
    "text for a flag": ({"reverse": "no"}, "reverse: got 'no', want True or False"),
    "text for lengths": ({"lengths": "ab"}, "lengths: got str ab, want integers of shape"),
    "text for resets": ({"resets": "ab"}, "resets: got str ab, want bool of shape"),
    "ragged lengths": ({"lengths": [[1], [1, 2]]}, r"lengths: got list .*, want integers"),
    "nested lists": ({"xs": [[[1.0, 2.0, 3.0]]]}, r"xs: got list, want an array \[T, B, D\]"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_misuse(wrong: str) -> None:
    """Each names the argument, what it got and what it wants."""
    arguments, message = WRONG[wrong]
    cell = lstm(4)
    arguments = {"xs": np.ones((2, 2, 3), np.float32), **arguments}
    with pytest.raises((TypeError, ValueError), match=message):
        sequential(cell, params_of(cell), **arguments)
