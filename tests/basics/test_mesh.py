"""Meshes as text, and what programs see without one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from seqjax.basics import mesh


@pytest.mark.parametrize(
    ("text", "devices", "want"),
    [
        ("data:4", 4, {"data": 4}),
        ("data", 6, {"data": 6}),
        ("model:2,data:4", 8, {"data": 4, "model": 2}),
        ("data,model:2", 8, {"data": 4, "model": 2}),
        (" data : 2 , model ", 8, {"data": 2, "model": 4}),
    ],
)
def test_sizes(text: str, devices: int, want: dict) -> None:
    got = mesh.sizes(text, devices)
    assert got == want
    assert list(got) == list(want)


@pytest.mark.parametrize(
    ("text", "devices", "words"),
    [
        ("rows:4", 4, "got the axis 'rows'"),
        ("", 4, "got the axis ''"),
        ("data:2,data:2", 4, "got data twice"),
        ("data:0", 4, "got 'data:0'"),
        ("data:two", 2, "got 'data:two'"),
        ("data:²", 2, "got 'data:²'"),
        ("data:4", 8, "which are 4 devices, but there are 8"),
        ("data,model", 8, "a size for each axis but one"),
        ("data,model:3", 8, "which are 3 devices or a multiple, but there are 8"),
    ],
)
def test_what_is_no_mesh_is_refused(text: str, devices: int, words: str) -> None:
    with pytest.raises(ValueError, match="mesh: ") as raised:
        mesh.sizes(text, devices)
    assert words in str(raised.value)


def test_without_a_mesh_a_program_is_what_it_was() -> None:
    def program(x: jax.Array) -> jax.Array:
        y = mesh.over_rows(lambda x: 2 * x, len(x), (0,), 0)(x)
        total = mesh.sum_over_rows(lambda y: y.sum(), len(y), (0,))(mesh.split(y))
        return mesh.gathered(y) + total

    def plain(x: jax.Array) -> jax.Array:
        y = 2 * x
        return y + y.sum()

    x = jnp.ones(4)
    assert str(jax.make_jaxpr(program)(x)) == str(jax.make_jaxpr(plain)(x))


def test_rows_that_cannot_be_shared_are_walked_by_all() -> None:
    def function(x: jax.Array) -> jax.Array:
        return x

    one = mesh.make("data:1", jax.devices()[:1])
    with jax.set_mesh(one):
        assert mesh.size(mesh.DATA) == 1
        assert mesh.over_rows(function, 4, (0,), 0) is function
