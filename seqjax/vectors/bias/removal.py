"""Ways to remove a bias by name: hard, soft and null_space, each with the same word lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array
from seqjax.vectors.bias.audit_lists import AuditLists
from seqjax.vectors.bias.debias import hard_debias
from seqjax.vectors.bias.direction import Subspace, mean_difference, principal
from seqjax.vectors.bias.measures import extremes
from seqjax.vectors.bias.null_space import null_space
from seqjax.vectors.bias.soft_debias import soft_debias
from seqjax.vectors.keyed import KeyedVectors

DIRECTIONS: dict[str, Callable[..., Subspace]] = {"pca": principal, "mean": mean_difference}


@dataclasses.dataclass(frozen=True)
class RemovalConfig:
    """How the bias is found and removed."""

    direction: str = option("pca", "pca (of centred pairs) or mean (of their differences)")
    method: str = option("hard", "hard, soft or null_space")
    strength: float = option(0.2, "of soft debiasing: what the penalty counts")
    rounds: int = option(35, "of null-space projection, at most")
    biased: int = option(500, "most biased words of each side, which clusters and probes look at")
    among: int = option(50_000, "commonest words that the most biased ones are chosen from")
    seed: int = option(0, "of draws, splits and clusters")


class MostBiased(NamedTuple):
    """The most biased words of the original vectors, those of each side."""

    audited: tuple[Sequence[str], Sequence[str]]
    learned: tuple[Sequence[str], Sequence[str]]
    """the next ones, which null-space projection learns from: others than those it is tested on"""


class Biased(NamedTuple):
    """What a way to remove the bias starts from."""

    vectors: KeyedVectors
    lists: AuditLists
    space: Subspace
    words: MostBiased


class Removed(NamedTuple):
    """Vectors without the bias, or with less of it."""

    vectors: KeyedVectors
    about: str


def check(config: RemovalConfig) -> None:
    """Checks options before vectors are read.

    Raises:
      ValueError: for an option that is wrong, whatever the vectors are.
    """
    checks.lookup("direction", DIRECTIONS, config.direction)
    checks.lookup("method", METHODS, config.method)
    for name in ("rounds", "biased", "among"):
        checks.positive(name, getattr(config, name))
    checks.seed(config.seed)
    if not config.strength >= 0:
        raise ValueError(f"strength: got {config.strength}, want 0 or more")


def find_bias(config: RemovalConfig, vectors: KeyedVectors, lists: AuditLists) -> Biased:
    """The direction of the bias, and the words that it is strongest in.

    At most a tenth of the words that are not specific, on each side and for each purpose.

    Raises:
      ValueError: for too few words or pairs that have a vector.
    """
    try:
        space = DIRECTIONS[config.direction](vectors, lists.definitional)
    except ValueError as error:
        raise ValueError(
            f"definitional: {error}: --definitional=FILE for those, or vectors of more words"
        ) from None
    words = unspecific(vectors, lists)[: config.among]
    count = min(config.biased, len(words) // 10)
    if count < 4:
        raise ValueError(
            f"vectors: got {len(words)} words without a bias by meaning, want 40 or more: vectors"
            " of a larger text, or with --minimum=1"
        )
    first, second = extremes(vectors, words, space.direction, 2 * count)
    most_biased = MostBiased((first[:count], second[:count]), (first[count:], second[count:]))
    return Biased(vectors, lists, space, most_biased)


def unspecific(vectors: KeyedVectors, lists: AuditLists) -> list[str]:
    """Words that have no bias by their meaning, and a vector that is not zero."""
    return [word for word in vectors.directed_words(vectors.words) if word not in lists.specific]


def remove(config: RemovalConfig, biased: Biased, key: Array) -> Removed:
    """The vectors after the method of the config.

    Args:
      key: of draws; null_space alone uses it.

    Raises:
      ValueError: as ``hard_debias``, ``soft_debias`` or ``null_space`` does.
    """
    return METHODS[config.method](config, biased, key)


def _hard(config: RemovalConfig, biased: Biased, key: Array) -> Removed:
    lists = biased.lists
    sets = [*lists.definitional, *lists.equalize]
    result = hard_debias(biased.vectors, biased.space, lists.specific, sets)
    about = f"hard: {result.neutralized:,} words neutralized, {len(result.equalized)} sets"
    return Removed(result.vectors, f"{about} equalized, {len(result.skipped)} sets left out")


def _soft(config: RemovalConfig, biased: Biased, key: Array) -> Removed:
    neutral = unspecific(biased.vectors, biased.lists)
    result = soft_debias(biased.vectors, neutral, biased.space, strength=config.strength)
    change, penalty = result.objective
    about = f"soft: strength {config.strength:g}, change {change:.4g}, penalty {penalty:.4g}"
    return Removed(result.vectors, about)


def _null_space(config: RemovalConfig, biased: Biased, key: Array) -> Removed:
    result = null_space(biased.vectors, *biased.words.learned, rounds=config.rounds, key=key)
    first, last = result.accuracies[0], result.accuracies[-1]
    rounds = len(result.accuracies) - 1
    about = f"null space: {rounds} rounds, held-out accuracy {first:.3f} before, {last:.3f} after"
    return Removed(result.vectors, f"{about} (majority {result.majority:.3f})")


METHODS = {"hard": _hard, "soft": _soft, "null_space": _null_space}
