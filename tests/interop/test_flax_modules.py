"""seqjax layers inside Flax models: same values and gradients as alone, and they train there."""

from functools import cache, partial

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from seqjax.cells import gru, lstm, rnn
from seqjax.interop import LinenLayer, NNXLayer
from seqjax.layers import bidirectional, dropout, recurrent, stack

D, H = 5, 4


def one_way(cell):
    return recurrent(cell, "sequential")


def both_ways(cell):
    return bidirectional(one_way(cell), recurrent(cell, "sequential", reverse=True))


LAYERS = {
    "recurrent": one_way(lstm(H)),
    "bidirectional": both_ways(gru(H)),
    "stack": stack([one_way(rnn(H)), dropout(0.5), both_ways(lstm(3))]),
}
layers = pytest.mark.parametrize("name", LAYERS)
NOISY = stack([one_way(gru(H)), dropout(0.5)])


class LinenModel(nn.Module):
    """A number a step, read from the states."""

    name_of_layer: str

    @nn.compact
    def __call__(self, xs, lengths=None):
        _, hs = LinenLayer(LAYERS[self.name_of_layer])(xs, lengths)
        return nn.Dense(1)(hs)[..., 0]


class NNXModel(nnx.Module):
    """The same in NNX."""

    def __init__(self, name_of_layer, rngs):
        layer = LAYERS[name_of_layer]
        self.layer = NNXLayer(layer, D, rngs=rngs)
        self.head = nnx.Linear(layer.width(D), 1, rngs=rngs)

    def __call__(self, xs, lengths=None):
        _, hs = self.layer(xs, lengths)
        return self.head(hs)[..., 0]


def target(xs):
    """What the models learn: the mean over the width of the input one step before."""
    return jnp.concatenate([jnp.zeros_like(xs[:1, :, 0]), xs[:-1].mean(-1)])


def loss_of(output, xs, lengths):
    real = jnp.arange(xs.shape[0])[:, None] < lengths
    return jnp.where(real, (output - target(xs)) ** 2, 0).sum() / real.sum()


@pytest.fixture
def lengths():
    return jnp.array([4, 7, 0])


@pytest.fixture
def xs(noise):
    return jnp.array(noise(7, 3, D))


def equal(got, want):
    assert jax.tree.structure(got) == jax.tree.structure(want)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_array_equal(a, b)


@partial(jax.jit, static_argnums=0)
def own_gradients(layer, params, xs, lengths):
    """The gradients of a loss on the layer's outputs, without any module."""
    return jax.grad(lambda p: loss_of(layer.apply(p, xs, lengths)[1].mean(-1), xs, lengths))(params)


@cache
def begun(name):
    """Variables of the Linen module."""
    return jax.jit(LinenLayer(LAYERS[name]).init)(jax.random.key(0), jnp.zeros((7, 3, D)))


@layers
def test_linen_gradients_are_the_layers_own(name, xs, lengths):
    module, params = LinenLayer(LAYERS[name]), begun(name)["params"]["layer"]

    @jax.jit
    @jax.grad
    def grads(params, xs, lengths):
        _, hs = module.apply({"params": {"layer": params}}, xs, lengths)
        return loss_of(hs.mean(-1), xs, lengths)

    want = own_gradients(LAYERS[name], params, xs, lengths)
    assert all(jnp.any(leaf != 0) for leaf in jax.tree.leaves(want))
    equal(grads(params, xs, lengths), want)


@layers
def test_nnx_gradients_are_the_layers_own(name, xs, lengths):
    module = NNXLayer(LAYERS[name], D, rngs=nnx.Rngs(0))

    @nnx.jit
    def grads(module, xs, lengths):
        return nnx.grad(lambda m: loss_of(m(xs, lengths)[1].mean(-1), xs, lengths))(module)

    got = nnx.to_pure_dict(grads(module, xs, lengths))["params"]
    want = own_gradients(LAYERS[name], module.tree(), xs, lengths)
    # NNX's state has no place for the empty dict of a layer without parameters.
    equal({name: got.get(name, {}) for name in want}, want)


