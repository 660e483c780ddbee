"""Encoder-decoders: against loops from the equations, step by step, padded, with every cell."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from covering import marked
from walking import close, quick, random_like

from seqjax.cells import CELLS
from seqjax.models.body import BodyConfig
from seqjax.models.decoder import decoder
from seqjax.models.encoder_decoder import encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.scheduled_sampling import share

pytestmark = pytest.mark.usefixtures("x64")
SOURCES, TARGETS, S, T, B, H, E = 7, 6, 5, 4, 3, 4, 3
WAYS = [("after", "dot"), ("before", "additive"), ("feed", "scaled_dot"), ("after", "none")]


def batch(seed=0):
    """A row that is full, two that are not; what stands in the padding is a real word, not 0."""
    draw = np.random.default_rng(seed)
    words = draw.integers(0, TARGETS, (T + 1, B))
    return {
        "source": draw.integers(0, SOURCES, (S, B)),
        "inputs": words[:-1],
        "targets": words[1:],
        "source_lengths": np.array([S, 3, 1], np.int32),
        "target_lengths": np.array([2, T, 3], np.int32),
    }


def made(seed=1, **changes):
    config = EncoderDecoderConfig(**{"cell": "rnn", "hidden": H, "embedding": E, **changes})
    model = encoder_decoder(config, SOURCES, TARGETS)
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes)
    return config, model, random_like(shapes, seed, 0.8)


def by_hand(params, given, attend, attention):
    """(nats [T, B], weights [T, S, B]) of one row at a time, from the docstrings' equations."""
    p = jax.tree.map(np.asarray, params)
    inner, cell = p["decoder"], p["decoder"]["body"]["1"]
    nats, found = np.zeros((T, B)), np.zeros((T, S, B))

    def rnn(w, x, h):
        return np.tanh(x @ w["w_x"] + h @ w["w_h"] + w["b"])

    def look(query, memory):
        if attention == "none":
            return np.zeros(0), np.zeros(len(memory))
        w = inner["attention"]
        keys = memory @ w["w_k"]
        scores = {
            "dot": lambda: keys @ query,
            "additive": lambda: np.tanh(query @ w["w_q"] + keys + w["b"]) @ w["v"],
            "scaled_dot": lambda: keys @ (query @ w["w_q"]) / np.sqrt(H),
        }[attention]()
        shares = np.exp(scores) / np.exp(scores).sum()
        return shares @ memory, shares

    for b in range(B):
        size = given["source_lengths"][b]
        xs = p["words"]["w"][given["source"][:size, b]]
        ahead, back = np.zeros((size + 1, H)), np.zeros((size + 1, H))
        for s in range(size):
            ahead[s + 1] = rnn(p["encoder"]["1"]["forward"], xs[s], ahead[s])
            there = size - 1 - s
            back[there] = rnn(p["encoder"]["1"]["backward"], xs[there], back[there + 1])
        memory = np.concatenate([ahead[1:], back[:-1]], -1)
        summary = np.concatenate([ahead[-1], back[0]])
        bridge = [np.tanh(summary @ w["w"] + w["b"]) for w in inner["bridge"].values()]
        h, fed = bridge[0], bridge[-1]
        for t in range(T):
            x = p["targets"]["w"][given["inputs"][t, b]]
            if attend == "before":
                context, shares = look(fed, memory)
                h = fed = rnn(cell, np.concatenate([x, context]), h)
            else:
                h = rnn(cell, np.concatenate([x, fed]) if attend == "feed" else x, h)
                context, shares = look(h, memory)
            out = inner["readout"]
            readout = np.tanh(np.concatenate([h, context, x]) @ out["w"] + out["b"])
            fed = readout if attend == "feed" else fed
            logits = p["targets"]["w"] @ readout + p["head"]["b"]
            nats[t, b] = np.log(np.exp(logits).sum()) - logits[given["targets"][t, b]]
            found[t, :size, b] = shares
    return nats, found


