"""Claims about sentences: verdicts by their rules, tables and plots, from made-up numbers."""

from __future__ import annotations

import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Text
from experiments.claims.sequences import (
    agreement,
    attention,
    both_directions,
    likelier_sentence,
    shared_positions,
    word_order,
)
from experiments.claims.shared.numbers import spread
from seqjax.diagnostics.plots import style

CLAIMS = {
    module.CLAIM.name: module.CLAIM
    for module in (
        agreement, attention, both_directions, likelier_sentence, shared_positions, word_order,
    )
}  # fmt: skip


def seeds(*values, jitter=0.01):
    """Three seeds that are a little apart from each other, around values of one seed."""
    return [[value + (k - 1) * jitter for value in values] for k in range(3)]


def positions(rnn, plain, known=0.98):
    def rows(new):
        return seeds(*[known] * 6, *[new] * 7)

    tags = {"feed_forward": rows(plain), "rnn": rows(rnn), "gru": rows(rnn), "everywhere": rows(1)}
    answers = {name: rows(0.6) for name in ("feed_forward", "rnn", "gru")}
    return {"positions": list(range(13)), "tags": tags, "answers": answers}


def directions(one, both, second=0.98):
    accuracy = {f"{cell} one": seeds(0.99, one, second, 0.99) for cell in ("rnn", "gru", "lstm")}
    accuracy |= {f"{cell} both": seeds(0.99, both, second, 0.99) for cell in ("rnn", "gru", "lstm")}
    return {"places": list(both_directions.PLACES), "accuracy": accuracy}


def distances(mixed, alone=None, near=0.97):
    """Each training as accuracies of RNN, GRU and LSTM at 20 words and more."""
    found = {"distances": list(agreement.DISTANCES)}
    for training, (rnn, gru, lstm) in (("mixed", mixed), ("alone", alone or mixed)):
        rows = {"rnn": rnn, "gru_simple": gru, "gru": gru, "lstm": lstm}
        found[training] = {cell: seeds(near, near, *[far] * 4) for cell, far in rows.items()}
    return found


GATED, ONE, NONE = (0.55, 0.95, 0.95), (0.55, 0.95, 0.55), (0.55, 0.6, 0.6)


def kinds(average, rnn, others=0.96, plain=0.98):
    rows = {"averaged": average, "rnn": rnn, "gru": others, "lstm": others}
    return {
        "kinds": ["plain", "negation", "order"],
        "accuracy": {name: seeds(plain, hard, hard) for name, hard in rows.items()},
    }


def lengths(none, dot, short=0.97):
    quality = {"none": seeds(short, short, 0.7, 0.6, none), "dot": seeds(0.98, 0.98, 0.9, 0.9, dot)}
    return {"lengths": list(attention.LENGTHS), "quality": quality}


def heard(near, far):
    accuracy = {"unigram": [[0.5, 0.49]], "trigram": [[0.99, 0.5]]}
    accuracy |= {cell: seeds(near, far) for cell in ("rnn", "gru", "lstm")}
    return {"kinds": ["near", "far"], "accuracy": accuracy}


RESULTS = {
    "shared_positions": {
        HOLDS: [positions(0.95, 0.5), positions(0.91, 0.59)],
        IN_PART: [positions(0.85, 0.5), positions(0.95, 0.7), positions(0.95, 0.5, known=0.8)],
        FAILS: [positions(0.5, 0.5), positions(0.58, 0.5)],
    },
    "both_directions": {
        HOLDS: [directions(0.5, 0.99)],
        IN_PART: [directions(0.5, 0.9), directions(0.65, 0.99), directions(0.5, 0.99, second=0.9)],
        FAILS: [directions(0.5, 0.5), directions(0.5, 0.58)],
    },
    "agreement": {
        HOLDS: [distances(GATED)],
        IN_PART: [
            distances(ONE),
            distances(GATED, near=0.85),
            distances(GATED, NONE),
            distances(NONE, ONE),
        ],
        FAILS: [distances((0.95, 0.95, 0.95)), distances(NONE)],
    },
    "word_order": {
        HOLDS: [kinds(0.5, 0.95)],
        IN_PART: [kinds(0.5, 0.8), kinds(0.7, 0.95), kinds(0.5, 0.95, plain=0.8)],
        FAILS: [kinds(0.9, 0.95), kinds(0.5, 0.55, others=0.58)],
    },
    "attention": {
        HOLDS: [lengths(0.5, 0.97)],
        IN_PART: [lengths(0.5, 0.85), lengths(0.8, 0.97)],
        FAILS: [lengths(0.95, 0.97), lengths(0.3, 0.5, short=0.3)],
    },
    "likelier_sentence": {
        HOLDS: [heard(0.99, 0.95)],
        IN_PART: [heard(0.99, 0.6)],
        FAILS: [heard(0.6, 0.5)],
    },
}
CASES = [
    (name, kind, results)
    for name, kinds_ in RESULTS.items()
    for kind, cases in kinds_.items()
    for results in cases
]