def test_linen_model_trains(xs, lengths):
    """Of the stack, which has a layer of each kind."""
    model, optimizer = LinenModel("stack"), optax.adam(2e-2)
    params = jax.jit(model.init)(jax.random.key(0), xs)
    state = optimizer.init(params)

    @jax.jit
    def step(params, state):
        loss, grads = jax.value_and_grad(
            lambda params: loss_of(model.apply(params, xs, lengths), xs, lengths)
        )(params)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(params, updates), state, loss

    losses = []
    for _ in range(60):
        params, state, loss = step(params, state)
        losses.append(float(loss))
    assert losses[-1] < losses[0] / 4


def test_nnx_model_trains(xs, lengths):
    model = NNXModel("stack", nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(2e-2), wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer):
        loss, grads = nnx.value_and_grad(lambda model: loss_of(model(xs, lengths), xs, lengths))(
            model
        )
        optimizer.update(model, grads)
        return loss

    losses = [float(step(model, optimizer)) for _ in range(60)]
    assert losses[-1] < losses[0] / 4


@layers
def test_linen_variables_are_the_layers_tree(name, xs):
    layer, module, variables = LAYERS[name], LinenLayer(LAYERS[name]), begun(name)
    want = jax.eval_shape(lambda key: layer.init(key, D), jax.random.key(0))
    got = variables["params"]["layer"]
    assert jax.tree.map(jnp.shape, got) == jax.tree.map(jnp.shape, want)
    apply = jax.jit(module.apply)
    carry, _ = apply(variables, xs)
    equal(apply(variables, xs, None, carry), jax.jit(layer.apply)(got, xs, None, carry))


def test_linen_noise(xs):
    module = LinenLayer(NOISY)
    variables = module.init(jax.random.key(0), xs)
    equal(module.apply(variables, xs), NOISY.apply(variables["params"]["layer"], xs))

    def noisy(seed):
        rngs = {"dropout": jax.random.key(seed)}
        return module.apply(variables, xs, deterministic=False, rngs=rngs)[1]

    assert 0.2 < float((noisy(0) == 0).mean()) < 0.8
    equal(noisy(0), noisy(0))
    assert not jnp.array_equal(noisy(0), noisy(1))
    with pytest.raises(Exception, match="dropout"):
        module.apply(variables, xs, deterministic=False)


def test_nnx_noise(xs):
    module = NNXLayer(NOISY, D, rngs=nnx.Rngs(0))
    quiet = NOISY.apply(module.tree(), xs)
    equal(module(xs), quiet)
    module.train()
    first, second = module(xs)[1], module(xs)[1]
    assert 0.2 < float((first == 0).mean()) < 0.8
    assert not jnp.array_equal(first, second)
    equal(module(xs, rngs=nnx.Rngs(3)), module(xs, rngs=nnx.Rngs(3)))
    equal(module(xs, deterministic=True), quiet)
    module.eval()
    equal(module(xs), quiet)

    without = NNXLayer(NOISY, D, deterministic=False, rngs=nnx.Rngs(params=0))
    with pytest.raises(ValueError, match="rngs: got none with a stream 'dropout'"):
        without(xs)


def test_resets_and_carry_reach_the_layer(xs):
    layer, resets = LAYERS["recurrent"], jnp.arange(7)[:, None] == jnp.array([2, 3, 0])
    module = NNXLayer(layer, D, rngs=nnx.Rngs(0))
    carry, _ = module(xs)
    want = layer.apply(module.tree(), xs, None, carry, resets=resets)
    equal(module(xs, None, carry, resets=resets), want)
    variables = {"params": {"layer": module.tree()}}
    equal(LinenLayer(layer).apply(variables, xs, None, carry, resets=resets), want)
    assert not jnp.array_equal(want[1], module(xs, None, carry)[1])