@pytest.mark.parametrize(("attend", "attention"), WAYS)
def test_against_loops(attend, attention):
    """Values; the step that decoding takes; and the metrics of training."""
    _, model, params = made(attend=attend, attention=attention)
    given = batch()

    @quick
    def everything(params):
        memory, carry = model.encode(params, given["source"], given["source_lengths"])
        logits = []
        for token in given["inputs"]:
            carry, found = model.step(params, memory, carry, token)
            logits.append(found)
        return (
            model.evaluate(params, (), given)[1]["loss"],
            jnp.stack(logits),
            model.loss(params, (), given)[1][1]["loss"],
            model.weights(params, given),
        )

    (nats, weights), logits, (total, count), looks = everything(params)
    want, shares = by_hand(params, given, attend, attention)
    close(nats, want)
    logs = jax.nn.log_softmax(logits)
    close(-jnp.take_along_axis(logs, given["targets"][..., None], -1)[..., 0], want)
    np.testing.assert_array_equal(weights, np.arange(T)[:, None] < given["target_lengths"])
    np.testing.assert_allclose(total, (want * weights).sum(), rtol=1e-12)
    assert count == given["target_lengths"].sum()
    assert looks.shape == (T, 0 if attention == "none" else S, B)
    if attention != "none":
        close(looks, shares)


@pytest.mark.parametrize("attend", ["after", "before"])
def test_hypotheses_side_by_side_share_a_row(attend):
    """K hypotheses of B rows in one step are what K steps of B rows would be."""
    _, model, params = made(attend=attend)
    given, each = batch(), 2

    @quick
    def both(params):
        memory, carry = model.encode(params, given["source"], given["source_lengths"])
        tokens = given["inputs"][:each]
        apart = [model.step(params, memory, carry, token)[1] for token in tokens]
        wide = jax.tree.map(lambda leaf: jnp.repeat(leaf, each, axis=0), carry)
        together = model.step(params, memory, wide, tokens.T.reshape(-1))[1]
        return jnp.stack(apart, 1).reshape(B * each, -1), together

    close(*both(params))


@pytest.mark.parametrize("cell", ["lstm", "slstm"])
def test_all_of_the_state_is_bridged(cell):
    """What the encoder says reaches each part of the decoder's state, and the loss."""
    _, model, params = made(cell=cell, attention="none", attend="after")
    loss = quick(jax.grad(lambda p: model.loss(p, model.start(p), batch())[0]))
    for part, gradient in loss(params)["decoder"]["bridge"].items():
        assert all(abs(leaf).max() > 1e-6 for leaf in jax.tree.leaves(gradient)), part


# A cell of each kind of carry in depth, attended to both ways; each other cell one way.
DEEP = ("lstm", "gru_reset_before")
FIRST = [(name, way, 2) for name in DEEP for way in WAYS[:2]]
FIRST += [("rnn", WAYS[0], 1), ("lru", WAYS[1], 1)]
EVERY = [(name, WAYS[n % 2], 1) for n, name in enumerate(CELLS) if name not in DEEP]
EVERY = FIRST + [row for row in EVERY if row[0] not in ("rnn", "lru")]


@pytest.mark.parametrize(("name", "way", "layers"), marked(EVERY, FIRST))
def test_every_cell(name, way, layers):
    """With noise, with all that a decoder can be: shapes alone."""
    config = EncoderDecoderConfig(
        cell=name, layers=layers, residual=layers > 1, dropout=0.3, attend=way[0], attention=way[1],
        head="softmax", forcing="sigmoid", forcing_steps=9, hidden=4, embedding=4,
    )  # fmt: skip
    assert config.bidirectional
    model = encoder_decoder(config, SOURCES, TARGETS)

    def once(key):
        params = jax.tree.map(jnp.float64, model.init(key))
        differentiate = jax.grad(model.loss, has_aux=True)
        gradients, (carry, _) = differentiate(params, model.start(params), batch(), key=key)
        return jax.tree.map(jnp.add, params, gradients), carry

    _, carry = jax.eval_shape(once, jax.random.key(0))
    assert carry.shape == ()


def test_metrics_do_not_depend_on_padding():
    _, model, params = made(cell="gru")
    given = batch()
    evaluate = quick(lambda given: model.evaluate(params, (), given)[1]["loss"])
    nats, _ = evaluate(given)
    for b in range(B):
        size, length = given["source_lengths"][b], given["target_lengths"][b]
        alone = {
            "source": given["source"][:size, b : b + 1],
            **{name: given[name][:length, b : b + 1] for name in ("inputs", "targets")},
            **{name: given[name][b : b + 1] for name in ("source_lengths", "target_lengths")},
        }
        close(evaluate(alone)[0][:, 0], nats[:length, b])


