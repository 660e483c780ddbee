"""Spans and their scores, against seqeval and against the conlleval script's own rules."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from seqeval import scheme as seqeval_schemes
from seqeval.metrics import classification_report

from seqjax.objectives.entities import Counts, entity_counts, entity_scores
from seqjax.objectives.tag_schemes import SCHEMES, Span, follows, legal, mistake, spans

PREFIXES = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES"}


def tag_set(scheme):
    return ["O", *(f"{p}-{kind}" for p in PREFIXES[scheme] for kind in ("per", "creative-work"))]


def corpus(scheme, seed, only_legal=False, sentences=200):
    """Random tags: most have mistakes, unless ``only_legal``."""
    draw, tags, found = random.Random(seed), tag_set(scheme), []
    while len(found) < sentences:
        row = draw.choices(tags, [3, *[1] * (len(tags) - 1)], k=draw.randrange(6))
        if not only_legal or mistake(row, scheme) is None:
            found.append(row)
    return found


def pairs(scheme, only_legal=False):
    """Targets and predictions that are right here and there."""
    targets = corpus(scheme, 1, only_legal)
    others = corpus(scheme, 2, only_legal, 400)
    draw = random.Random(3)
    by_length = {n: [row for row in others if len(row) == n] for n in range(6)}
    predictions = [
        row if draw.random() < 0.5 else draw.choice(by_length[len(row)]) for row in targets
    ]
    return targets, predictions


def conlleval(tags):
    """Chunks as the published script finds them: its tables of ends and beginnings of chunks."""
    found, begin = [], None
    before, before_kind = "O", ""
    for t, tag in enumerate([*tags, "O"]):
        prefix, kind = tag[0], tag[2:]
        ends = (before, prefix) in {
            ("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"), ("E", "I"), ("E", "O"),
            ("E", "B"), ("B", "S"), ("I", "S"), ("E", "S"),
        } or before == "S" or (before != "O" and before_kind != kind)  # fmt: skip
        starts = (before, prefix) in {
            ("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("E", "E"), ("E", "I"), ("O", "E"),
            ("E", "B"), ("S", "B"), ("S", "I"), ("S", "E"),
        } or prefix == "S" or (prefix != "O" and before_kind != kind)  # fmt: skip
        if begin is not None and ends:
            found.append(Span(before_kind, begin, t))
            begin = None
        if starts:
            begin = t
        before, before_kind = prefix, kind
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_conlleval_reads_mistakes_too(scheme):
    rows = corpus(scheme, 7, sentences=500)
    assert sum(mistake(row, scheme) is not None for row in rows) > 150
    for row in rows:
        assert spans(row, scheme) == conlleval(row), row


def reference(targets, predictions, **options):
    """seqeval's report, in the shape of ours."""
    report = classification_report(
        targets, predictions, output_dict=True, zero_division=0, **options
    )
    names = {"micro avg": "micro", "macro avg": "macro"}
    return {
        names.get(kind, kind): tuple(
            row[key] for key in ("precision", "recall", "f1-score", "support")
        )
        for kind, row in report.items()
        if kind != "weighted avg"
    }


def compare(got, want):
    assert sorted(got) == sorted(want)
    for kind, row in want.items():
        np.testing.assert_allclose(got[kind], row, rtol=0, atol=1e-15, err_msg=kind)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_seqeval_by_default(scheme):
    targets, predictions = pairs(scheme)
    got = entity_scores(entity_counts(targets, predictions, scheme=scheme))
    compare(got, reference(targets, predictions))
    assert 0.2 < got["micro"].f1 < 0.9


# With mistakes, seqeval's IOB1 counts an I behind a B twice; where tags are legal all agree.
@pytest.mark.parametrize(
    ("scheme", "only_legal"), [("IOB1", True), ("IOB2", False), ("IOBES", False)]
)
def test_seqeval_strict(scheme, only_legal):
    targets, predictions = pairs(scheme, only_legal)
    got = entity_counts(targets, predictions, scheme=scheme, mode="strict")
    options = {"mode": "strict", "scheme": getattr(seqeval_schemes, scheme)}
    compare(entity_scores(got), reference(targets, predictions, **options))


def test_the_three_schemes_say_the_same():
    ways = {
        "IOB1": ["I-x", "I-x", "I-x", "B-x", "O", "I-y", "I-x"],
        "IOB2": ["B-x", "I-x", "I-x", "B-x", "O", "B-y", "B-x"],
        "IOBES": ["B-x", "I-x", "E-x", "S-x", "O", "S-y", "S-x"],
    }
    want = [Span("x", 0, 3), Span("x", 3, 4), Span("y", 5, 6), Span("x", 6, 7)]
    for scheme, tags in ways.items():
        assert mistake(tags, scheme) is None
        assert spans(tags, scheme) == spans(tags, scheme, strict=True) == want


