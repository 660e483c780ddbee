"""What every layer promises: padding, cutting, stepping, resets, noise, batches, dtypes."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from layer_cases import (
    LAYERS,
    ONE_WAY,
    TWO_WAY,
    D,
    inputs,
    is_embedding,
    over_layers,
    parameters,
)
from walking import in_numpy, quick

T, B, PART = 6, 3, 2
LENGTHS = np.array([6, 0, 4])
TOLERANCE = {"rtol": 2e-6, "atol": 2e-6}

NOISY = ("stack", "noisy_cell", "dropout", "deep_bidirectional")
VECTORS = [name for name in LAYERS if not is_embedding(name)]

every = over_layers(LAYERS)
causal = over_layers(ONE_WAY)
vectors = over_layers(VECTORS)


TRACED: Counter[str] = Counter()
"""How often the ``apply`` of a layer was traced."""


@functools.cache
def applied(name: str) -> Callable[..., tuple]:
    """The layer's ``apply``, compiled once for each shape."""

    def apply(*args: object, **options: object) -> tuple:
        TRACED[name] += 1
        return LAYERS[name][0].apply(*args, **options)

    return quick(apply)


def run(name: str, *args: object, **options: object) -> tuple:
    """What ``apply`` gives, in NumPy."""
    return in_numpy(applied(name)(*args, **options))


def in_parts(name: str, params: dict, xs: np.ndarray, between: Callable) -> tuple:
    """(last carry, hs) of walks of PART steps each, whose carry is between(that of the last)."""
    carry, hs = LAYERS[name][0].start(params, (xs.shape[1],)), []
    for t in range(0, T, PART):
        carry, out = run(name, params, xs[t : t + PART], None, between(carry))
        hs.append(out)
    return carry, np.concatenate(hs)


def same(got: object, want: object) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **TOLERANCE), got, want)


@over_layers(LAYERS, also=LAYERS)
def test_width_and_start_are_as_promised(name: str) -> None:
    layer, d = LAYERS[name]
    params = parameters(name)
    carry, hs = run(name, params, inputs(name, T, B))
    assert hs.shape == (T, B, layer.width(d))
    start = layer.start(params, (B,))
    assert jax.tree.structure(carry) == jax.tree.structure(start)
    assert [a.shape for a in jax.tree.leaves(carry)] == [a.shape for a in jax.tree.leaves(start)]


@every
def test_a_padded_row_equals_the_row_alone(name: str) -> None:
    layer, _ = LAYERS[name]
    params, xs = parameters(name), inputs(name, T, B)
    carry, hs = run(name, params, xs, LENGTHS)
    for b, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(hs[length:, b], 0)
        if length:
            alone, out = run(name, params, xs[:length, b : b + 1])
            same(hs[:length, b], out[:, 0])
            same(jax.tree.map(lambda a, b=b: a[b], carry), jax.tree.map(lambda a: a[0], alone))
    start = layer.start(params, (B,))
    same(*(jax.tree.map(lambda a: a[1], tree) for tree in (carry, start)))


@vectors
def test_poison_in_the_padding_changes_nothing(name: str) -> None:
    layer, _ = LAYERS[name]
    params, xs = parameters(name), inputs(name, T, B)
    padding = np.arange(T)[:, None] >= LENGTHS
    poisoned = np.where(padding[..., None], np.float32(np.nan), xs)

    @quick
    def everything(params: dict, xs: jax.Array) -> tuple:
        def loss(params: dict, xs: jax.Array) -> jax.Array:
            return jnp.sum(jnp.sin(layer.apply(params, xs, LENGTHS, key=jax.random.key(3))[1]))

        return jax.value_and_grad(loss, argnums=(0, 1))(params, xs)

    clean, dirty = in_numpy(everything(params, xs)), in_numpy(everything(params, poisoned))
    jax.tree.map(np.testing.assert_array_equal, clean, dirty)
    np.testing.assert_array_equal(dirty[1][1][padding], 0)
    assert np.abs(dirty[1][1][~padding]).min() > 0 or name == "dropout"


@causal
def test_cut_and_carry_on_equals_one_run(name: str) -> None:
    params, xs = parameters(name), inputs(name, T, B)
    same(in_parts(name, params, xs, lambda carry: carry), tuple(run(name, params, xs)))


@causal
def test_step_equals_apply(name: str) -> None:
    layer, _ = LAYERS[name]
    params, xs = parameters(name), inputs(name, T, B)
    carry, hs = run(name, params, xs)
    state, step = layer.start(params, (B,)), quick(layer.step)
    for t in range(T):
        state, h = step(params, state, xs[t])
        same(h, hs[t])
    same(state, carry)