def test_forcing():
    """All right words: the loss of teacher forcing. None: that of feeding back the best word."""
    given, key = batch(), jax.random.key(3)
    _, model, params = made(attend="feed", forcing="linear", forcing_steps=10)

    def greedy(params):
        memory, carry = model.encode(params, given["source"], given["source_lengths"])
        token, inputs = given["inputs"][0], []
        for _ in range(T):
            inputs.append(token)
            carry, logits = model.step(params, memory, carry, token)
            token = logits.argmax(-1)
        return jnp.stack(inputs)

    @quick
    def figures(params, step, inputs):
        return model.loss(params, step, {**given, "inputs": inputs}, key=key)

    @quick
    def without(params, inputs):
        return model.loss(params, (), {**given, "inputs": inputs})[0]

    own = quick(greedy)(params)
    assert (own != given["inputs"]).any()
    for step, inputs in ((0, given["inputs"]), (10, own)):
        loss, (carry, _) = figures(params, jnp.int32(step), given["inputs"])
        np.testing.assert_allclose(loss, without(params, inputs), rtol=1e-12)
        assert carry == step + 1
    between = figures(params, jnp.int32(5), given["inputs"])[0]
    assert abs(between - without(params, given["inputs"])) > 1e-3
    assert abs(between - without(params, own)) > 1e-3


def test_shares():
    def at(step, **options):
        return float(share(EncoderDecoderConfig(**options), jnp.asarray(step)))

    linear = {"forcing": "linear", "forcing_steps": 200, "forcing_least": 0.25}
    assert [at(step, **linear) for step in (0, 50, 100, 150, 900)] == [1, 0.75, 0.5, 0.25, 0.25]
    k = 20
    sigmoid = {"forcing": "sigmoid", "forcing_steps": k}
    for step in (0, 40, 60, 300):
        np.testing.assert_allclose(at(step, **sigmoid), k / (k + np.exp(step / k)), rtol=1e-9)


def test_noise_is_of_the_key_and_of_each_step():
    """With locked dropout a constant input is dropped alike at all steps, else not."""
    for locked in (True, False):
        config = BodyConfig(cell="rnn", hidden=3, dropout=0.5, locked=locked)
        made = decoder(config, None, "feed", 3)
        params = quick(lambda key, made=made: made.init(key, 64, 2))(jax.random.key(0))
        params = jax.tree.map(jnp.float64, params)
        # What is fed back and the past have no weight: all steps would be the same.
        body = {k: jnp.zeros_like(v) for k, v in params["body"]["1"].items()}
        body["w_x"] = params["body"]["1"]["w_x"].at[64:].set(0)
        params["body"]["1"] = body

        def walk(params, made=made):
            encoded, summary = jnp.zeros((1, 1, 2)), jnp.zeros((1, 2))
            memory, carry = made.begin(params, encoded, summary, jnp.ones(1, jnp.int32))
            xs = jnp.ones((4, 1, 64))
            return made.walk(params, memory, carry, xs, key=jax.random.key(1))[1][0]

        readouts = quick(walk)(params)
        same = np.allclose(readouts, readouts[:1])
        assert same == locked


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attention": "dit"}, "attention: got 'dit'"),
        ({"attend": "befor"}, "attend: got 'befor'"),
        ({"attend": "before", "attention": "none"}, "attend: got 'before', but attention=none"),
        ({"attention_width": 3}, "attention_width: got 3, but attention=dot"),
        ({"head": "sampled"}, "head: got 'sampled'"),
        ({"scale": -1.0}, "scale: got -1.0"),
        ({"embedding": -1}, "embedding: got -1"),
        ({"forcing": "never"}, "forcing: got 'never'"),
        ({"forcing": "linear"}, "forcing_steps: got 0"),
        ({"forcing_least": 0.1}, "forcing_least: got 0.1 with forcing=always"),
        (
            {"forcing": "sigmoid", "forcing_steps": 3, "forcing_least": 2.0},
            "forcing_least: got 2.0",
        ),
        ({"layers": 0}, "layers: got 0"),
    ],
)
def test_what_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        encoder_decoder(EncoderDecoderConfig(**changes), 5, 5)


def test_a_decoder_in_both_directions_is_refused():
    with pytest.raises(ValueError, match="bidirectional: got True, but a decoder cannot see"):
        decoder(BodyConfig(bidirectional=True), None, "after", 4)