STRICT = {
    ("IOB2", "I-x O"): [],
    ("IOB2", "B-x I-y I-y B-y"): [Span("x", 0, 1), Span("y", 3, 4)],
    ("IOB1", "B-x O I-x"): [Span("x", 2, 3)],
    ("IOB1", "I-x B-x B-y"): [Span("x", 0, 1), Span("x", 1, 2)],
    ("IOBES", "B-x I-x O S-y"): [Span("y", 3, 4)],
    ("IOBES", "B-x E-x E-x"): [Span("x", 0, 2)],
    ("IOB2", "B I O B"): [Span("", 0, 2), Span("", 3, 4)],
}


@pytest.mark.parametrize(("scheme", "row"), STRICT)
def test_strict_drops_what_is_not_well_formed(scheme, row):
    assert spans(row.split(), scheme, strict=True) == STRICT[scheme, row]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_legal_is_what_can_be_written(scheme):
    """Every sequence of three words is legal if and only if some spans are written like that."""
    tags = tag_set(scheme)
    masks = legal(tags, scheme)
    written = {write(layout, scheme) for layout in layouts(3)}
    for row in itertools.product(range(len(tags)), repeat=3):
        names = tuple(tags[i] for i in row)
        allowed = masks.starts[row[0]] and masks.ends[row[-1]]
        allowed = allowed and all(masks.transitions[a, b] for a, b in itertools.pairwise(row))
        assert bool(allowed) == (mistake(names, scheme) is None) == (names in written), names


def layouts(n):
    """All ways to lay spans of two types over n words."""
    if n == 0:
        return [[]]
    found = [[("O", 1), *rest] for rest in layouts(n - 1)]
    for size in range(1, n + 1):
        for rest in layouts(n - size):
            found += [[(kind, size), *rest] for kind in ("per", "creative-work")]
    return found


def write(layout, scheme):
    tags = []
    for kind, size in layout:
        if kind == "O":
            tags.append("O")
        elif scheme == "IOBES":
            inner = "S" if size == 1 else "B" + "I" * (size - 2) + "E"
            tags += [f"{p}-{kind}" for p in inner]
        else:
            touches = bool(tags) and tags[-1] != "O" and tags[-1][2:] == kind
            first = "B" if scheme == "IOB2" or touches else "I"
            tags += [f"{first}-{kind}", *[f"I-{kind}"] * (size - 1)]
    return tuple(tags)


def test_nothing_to_find():
    counts = entity_counts([["O"], []], [["O"], []], scheme="IOB2")
    assert counts == {}
    assert entity_scores(counts)["micro"] == (0, 0, 0, 0)
    assert entity_scores({"x": Counts(0, 0, 3)})["x"] == (0, 0, 0, 3)


def test_the_form_of_unicode_makes_no_difference():
    truth, predicted = [["B-região", "I-região", "O"]], [["B-regia\u0303o", "I-região", "O"]]
    for one, other in ((truth, predicted), (predicted, truth)):
        assert entity_counts(one, other, scheme="IOB2") == {"região": Counts(1, 1, 1)}


def test_an_unknown_scheme_is_no_scheme():
    for ask in (lambda: follows("O", "O", "BIO"), lambda: mistake(["O"], "BIO")):
        with pytest.raises(ValueError, match="scheme: got 'BIO', want one of IOB1, IOB2, IOBES"):
            ask()
    with pytest.raises(ValueError, match="did you mean 'IOBES'"):
        mistake([], "IOBS")


def test_refuses():
    with pytest.raises(ValueError, match="tag: got 'E-x', which IOB2 does not have"):
        spans(["E-x"], "IOB2")
    with pytest.raises(ValueError, match="tag: got 'NOUN', which IOBES does not have"):
        follows("O", "NOUN", "IOBES")
    with pytest.raises(ValueError, match="scheme: got 'BIO', want one of IOB1, IOB2, IOBES"):
        legal(["O"], "BIO")
    with pytest.raises(ValueError, match="mode: got 'lax', want one of conlleval, strict"):
        entity_counts([], [], scheme="IOB2", mode="lax")
    with pytest.raises(ValueError, match="predictions: got 1 tags of sentence 1, want 2"):
        entity_counts([["O"], ["O", "O"]], [["O"], ["O"]], scheme="IOB2")
