"""Made-up DNA: sequences with one of two motifs, or with none, as classes and as tags."""

from __future__ import annotations

import numpy as np

from seqjax.data.formats.conll import Tagged
from seqjax.data.formats.passages import Passage

MOTIFS = {"box": "TATAAAAG", "site": "GGCCAATCT"}
LETTERS = "ACGT"
SHORTEST, LONGEST = 40, 80


def motifs(count: int, *, seed: int) -> list[Passage]:
    """``count`` sequences of 40 to 80 letters under box, site and none, a third of them each.

    Letters are drawn from A, C, G and T, and a motif lies anywhere. A sequence of class none has
    the letters of a motif in another order: how often letters occur says little.

    >>> [passage.labels for passage in motifs(3, seed=0)]
    [('box',), ('site',), ('none',)]
    """
    draw = np.random.default_rng(seed)
    return [_sequence(draw, number) for number in range(count)]


def motif_parts() -> dict[str, list[Passage]]:
    """3,000 sequences in three parts, always the same ones.

    >>> {part: len(sequences) for part, sequences in motif_parts().items()}
    {'train': 2400, 'valid': 300, 'test': 300}
    """
    sequences = motifs(3000, seed=0)
    return {"train": sequences[:2400], "valid": sequences[2400:2700], "test": sequences[2700:]}


def motif_tags() -> dict[str, list[Tagged]]:
    """The sequences of ``motif_parts``, each letter tagged: B- and I- of its motif (IOB2), or O.

    >>> sentence = motif_tags()["train"][0]
    >>> "".join(w for w, tag in zip(sentence.words, sentence.tags, strict=True) if tag != "O")
    'TATAAAAG'
    """
    return {
        part: [_tagged(sequence) for sequence in sequences]
        for part, sequences in motif_parts().items()
    }


def _tagged(passage: Passage) -> Tagged:
    tags = ["O"] * len(passage.text)
    for name, motif in MOTIFS.items():
        start = passage.text.find(motif)
        while start >= 0:
            rest = [f"I-{name}"] * (len(motif) - 1)
            tags[start : start + len(motif)] = [f"B-{name}", *rest]
            start = passage.text.find(motif, start + len(motif))
    return Tagged(tuple(passage.text), tuple(tags))


def _sequence(draw: np.random.Generator, number: int) -> Passage:
    label = (*MOTIFS, "none")[number % 3]
    expected = [] if label == "none" else [label]
    while True:
        insert = MOTIFS.get(label) or _shuffled(draw, MOTIFS[str(draw.choice(list(MOTIFS)))])
        background = draw.choice(list(LETTERS), draw.integers(SHORTEST, LONGEST + 1) - len(insert))
        start = draw.integers(len(background) + 1)
        text = "".join([*background[:start], insert, *background[start:]])
        # Chance may have made a motif too.
        if [name for name, motif in MOTIFS.items() if motif in text] == expected:
            return Passage(text, (label,), f"sequence {number + 1}")


def _shuffled(draw: np.random.Generator, word: str) -> str:
    return "".join(draw.permutation(list(word)))