@pytest.mark.parametrize("name", TWO_WAY)
def test_layers_that_need_the_future_have_no_step(name: str) -> None:
    assert LAYERS[name][0].step is None


@functools.cache
def jacobian_of(name: str) -> np.ndarray:
    """[T, B, T, B]: the size of what an output has from an input."""
    layer, params = LAYERS[name][0], parameters(name)
    outputs = jax.jacrev(lambda x: layer.apply(params, x, LENGTHS)[1].sum(-1))
    return np.abs(quick(outputs)(inputs(name, T, B))).sum(-1)


@vectors
@pytest.mark.parametrize("b", [0, 2])
def test_what_an_output_depends_on(name: str, b: int) -> None:
    """One way: nothing later. Both ways: the whole row. Never the padding or another row."""
    jacobian = jacobian_of(name)
    others = [row for row in range(B) if row != b]
    np.testing.assert_array_equal(jacobian[:, b][:, :, others], 0)
    real = slice(0, LENGTHS[b])
    inside = jacobian[real, b, real, b]
    np.testing.assert_array_equal(jacobian[:, b, LENGTHS[b] :, b], 0)
    if name in ONE_WAY:
        np.testing.assert_array_equal(np.triu(inside, 1), 0)
        assert (np.diag(inside) > 0).all()
    elif name == "reverse":
        np.testing.assert_array_equal(np.tril(inside, -1), 0)
    else:
        assert (inside > 0).all()


@every
def test_resets_equal_separate_runs(name: str) -> None:
    params, xs = parameters(name), inputs(name, T, B)
    start = LAYERS[name][0].start(params, (B,))
    marks = np.zeros((T, B), bool)
    marks[::PART] = True
    _, hs = run(name, params, xs, resets=marks)
    same(hs, in_parts(name, params, xs, lambda carry: start)[1])


@over_layers(LAYERS, also=NOISY)
def test_noise_comes_from_the_key_alone(name: str) -> None:
    params, xs = parameters(name), inputs(name, T, B)

    def noisy(key: jax.Array | None) -> np.ndarray:
        return run(name, params, xs, key=key)[1]

    one, again, two, none = (noisy(k) for k in (*map(jax.random.key, (1, 1, 2)), None))
    np.testing.assert_array_equal(one, again)
    assert np.array_equal(one, two) != (name in NOISY)
    assert np.array_equal(one, none) != (name in NOISY)


@vectors
def test_bfloat16_in_bfloat16_out_float32_between(name: str) -> None:
    params, xs = parameters(name), inputs(name, T, B)
    half = jax.tree.map(lambda a: a.astype(jnp.bfloat16), (params, xs))
    carry, hs = run(name, *half, LENGTHS)
    assert hs.dtype == jnp.bfloat16
    want = jax.tree.map(lambda a: a.dtype, LAYERS[name][0].start(params, (B,)))  # of float32
    assert jax.tree.map(lambda a: a.dtype, carry) == want
    assert jnp.dtype(jnp.bfloat16) not in jax.tree.leaves(want)
    want = run(name, params, xs, LENGTHS)[1]
    np.testing.assert_allclose(hs.astype(jnp.float32), want, atol=0.06)


@every
def test_vmap_over_parameters_equals_a_loop(name: str) -> None:
    xs, many = inputs(name, T, B), [parameters(name, seed) for seed in (1, 2)]
    if not many[0]:
        pytest.skip("the layer has no parameters")
    together = jax.tree.map(lambda *leaves: np.stack(leaves), *many)
    got = jax.vmap(lambda p: applied(name)(p, xs, LENGTHS))(together)
    want = [run(name, p, xs, LENGTHS) for p in many]
    same(got, jax.tree.map(lambda *leaves: np.stack(leaves), *want))


@every
def test_a_second_call_compiles_nothing(name: str) -> None:
    def walk(seed: int) -> None:
        shorter = LENGTHS - seed * (LENGTHS > 0)
        run(name, parameters(name, seed), inputs(name, T, B, seed), shorter)

    walk(0)
    traced = TRACED[name]
    walk(1)
    assert TRACED[name] == traced > 0


def test_the_table_has_vectors_of_the_width_it_says() -> None:
    assert all(inputs(n, T, B).shape == (T, B, D) for n in LAYERS if not is_embedding(n))
