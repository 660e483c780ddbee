"""What is made of a tag before it is predicted: itself, its type, or multilabel labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqjax.basics import checks
from seqjax.basics.unicode_form import composed
from seqjax.data.formats.conll import Tagged
from seqjax.objectives.tag_schemes import OUTSIDE, SCHEMES, mistake, split

NONE = "none"
VIEWS: dict[str, Callable[[str], str]] = {
    "tags": lambda tag: tag,
    "types": lambda tag: tag if tag == OUTSIDE else split(tag)[1] or tag,
    "name": lambda tag: OUTSIDE if tag == OUTSIDE else "name",
}
NOTHING = {OUTSIDE, "_"}
"""head=sigmoid: the tags of words without a label."""
PREFIXES = set("OBIES")


def viewed(sentence: Tagged, view: str) -> Tagged:
    """The sentence with the labels that are predicted, in the composed form of Unicode (NFC).

    >>> viewed(Tagged(("Ada", "met"), ("B-PER", "O")), "types").tags
    ('PER', 'O')
    """
    return sentence._replace(tags=tuple(VIEWS[view](composed(tag)) for tag in sentence.tags))


def labels_of(tag: str, multilabel: bool) -> tuple[str, ...]:
    """The labels of a word: of multilabel a | stands between them.

    >>> labels_of("NOUN|PLURAL", True), labels_of("O", True), labels_of("O", False)
    (('NOUN', 'PLURAL'), (), ('O',))
    """
    if not multilabel:
        return (tag,)
    return () if tag in NOTHING else tuple(filter(None, tag.split("|")))


def joined(labels: Sequence[str]) -> str:
    """Several labels of a word as one tag."""
    return "|".join(labels) or OUTSIDE


def scheme_of(name: str, train: Sequence[Sequence[str]], view: str, multilabel: bool) -> str:
    """How tags mark names: the scheme of that name or, of auto, the first in which all are legal.

    Raises:
      ValueError: for an unknown scheme, or one where there are no such tags; for tags that look
        like those of names but fit none.
    """
    checks.lookup("scheme", dict.fromkeys(("auto", NONE, *SCHEMES)), name)
    if name in SCHEMES:
        if multilabel or view != "tags":
            raise ValueError(f"scheme: got {name!r}, but labels of single words mark no names")
        for row in train:
            mistake(row, name)  # raises for a tag that the scheme does not have
        return name
    seen = {tag for row in train for tag in row}
    resembles_names = OUTSIDE in seen and len(seen) > 1
    resembles_names &= all(
        tag == OUTSIDE or (tag[0] in PREFIXES and tag[1:2] == "-") for tag in seen
    )
    if name == NONE or multilabel or view != "tags" or not resembles_names:
        return NONE
    order = ("IOB2", "IOB1", "IOBES")
    legal = [
        s for s in order if _has_prefixes(seen, s) and all(mistake(row, s) is None for row in train)
    ]
    if not legal:
        raise ValueError(
            f"scheme: got 'auto', but the tags of training ({', '.join(sorted(seen)[:8])}) are"
            f" legal in none of {', '.join(order)}; name the one that is meant, or none"
        )
    return legal[0]


def _has_prefixes(seen: set[str], scheme: str) -> bool:
    prefixes = {split(tag)[0] for tag in seen}
    return scheme == "IOBES" or not prefixes & {"E", "S"}


def illegal(sentences: Sequence[Tagged], scheme: str) -> str:
    """The first tag that may not stand where it does, in words; nothing if all are legal.

    >>> illegal([Tagged(("Ada", "met"), ("O", "I-PER"))], "IOB2")
    "sentence 1: 'I-PER' of 'met' behind O"

    Raises:
      ValueError: for a tag that the scheme does not have.
    """
    for number, (words, tags) in enumerate(sentences, 1):
        if (t := mistake(tags, scheme)) is not None:
            before = tags[t - 1] if t else "the beginning"
            here = f"{tags[t]!r} of {words[t]!r}" if t < len(tags) else "the end"
            return f"sentence {number}: {here} behind {before}"
    return ""
