"""Products of rounded factors: against float64, in every dtype that factors are rounded to."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.basics import precision, products
from seqjax.basics.rounded_products import einsum, rounded
from seqjax.drivers.custom_backward import custom_backward

NARROW = ("bfloat16", "float16")
DRAW = np.random.default_rng(0)
A, B = (DRAW.normal(size=shape).astype(np.float32) for shape in ((5, 7), (7, 4)))
HEADS, BLOCKS = (DRAW.normal(size=shape).astype(np.float32) for shape in ((2, 5, 6), (2, 3, 6)))


def narrowed(x: Any, name: str) -> np.ndarray:
    """As factors are, in float64."""
    return np.asarray(jnp.asarray(x, jnp.float32).astype(name), np.float64)


def equal(got: Any, *factors: Any, pattern: str, name: str) -> None:
    """``got`` is float32, and what exact products of the rounded factors sum to in float32."""
    a, b = (narrowed(factor, name) for factor in factors)
    assert got.dtype == jnp.float32
    bound = 2**-22 * np.einsum(pattern, abs(a), abs(b)) + 1e-12
    assert (abs(np.asarray(got) - np.einsum(pattern, a, b)) <= bound).all()


@pytest.mark.parametrize("name", NARROW)
def test_factors_are_rounded_and_sums_are_not(name: str) -> None:
    """Values and both gradients, which are products of rounded factors too."""

    @quick
    def both(a: Any, b: Any) -> Any:
        with precision.using(name):
            out, pull = jax.vjp(products.matmul, a, b)
        return out, *pull(jnp.sin(out))  # outside of the block

    out, da, db = both(A, B)
    equal(out, A, B, pattern="xy,yz->xz", name=name)
    equal(da, np.sin(out), B, pattern="xz,yz->xy", name=name)
    equal(db, A, np.sin(out), pattern="xy,xz->yz", name=name)


@pytest.mark.parametrize("name", NARROW)
def test_heads_and_hand_written_gradients(name: str) -> None:
    """``recur``, its transpose and the weight's gradient for blocks; the latter for a matrix."""

    @quick
    def all_of_them(h: Any, w: Any) -> Any:
        with precision.using(name):
            u = products.recur(h[0], w)
            back = products.recur_back(u, products.transposed(rounded(w)), 6)
            dense = products.recur_grad(h, h, jnp.zeros((6, 6)))
            return u, back, products.recur_grad(h, jnp.stack([u, u]), w), dense

    u, back, dw, dense = all_of_them(HEADS, BLOCKS)
    h = HEADS.reshape(10, 2, 3)
    # u has one gate of both heads after the other, the blocks one head with both of its gates.
    by_head = jnp.swapaxes(u.reshape(5, 2, 2, 3), 1, 2).reshape(5, 2, 6)
    equal(by_head, h[:5], BLOCKS, pattern="xna,nab->xnb", name=name)
    equal(back.reshape(5, 2, 3), by_head, BLOCKS, pattern="xnb,nab->xna", name=name)
    twice = np.concatenate([by_head, by_head])
    equal(dw, h, twice, pattern="xna,xnb->nab", name=name)
    flat = HEADS.reshape(10, 6)
    equal(dense, flat, flat, pattern="xa,xb->ab", name=name)


def test_gradients_of_gradients() -> None:
    """Of a smooth function, within what 8 bits leave of those in float32."""

    def steep(a: Any, b: Any) -> Any:
        slope = jax.grad(lambda a: jnp.sum(jnp.tanh(products.matmul(a, b))))(a)
        return jnp.sum(slope**2)

    want = quick(jax.grad(steep, (0, 1)))(A, B)
    got = quick(jax.grad(precision.applied(steep, "bfloat16"), (0, 1)))(A, B)
    for one, other in zip(got, want, strict=True):
        assert one.dtype == jnp.float32
        error = float(abs(one - other).max() / abs(other).max())
        assert 1e-5 < error < 0.05


