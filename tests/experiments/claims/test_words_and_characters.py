"""The claim about words and characters: both alphabets spell one string, and its rule."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.outputs import language_levels, words_and_characters
from experiments.claims.outputs.spelled_text import corpus, cut, shown, spelling_nats, streams
from seqjax.data import EOS, UNK

TEXT = "the cat sat on the mat .\nthe dog sat on the rug .\n" * 3 + "a zebra naps on the mat .\n"


def test_words_stand_for_the_characters_of_one_string() -> None:
    made = cut(TEXT, 26, 8)
    assert shown(made.test) == "a zebra naps on the mat . \n "
    ids = made.characters.encode(list(shown(made.train)))
    assert "".join(made.characters.decode(ids)) == shown(made.train)


def test_the_vocabulary_is_that_of_the_training_text() -> None:
    made = cut(TEXT, 26, 100)
    assert "zebra" not in made.words and "dog" in made.words
    assert made.words.tokens[:2] == (UNK, EOS)


def test_the_spelling_costs_what_its_characters_cost() -> None:
    made = cut(TEXT, 26, 8)
    unknown = [word for word in made.test if word not in made.words]
    assert "zebra" in unknown and "the" not in unknown
    total = 0.0
    for word in unknown:
        ids = made.characters.encode(list(" " + word + " "))
        # One character after the other, each after all before it.
        total += sum(
            float(made.spelling.nats(ids[i : i + 1], ids[:i])[0]) for i in range(1, len(ids))
        )
    assert np.isclose(spelling_nats(made, made.test), total)
    assert spelling_nats(made, ["the", "on"]) == 0


def test_spellings_of_all_words_have_probabilities_that_sum_to_one() -> None:
    made = cut(TEXT, 26, 8)
    history = made.characters.encode(list(" ze"))
    after = [math.exp(-made.spelling.nats([i], history)[0]) for i in range(len(made.characters))]
    assert np.isclose(sum(after), 1)


def test_held_out_paragraphs_are_not_trained_on() -> None:
    made = corpus()
    train = shown(made.train)
    lines = [line for line in shown(made.test).split("\n") if len(line) > 60]
    assert lines and sum(line in train for line in lines) <= 0.02 * len(lines)


def test_streams_are_pieces_of_the_text_behind_a_first_id() -> None:
    inputs, targets = streams(np.arange(1, 18), first=99)
    assert targets.T.tolist() == [[1 + 2 * i, 2 + 2 * i] for i in range(8)]
    assert inputs[0].tolist() == [99] * 8
    assert (inputs[1:] == targets[:-1]).all()


def test_both_levels_have_nearly_as_many_parameters() -> None:
    levels = language_levels.levels(corpus())
    counts = [
        language_levels.parameters(language_levels.network(level, "sequential"), level.vocabulary)
        for level in levels.values()
    ]
    assert abs(counts[1] / counts[0] - 1) < 0.03


def test_a_network_of_zeros_needs_the_bits_of_a_uniform_code() -> None:
    level = language_levels.levels(corpus())["characters"]._replace(hidden=2)
    walk = language_levels.network(level, "sequential")
    params = jax.tree.map(jnp.zeros_like, walk.init(jax.random.key(0), level.vocabulary))
    rows = level.test[:21].reshape(1, -1)
    found = language_levels.loss(walk, params, rows)
    assert np.isclose(found, math.log(level.vocabulary), rtol=1e-5)


def results(words: float, spelling: float, seconds: float) -> dict[str, object]:
    """Characters need 2 bits and 1 second each."""

    def level(value: float, cost: float) -> dict[str, object]:
        return {
            "hidden": 8,
            "parameters": 1000,
            "bits": [value, value + 0.01],
            "seconds": cost,
            "updates": 10,
        }

    return {
        "seeds": [0, 1],
        "characters": 100,
        "levels": {"words": level(words, seconds), "characters": level(2.0, 1.0)},
        "spelling": spelling,
        "unknown": 0.1,
        "unknown_characters": 0.2,
        "counted": 2.5,
    }


def test_spelling_is_paid_for_before_words_are_called_better() -> None:
    verdict = words_and_characters.verdict
    assert verdict(results(1.5, 0.3, 0.5)).kind == HOLDS
    assert verdict(results(1.5, 0.6, 0.5)).kind == IN_PART
    assert verdict(results(1.5, 0.3, 2.0)).kind == IN_PART
    assert verdict(results(1.5, 0.6, 2.0)).kind == FAILS


def test_tables_and_picture_are_complete() -> None:
    made = results(1.5, 0.3, 0.5)
    for table in words_and_characters.CLAIM.tables(made):
        assert table.rows and all(len(row) == len(table.head) for row in table.rows)
    for axes in words_and_characters.CLAIM.draw(made, "en").axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()