@pytest.mark.parametrize(("name", "kind", "results"), CASES)
def test_verdict_by_the_rule(name, kind, results):
    verdict = CLAIMS[name].verdict(results)
    assert verdict.kind == kind
    assert verdict.reason.en
    assert verdict.reason.ko


def test_differences_that_noise_makes_are_none():
    """0.15 ahead in the mean, but not by twice the standard error."""
    results = positions(0.65, 0.5)
    assert shared_positions.verdict(results).kind == IN_PART
    results["tags"]["rnn"] = [[0.98] * 6 + [new] * 7 for new in (0.45, 0.5, 1.0)]
    assert shared_positions.verdict(results).kind == FAILS


def test_where_a_cell_breaks():
    results = distances(GATED, NONE)
    assert agreement.reach(results, "mixed", "rnn") == 10
    assert agreement.reach(results, "mixed", "lstm") == 200
    assert agreement.reach(results, "alone", "lstm") == 10
    results["mixed"]["lstm"] = seeds(0.95, 0.85, 0.95, 0.95, 0.95, 0.95)
    assert agreement.reach(results, "mixed", "lstm") == 5  # that it is right again does not count
    results["mixed"]["lstm"] = seeds(0.85, 0.95, 0.95, 0.95, 0.95, 0.95)
    assert agreement.reach(results, "mixed", "lstm") == 0


@pytest.mark.parametrize("name", CLAIMS)
def test_tables_have_a_cell_for_each_column(name):
    for table in CLAIMS[name].tables(RESULTS[name][HOLDS][0]):
        assert table.rows
        assert all(len(row) == len(table.head) for row in table.rows)
        assert any("±" in cell for row in table.rows for cell in row)
        assert "3 seeds" in table.caption.en
        assert "3개" in table.caption.ko


def test_numbers_are_in_their_columns():
    """Of a few cells that are known."""
    table, other = agreement.tables(distances(GATED, NONE))
    far = spread([0.54, 0.55, 0.56])
    assert other.rows[0] == table.rows[0]
    assert table.rows[0] == [
        Text("RNN", "RNN"),
        *[spread([0.96, 0.97, 0.98])] * 2,
        *[far] * 4,
        "10",
    ]
    (table,) = both_directions.tables(directions(0.5, 0.9))
    assert table.rows[1][0] == Text("RNN, both directions", "RNN, 양방향")
    assert table.rows[1][2] == spread([0.89, 0.9, 0.91])
    tags, answers = shared_positions.tables(positions(0.95, 0.5))
    assert (
        tags.rows[0][0] == answers.rows[0][0] == Text("feed-forward", "순방향 신경망(feed-forward)")
    )
    assert tags.rows[0][2] == spread([0.49, 0.5, 0.51])
    assert answers.rows[0][2] == spread([0.59, 0.6, 0.61])


@pytest.mark.parametrize("name", CLAIMS)
def test_a_plot_can_be_read(name):
    """Title, labels with words on both axes, and a legend that names every line or bar."""
    pytest.importorskip("matplotlib", reason="matplotlib draws the plots of claims")
    figure = CLAIMS[name].draw(RESULTS[name][HOLDS][0], "en")
    axes = figure.axes
    assert any(each.get_title() for each in axes)
    assert any(each.get_xlabel() for each in axes)
    assert axes[0].get_ylabel()
    legends = [*figure.legends, *(each.get_legend() for each in axes if each.get_legend())]
    (legend,) = legends
    _, labels = axes[0].get_legend_handles_labels()
    assert [text.get_text() for text in legend.get_texts()] == labels
    assert len({*labels}) == len(labels) > 1


@pytest.mark.parametrize("name", CLAIMS)
def test_one_seed_has_no_spread(name):
    """Results of --seeds=1: no verdict that needs an error, and a plot all the same."""
    pytest.importorskip("matplotlib", reason="matplotlib draws the plots of claims")

    def first(value):
        if isinstance(value, dict):
            return {key: first(each) for key, each in value.items()}
        return value[:1] if isinstance(value[0], list) else value

    results = first(RESULTS[name][IN_PART][0])
    assert CLAIMS[name].verdict(results).kind == FAILS
    assert CLAIMS[name].draw(results, "en").axes
    assert CLAIMS[name].tables(results)


def test_plots_are_korean_too():
    pytest.importorskip("matplotlib", reason="matplotlib draws the plots of claims")
    figure = agreement.draw(distances(GATED), "ko")
    assert figure.axes[0].get_xlabel() == "명사와 동사 사이의 단어 수"
    if style.korean_font():  # else each glyph that is missing warns
        assert len(style.svg(figure)) < 200_000
