"""Sentences as arrays, and the small networks of claims about them, against plain loops."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from instruments import run

from experiments.claims.sequences import heard_models, sentences, shared_positions
from experiments.claims.sequences.agreement import columns
from experiments.claims.sequences.both_directions import places_of
from experiments.claims.sequences.readers import (
    Reader,
    averaged_reader,
    feed_forward_reader,
    right,
    side_by_side,
)
from experiments.claims.sequences.slot_taggers import feed_forward_tagger, recurrent_tagger
from experiments.claims.sequences.translators import arrays, correct_share, translator
from seqjax.data.builtin.agreement import agreeing
from seqjax.data.builtin.made_up_translations import made_up_translations
from seqjax.data.builtin.names_or_things import names_or_things
from seqjax.data.builtin.placed_names import Placed
from seqjax.data.vocabulary import BOS, EOS

SENTENCES = [["a", "b"], ["b", "c", "b"], ["a"]]


def test_padded():
    vocabulary = sentences.vocabulary_of(SENTENCES)
    assert vocabulary.tokens == ("<unk>", "b", "a", "c")
    found = sentences.padded(SENTENCES, vocabulary, 4)
    assert found["words"].tolist() == [[2, 1, 0, 0], [1, 3, 1, 0], [2, 0, 0, 0]]
    assert found["lengths"].tolist() == [2, 3, 1]
    assert sentences.padded(SENTENCES, vocabulary)["words"].shape == (3, 3)


def test_time_first():
    batch = {"words": np.arange(6).reshape(2, 3), "tags": np.arange(6).reshape(2, 3)}
    assert sentences.time_first(batch)["words"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert sentences.time_first(batch)["tags"].shape == (2, 3)
    assert sentences.time_first(batch, "tags")["tags"].shape == (3, 2)


def test_by_group():
    right_ = np.array([[True, False, True, True], [False, False, True, False]])
    groups = ["far", "near", "near", "far"]
    assert sentences.by_group(right_, groups, ["near", "far"]) == [[0.5, 1.0], [0.5, 0.0]]


def test_ahead():
    assert sentences.ahead([0.9, 0.8, 1.0], [0.5, 0.5, 0.5]) == (pytest.approx(0.4), True)
    assert sentences.ahead([0.9, 0.5, 0.2], [0.5, 0.5, 0.5]) == (pytest.approx(1 / 30), False)
    assert sentences.ahead([0.9], [0.5]) == (pytest.approx(0.4), False)  # no error is known


@pytest.fixture(scope="module")
def batch():
    draw = np.random.default_rng(0)
    words = draw.integers(1, 9, (3, 5)).astype(np.int32)
    lengths = np.array([5, 3, 1], np.int32)
    words[np.arange(5) >= lengths[:, None]] = 0
    return {"words": words, "lengths": lengths, "targets": np.array([1, 0, 1], np.int32)}


def test_averages_do_not_see_order(batch):
    reader = averaged_reader(9)
    turned = batch["words"].copy()
    turned[0] = turned[0, ::-1]
    key = jax.random.key(0)
    one, other = (
        run(lambda batch: reader.loss(reader.init(key), batch, key), {**batch, "words": words})
        for words in (batch["words"], turned)
    )
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_feed_forward_reader(batch):
    """Against NumPy written from the equations; the padding is zeros."""
    reader = feed_forward_reader(9, 5)
    params = jax.tree.map(lambda a: a + np.float32(0.1), run(reader.init, jax.random.key(0)))
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    nats = []
    for words, length, target in zip(*(batch[k] for k in batch), strict=True):
        slots = np.zeros((5, 16))
        slots[:length] = p["words"]["w"][words[:length]]
        features = np.tanh(slots.ravel() @ p["hidden"]["w"] + p["hidden"]["b"])
        scores = features @ p["out"]["w"] + p["out"]["b"]
        nats.append(np.log(np.exp(scores).sum()) - scores[target])
    loss = run(reader.loss, params, batch, jax.random.key(1))
    np.testing.assert_allclose(loss, np.mean(nats), rtol=1e-5)


@pytest.mark.parametrize(
    "make", [lambda: recurrent_tagger("rnn", 9), lambda: feed_forward_tagger(9, 5)]
)
def test_taggers_count_real_words_alone(make, batch):
    reader = make()
    params = run(reader.init, jax.random.key(0))
    tags = np.array([[0, 1, 0, 1, 1], [1, 0, 1, 0, 0], [1, 0, 0, 0, 0]], np.int32)
    loss = jax.jit(lambda b: reader.loss(params, b, jax.random.key(0)))
    padding = np.arange(5) >= batch["lengths"][:, None]
    first = loss({**batch, "targets": tags})
    assert loss({**batch, "targets": np.where(padding, 1 - tags, tags)}) == first
    assert loss({**batch, "targets": np.where(padding, tags, 1 - tags)}) != first
    assert jax.eval_shape(reader.predict, params, {**batch, "targets": tags}).shape == (3, 5)


def test_right_has_a_row_for_each_seed(batch):
    """Networks that answer with their own number, which training does not change."""
    reader = Reader(
        lambda key: {"w": jax.random.uniform(key)},
        lambda params, batch, key: 0 * params["w"],
        lambda params, batch: jnp.where(params["w"] > 0.5, batch["targets"], 1 - batch["targets"]),
    )
    drawn = jax.jit(lambda seed: jax.random.uniform(jax.random.split(jax.random.key(seed))[0]))
    expected = [bool(drawn(seed) > 0.5) for seed in range(4)]
    assert len(set(expected)) == 2
    found = right(reader, batch, batch, seeds=range(4), steps=1, batch=2)
    assert found.tolist() == [[each] * 3 for each in expected]


def test_networks_side_by_side_know_nothing_of_each_other(batch):
    """Each has the loss, gradient and predictions that it has on its own."""
    one = feed_forward_reader(9, 5)
    both = side_by_side(one, 2)
    params = run(both.init, jax.random.key(0))
    turned = {name: array[::-1] for name, array in batch.items()}
    rows = {name: np.stack([batch[name], turned[name]], 1) for name in batch}
    apart = [jax.tree.map(lambda a, k=k: a[k], params) for k in range(2)]
    assert not np.allclose(apart[0]["words"]["w"], apart[1]["words"]["w"])

    def answers(reader, params, rows):
        loss = jax.value_and_grad(reader.loss)(params, rows, jax.random.key(0))
        return *loss, reader.predict(params, rows)

    alone = jax.jit(partial(answers, one))
    found = [alone(apart[k], rows_of(rows, k)) for k in range(2)]
    losses, gradients, predicted = zip(*found, strict=True)
    total, gradient, together = run(partial(answers, both), params, rows)
    np.testing.assert_allclose(total, sum(losses), rtol=1e-6)
    for k in range(2):
        jax.tree.map(
            lambda a, b, k=k: np.testing.assert_allclose(a[k], b, rtol=1e-4, atol=1e-6),
            gradient,
            gradients[k],
        )
        assert (together[:, k] == predicted[k]).all()


def rows_of(rows, k):
    return {name: array[:, k] for name, array in rows.items()}


def test_columns_are_distances():
    sentences_ = {5: agreeing(4, [5], seed=0), 9: agreeing(4, [9], seed=0)}
    vocabulary = sentences.vocabulary_of(s.words for group in sentences_.values() for s in group)
    found = columns(sentences_, vocabulary)
    assert found["words"].shape == (4, 2, 11)
    assert found["lengths"].tolist() == [[7, 11]] * 4
    for k, group in enumerate(sentences_.values()):
        for row, sentence in enumerate(group):
            ids = found["words"][row, k, : len(sentence.words)]
            assert tuple(vocabulary.decode(ids)) == sentence.words
            assert found["targets"][row, k] == sentence.plural


def test_targets_of_placed_names():
    placed = [
        Placed(("it", "saw", "harry", "potter"), 2, True),
        Placed(("potter", "harry", "saw", "it"), 0, False),
    ]
    vocabulary = sentences.vocabulary_of(each.words for each in placed)
    tags = shared_positions.arrays(placed, vocabulary, tags=True)["targets"]
    assert np.argwhere(tags).tolist() == [[0, 3]]
    assert shared_positions.arrays(placed, vocabulary, tags=False)["targets"].tolist() == [1, 0]


def test_places_of_words():
    for spoken in names_or_things(20, seed=0):
        places = places_of(spoken, 12)
        assert len(places) == 12
        assert places[spoken.first] == 1
        assert places[spoken.first + 1] == 2
        assert places.count(-1) == 12 - len(spoken.words)
        assert places.count(0) == spoken.first


def test_a_sentence_begins_and_ends_for_a_language_model():
    vocabulary = sentences.vocabulary_of([*SENTENCES, heard_models.BOS_EOS])
    found = heard_models.arrays(SENTENCES, vocabulary)
    read = [vocabulary.decode(row) for row in found["inputs"]]
    written = [vocabulary.decode(row) for row in found["targets"]]
    assert read[0][:3] == [BOS, "a", "b"]
    assert written[0][:3] == ["a", "b", EOS]
    assert found["weights"].sum(1).tolist() == [3, 4, 2]


def test_nats_by_counts_order_sentences_as_they_occur():
    vocabulary = sentences.vocabulary_of([["a", "b", "c", "d"], heard_models.BOS_EOS])
    train = [["a", "b"], ["a", "b"], ["a", "b"], ["c", "d"]]
    nats = heard_models.ngram_nats(train, [["a", "b"], ["c", "d"], ["c", "b"]], vocabulary, 3)
    assert nats.shape == (3,)
    assert nats[0] < nats[1] < nats[2]


def test_nats_by_networks_are_sums_over_real_words():
    """Untrained, with one step of training: against the probabilities of one word at a time."""
    vocabulary = sentences.vocabulary_of([*SENTENCES, heard_models.BOS_EOS])
    how = {"seeds": (0, 1), "say": lambda words: None, "steps": 1}
    both = heard_models.nats_of_networks("rnn", SENTENCES, SENTENCES, vocabulary, **how)
    assert both.shape == (2, 3)
    # About ln V for each word that is written, whatever the padding.
    words = np.array([3, 4, 2]) * np.log(len(vocabulary))
    np.testing.assert_allclose(both, [words, words], rtol=0.3)
    assert not np.allclose(both[0], both[1])


def test_translations_by_greed():
    """Against a loop that writes one sentence at a time, without padding."""
    model = translator("dot")
    params = jax.tree.map(lambda a: 3 * a, run(model.init, jax.random.key(0)))
    pairs = made_up_translations(4, [2], seed=0) + made_up_translations(2, [5], seed=0)
    rows = arrays(pairs, 5)
    # As an untrained network translates them, but for a few words: else nothing would be right.
    step, encode = jax.jit(model.step), jax.jit(model.encode)
    expected = []
    for row, pair in enumerate(pairs):
        length = len(pair.source)
        memory, carry = encode(params, rows["source"][row, :length, None], np.array([length]))
        word, written = np.array([0], np.int32), []
        for _ in range(length):
            carry, logits = step(params, memory, carry, word)
            word = np.argmax(logits, -1).astype(np.int32)
            written.append(int(word[0]))
        rows["targets"][row, :length] = written
        rows["targets"][row, 0] = (written[0] + row % 2) % 41
        expected.append((length - row % 2) / length)
    timed = sentences.time_first(rows, "source", "inputs", "targets")
    np.testing.assert_allclose(correct_share(model, params, timed), expected, rtol=1e-6)


def test_arrays_of_translations():
    (pair,) = made_up_translations(1, [3], seed=0)
    rows = arrays([pair], 4)
    assert rows["inputs"][0].tolist() == [0, *rows["targets"][0, :2], rows["targets"][0, 2]]
    assert rows["target_lengths"].tolist() == rows["source_lengths"].tolist() == [3]
    assert (rows["targets"][0, :3] - 1 == rows["source"][0, :3]).all()  # counterparts, in order
