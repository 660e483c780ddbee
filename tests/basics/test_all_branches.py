"""What results may depend on, whichever way a function goes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from seqjax.basics.all_branches import all_branches


def halved(x: Any) -> Any:
    return jax.jit(lambda x: jnp.where(x[0] > 0, x[1], jax.checkpoint(jnp.tanh)(x[2])))(x)


def counted(x: Any) -> Any:
    count, factor, value = x[:3]
    return lax.while_loop(lambda c: c[0] > 0, lambda c: (c[0] - 1, c[1] * factor), (count, value))[
        1
    ]


def chosen_at_each_step(x: Any) -> Any:
    return lax.scan(lambda c, v: (jnp.where(v > 0, c, v), None), x[0], x[1:3])[0]


# function -> which of four entries its result may depend on
FUNCTIONS = {
    "where": (lambda x: jnp.where(x[0] > 0, x[1], x[2]), "0110"),
    "select of three": (lambda x: lax.select_n(jnp.int32(x[0]), x[1], x[2], x[3]), "0111"),
    "cond": (lambda x: lax.cond(x[0] > 0, lambda x: x[1], lambda x: x[3] * 2, x), "0101"),
    "inside of calls": (halved, "0110"),
    "relu": (lambda x: jax.nn.relu(x[0]), "1000"),
    "log sigmoid": (lambda x: jax.nn.log_sigmoid(x[2]), "0010"),
    "sort": (lambda x: jnp.sort(x[:2])[0], "1100"),
    "while": (counted, "1110"),
    "scan that chooses": (chosen_at_each_step, "1110"),
    "scan that does not": (lambda x: lax.scan(lambda c, v: (c + v, None), x[0], x[1:3])[0], "1110"),
    "nothing but a choice": (lambda x: jnp.where(x[0] > 0, 1.0, 2.0), "0000"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("sign", [1, -1])
def test_not_a_number_comes_out_of_every_branch(name: str, sign: int) -> None:
    function, wanted = FUNCTIONS[name]
    x = sign * jnp.array([1.0, -2.0, 3.0, -0.5])
    found = [bool(jnp.isnan(all_branches(function)(x.at[k].set(jnp.nan)))) for k in range(4)]
    assert found == [digit == "1" for digit in wanted]


def test_where_nothing_is_chosen_it_is_the_function() -> None:
    """Trees in, trees out; calls, loops and functions with derivatives of their own as they are."""

    def function(x: Any) -> Any:
        carry, ys = lax.scan(lambda c, v: (c * v, c + v), x["a"], x["b"])
        return {"ys": jax.nn.relu(ys), "more": (carry, jax.jit(jnp.sin)(x["a"]), jnp.argmax(ys))}

    x = {"a": jnp.float32(0.5), "b": jnp.arange(-2.0, 3.0)}
    got, want = all_branches(function)(x), function(x)
    jax.tree.map(np.testing.assert_array_equal, got, want)


def test_inside_of_a_compiled_function() -> None:
    summed = jax.jit(all_branches(lambda x: jnp.where(x > 0, x, 2 * x)))
    assert summed(jnp.array([1.0, -1.0])).tolist() == [3.0, -3.0]
