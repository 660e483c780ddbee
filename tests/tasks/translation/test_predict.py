"""Translations found and drawn: one at a time or together, as likely as they are said to be."""

from __future__ import annotations

import jax
import launches
import numpy as np
import pytest
from number_pairs import sentences

from seqjax.data.buckets import buckets
from seqjax.tasks.translation import TASK
from seqjax.tasks.translation.encode import SIDES, example, source_ids
from seqjax.tasks.translation.search import method, searcher


@pytest.fixture(scope="module")
def wild(flags):
    """Weights are random and large, so that translations are long and differ."""
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        flags = (*flags, "--attend=feed", "--shapes=2", "--cell=gru")
        return launches.untrained(TASK, launches.prepared(TASK, *flags), grow=5.0)


def test_one_at_a_time_or_together(wild):
    texts, options = sentences(5, 3), {"beam": 3, "batch": 4, "hypotheses": 3}
    together = wild.predict(texts, **options)
    alone = [wild.predict([text], **options)[0] for text in texts[:2]]
    assert [len(text) for text in texts[:2]] == [3, 1]
    for a, b in zip(alone, together, strict=False):
        assert [each.tokens for each in a.hypotheses] == [each.tokens for each in b.hypotheses]
        assert len(a.hypotheses) == 3
        np.testing.assert_allclose(
            [each.score for each in a.hypotheses], [each.score for each in b.hypotheses], rtol=1e-4
        )
    assert len({each.text for each in together}) > 1


def test_what_is_drawn_depends_on_the_text_alone(wild):
    """Not on its place, nor on the texts beside it; another seed draws something else."""
    record = {**wild.record, "config": {**wild.record["config"], "shapes": 1}}
    wild = wild._replace(record=record)  # a short text is padded beside a long one
    texts = [text for text in sentences(20, 3) if len(text) != 2]
    texts = [list(text) for text in dict.fromkeys(map(tuple, texts))][:6]
    assert {len(text) for text in texts} == {1, 3}
    texts.append(texts[0])
    together = [each.tokens for each in wild.predict(texts, sample=True, batch=4)]
    assert [wild.predict([text], sample=True)[0].tokens for text in texts] == together
    backwards = wild.predict(texts[::-1], sample=True, batch=4)
    assert [each.tokens for each in backwards][::-1] == together
    assert together[0] == together[-1]
    assert len(set(map(tuple, together))) > 3
    # Where all words are equally likely, noise alone decides: each text has its own.
    noise = wild.predict(texts, sample=True, temperature=1e6, batch=4)
    assert len({tuple(each.tokens) for each in noise}) == 6
    other = wild.predict(texts, sample=True, seed=1, batch=4)
    assert [each.tokens for each in other] != together


def test_what_is_drawn_is_drawn_from_the_model(wild):
    """The first word, over many seeds, as often as the softmax without BOS and UNK says."""
    text, count = ["eins", "zwei"], 300
    target, ids = (
        wild.vocabularies["target"],
        source_ids(wild.record, wild.vocabularies, ["eins", "zwei"]),
    )

    @jax.jit
    def first_step(params):
        memory, carry = wild.model.encode(params, ids[:, None], np.array([len(ids)]))
        return wild.model.step(params, memory, carry, np.array([target.bos]))[1]

    logits = first_step(wild.params)
    p = np.exp(np.asarray(logits[0], np.float64) / 3)
    p[[target.bos, target.unk]] = 0
    p /= p.sum()
    drawn = np.zeros(len(target))
    for seed in range(count):
        (found,) = wild.predict([text], sample=True, seed=seed, temperature=3.0)
        drawn[target.encode(found.tokens[:1] or [target.tokens[target.eos]])] += 1
    assert (p > 0.05).sum() > 2
    np.testing.assert_allclose(drawn / count, p, atol=4 * 0.5 / count**0.5)


@pytest.fixture(scope="module")
def evaluated(wild):
    return jax.jit(wild.model.evaluate)


@pytest.mark.parametrize(
    "options", [{"beam": 3, "hypotheses": 3, "penalty": 0.7}, {"sample": True}]
)
def test_log_probabilities_are_those_of_the_model(wild, evaluated, options):
    """log p = -Σ nats of the words and their end; the score is that by Wu et al.'s penalty."""
    (found,) = wild.predict([["eins", "zwei"]], **options)
    ids = source_ids(wild.record, wild.vocabularies, ["eins", "zwei"])
    limit = wild.record["data"]["limit"]
    ended = [each for each in found.hypotheses if len(each.tokens) < limit]  # others were cut
    pairs = [example(ids, wild.vocabularies["target"], each.tokens) for each in ended]
    (batch,) = buckets(pairs, 3, sides=SIDES)
    nats, weights = evaluated(wild.params, (), batch)[1]["loss"]
    totals = np.asarray(nats * weights).sum(0)
    for row, index in enumerate(batch["index"]):
        if index >= 0:
            each = ended[index]
            np.testing.assert_allclose(each.log_probability, -totals[row], rtol=1e-4)
            penalty = ((5 + len(each.tokens) + 1) / 6) ** options.get("penalty", 0)
            np.testing.assert_allclose(each.score, each.log_probability / penalty, rtol=1e-5)
    assert ended
    assert found[:4] == found.hypotheses[0]


REFUSED = {
    "beam: got 0": {"beam": 0},
    "batch: got 0": {"batch": 0},
    "hypotheses: got 0": {"hypotheses": 0},
    "hypotheses: got 6, want at most 5, the --beam": {"hypotheses": 6},
    "seed: got -1": {"seed": -1, "sample": True},
    "temperature: got -1.0": {"temperature": -1.0, "sample": True},
    "penalty: got nan": {"penalty": float("nan")},
    "temperature: got 0.5 without sample": {"temperature": 0.5},
    "beam: got 3 with sample": {"beam": 3, "sample": True},
    "hypotheses: got 2 with sample": {"hypotheses": 2, "sample": True},
}


@pytest.mark.parametrize("message", REFUSED)
def test_options_that_are_refused(message, wild):
    with pytest.raises(ValueError, match=message):
        wild.predict(["eins"], **REFUSED[message])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "inputs: got no texts"),
        (["eins", " "], "inputs: got an empty text as number 2"),
        ([["eins"], []], "inputs: got an empty text as number 2"),
        ([3], "inputs: got 3 as number 1, want a text or its tokens"),
    ],
)
def test_texts_that_are_refused(texts, message, wild):
    with pytest.raises(ValueError, match=message):
        wild.predict(texts)


def test_equal_shapes_are_compiled_once(wild):
    search, sizes = searcher(wild.model, method(wild, 3, 0.7, None)), []
    for text in (["eins", "zwei"], ["zwei", "drei"]):
        wild.predict([text], beam=3, penalty=0.7)
        sizes.append(search._cache_size())
    assert sizes == [1, 1]


def test_a_run_that_has_diverged(wild):
    nothing = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), wild.params)
    diverged = wild._replace(params=nothing)
    for options in ({"beam": 3}, {"sample": True}):
        with pytest.raises(ValueError, match="the model gave NaN as log"):
            diverged.predict(sentences(1, 3), **options)