def test_einsum_rounds_what_jax_would_not() -> None:
    with precision.using("float16"):
        got = einsum("bxd,vd->bxv", HEADS, np.ones((3, 6), np.float32))
    equal(got, HEADS, np.ones((3, 6)), pattern="bxd,vd->bxv", name="float16")
    np.testing.assert_array_equal(
        einsum("xy,yz->xz", A, jnp.asarray(B)), jnp.einsum("xy,yz->xz", A, B)
    )


def test_float32_alone_is_rounded() -> None:
    """Other dtypes are multiplied as they are; tf32 is float32 where no GPU is."""
    half = jnp.asarray(B, jnp.bfloat16)
    with precision.using("float16"):
        assert rounded(half).dtype == jnp.bfloat16
        assert precision.factor_dtype(jnp.float64) == jnp.float64
    plain = products.matmul(A, jnp.asarray(B))
    for name in ("float32", "tf32"):
        with precision.using(name):
            assert precision.factor_dtype(jnp.float32) == jnp.float32
            if jax.default_backend() == "cpu":
                np.testing.assert_array_equal(products.matmul(A, jnp.asarray(B)), plain)


@pytest.mark.parametrize("name", ["", "float16"])
def test_a_backward_pass_keeps_the_precision_of_its_forward_pass(name: str) -> None:
    """One that is written by hand, and runs where another precision is in force."""
    seen = []

    def backward(args: Any, fixed: Any, residuals: Any, cotangents: Any) -> Any:
        seen.append(precision.current())
        return cotangents

    function = precision.applied(
        lambda x: custom_backward(
            "it", value=lambda args, fixed: args, forward=lambda args, fixed: (args, ()),
            backward=backward, reference=lambda args, fixed: args,
        )(x, ()),
        name,
    )  # fmt: skip
    _, pull = jax.vjp(function, jnp.ones(2))
    with precision.using("bfloat16"):
        pull(jnp.ones(2))
    assert set(seen) == {name}


@pytest.mark.parametrize(
    "name, want", [("tf32", "HIGH"), ("float32", "HIGHEST"), ("float16", "DEFAULT")]
)
def test_what_a_gpu_is_told(name: str, want: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """HIGH lets it take tf32 for factors of float32, HIGHEST does not; those of 16 bits are taken
    as they are, and products that are none of ours stay float32."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")

    def told(function: Any) -> str:
        (product,) = (
            each for each in jax.make_jaxpr(precision.applied(function, name))(A, B).jaxpr.eqns
            if "precision" in each.params
        )  # fmt: skip
        (one, other) = product.params["precision"]
        assert one == other
        return str(one)

    # Not those of ``matmul`` for 16 bits: they are inside of a function with a gradient of its own.
    narrow = jnp.asarray(A, jnp.float16), jnp.asarray(B, jnp.float16)
    if name == "float16":
        jaxpr = jax.make_jaxpr(precision.applied(products.matmul, name))(*narrow).jaxpr
        assert "DEFAULT" in str(jaxpr) and "HIGHEST" not in str(jaxpr)
    else:
        assert told(products.matmul) == want
    assert told(jnp.dot) == ("HIGH" if name == "tf32" else "HIGHEST")


def test_what_is_compiled_at_one_precision_is_not_used_at_another() -> None:
    product = jax.jit(products.matmul)
    plain = product(A, B)
    with precision.using("bfloat16"):
        assert (product(A, B) != plain).any()
        with precision.using("float32"):
            np.testing.assert_array_equal(product(A, B), plain)
        assert precision.current() == "bfloat16"
    assert precision.current() == precision.UNSET
    np.testing.assert_array_equal(product(A, B), plain)


def test_an_unknown_precision_is_named() -> None:
    with pytest.raises(ValueError, match=r"precision: got 'fp16', want one of .*float16"):
        precision.applied(len, "fp16")("")
