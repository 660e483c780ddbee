"""Measures a bias, removes it, measures again: python -m experiments.bias --vectors=FILE.

Prints one table of before and after, with what was lost on the way, and writes bias.json, bias.png
and bias.svg. Word lists: gender in English, our own, unless files are named. "After" is measured
along the direction of the original vectors, and with the words that were most biased in these:
what is gone along the direction may still be in the neighbourhood of words, which the clusters and
probes of Gonen and Goldberg (2019) show.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from absl import flags as absl_flags

from experiments import bias_lists, bias_report, flags, launch, strict_json
from experiments.bias_lists import Lists, ListsConfig
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array
from seqjax.vectors.bias.audit import Questions, audit
from seqjax.vectors.bias.debias import hard_debias
from seqjax.vectors.bias.direction import Subspace, mean_difference, principal
from seqjax.vectors.bias.measures import extremes, projections
from seqjax.vectors.bias.null_space import null_space
from seqjax.vectors.bias.soft_debias import soft_debias
from seqjax.vectors.evaluation.similarity_sets import Pair
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.plots import bias_picture

SIMILARITY = "similarity"
DIRECTIONS = {"pca": 0, "mean": 0}


@dataclasses.dataclass(frozen=True)
class BiasConfig:
    """Which vectors, and what is done with them."""

    vectors: str = option("", "file: word2vec text or binary, GloVe text, fastText .vec, .npz")
    limit: int = option(0, "rows of the file that are read, the commonest words; 0: all")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")
    out: str = option("runs/bias", "folder of bias.json and the plots")
    save: str = option("", "file for the vectors afterwards: .txt, .vec, .glove, .bin, .npz")
    direction: str = option("pca", "pca (of centred pairs) or mean (of their differences)")
    method: str = option("hard", "hard, soft or null_space")
    strength: float = option(0.2, "of soft debiasing: what the penalty counts")
    rounds: int = option(35, "of null-space projection, at most")
    biased: int = option(500, "most biased words of each side, which clusters and probes look at")
    among: int = option(50_000, "commonest words that the most biased ones are chosen from")
    shown: int = option(50, "words of the plot: the neutral ones that were most biased")
    plot: bool = option(True, "draw bias.png and bias.svg (needs matplotlib)")
    seed: int = option(0, "of draws, splits and clusters")


class Sides(NamedTuple):
    """The most biased words of the original vectors."""

    audited: tuple[list[str], list[str]]
    learned: tuple[list[str], list[str]]
    """the next ones, which null-space projection learns from: others than those it is tested on"""


class Given(NamedTuple):
    """What a way to remove the bias starts from."""

    vectors: KeyedVectors
    lists: Lists
    space: Subspace
    sides: Sides


class Removed(NamedTuple):
    """Vectors without the bias, or with less of it."""

    vectors: KeyedVectors
    about: str


def check(config: BiasConfig) -> BiasConfig:
    """The config, if its flags can be meant.

    Raises:
      ValueError: for a flag that is wrong.
      ImportError: for a plot without matplotlib.
    """
    checks.lookup("direction", DIRECTIONS, config.direction)
    checks.lookup("method", METHODS, config.method)
    for name in ("rounds", "biased", "among", "shown"):
        checks.positive(name, getattr(config, name))
    flags.natural("limit", config.limit)
    flags.seed(config.seed)
    if not config.strength >= 0:
        raise ValueError(f"strength: got {config.strength}, want 0 or more")
    if not config.vectors:
        raise ValueError("vectors: got no file, want --vectors=FILE")
    if config.plot and importlib.util.find_spec("matplotlib") is None:
        raise ImportError("matplotlib is not installed; pip install 'seqjax[plots]', or --noplot")
    return config


def sides(config: BiasConfig, known: KeyedVectors, lists: Lists, subspace: Subspace) -> Sides:
    """At most a tenth of the words that are not specific, on each side and for each purpose."""
    free = _free(known, lists)[: config.among]
    count = min(config.biased, len(free) // 10)
    if count < 4:
        raise ValueError(
            f"vectors: got {len(free)} words without a bias by meaning, want 40 or more"
        )
    first, second = extremes(known, free, subspace.direction, 2 * count)
    return Sides((first[:count], second[:count]), (first[count:], second[count:]))


def _free(known: KeyedVectors, lists: Lists) -> list[str]:
    """Words that have no bias by their meaning, but a direction."""
    some = np.any(known.matrix, axis=1).tolist()
    pairs = zip(known.words, some, strict=True)
    return [word for word, directed in pairs if directed and word not in lists.specific]


def _hard(config: BiasConfig, given: Given, key: Array) -> Removed:
    lists = given.lists
    sets = [*lists.definitional, *lists.equalize]
    made = hard_debias(given.vectors, given.space, lists.specific, sets)
    about = f"hard: {made.neutralized:,} words neutralized, {len(made.equalized)} sets equalized,"
    return Removed(made.vectors, f"{about} {len(made.skipped)} sets left out")


def _soft(config: BiasConfig, given: Given, key: Array) -> Removed:
    neutral = _free(given.vectors, given.lists)
    made = soft_debias(given.vectors, neutral, given.space, strength=config.strength)
    change, penalty = made.objective
    about = f"soft: strength {config.strength:g}, change {change:.4g}, penalty {penalty:.4g}"
    return Removed(made.vectors, about)


def _null_space(config: BiasConfig, given: Given, key: Array) -> Removed:
    made = null_space(given.vectors, *given.sides.learned, rounds=config.rounds, key=key)
    before, after = made.accuracies[0], made.accuracies[-1]
    about = f"null space: {len(made.accuracies) - 1} rounds, held-out accuracy {before:.3f} before"
    return Removed(made.vectors, f"{about}, {after:.3f} after (majority {made.majority:.3f})")


METHODS = {"hard": _hard, "soft": _soft, "null_space": _null_space}


def run(
    config: BiasConfig,
    known: KeyedVectors,
    lists: Lists,
    similarity: Mapping[str, Sequence[Pair]],
) -> tuple[dict[str, Any], Removed, Subspace]:
    """(figures fit for JSON, the vectors afterwards, the direction)."""
    find = principal if config.direction == "pca" else mean_difference
    space = find(known, lists.definitional)
    chosen = sides(config, known, lists, space)
    remove_key, audit_key = jax.random.split(jax.random.key(config.seed))
    removed = METHODS[config.method](config, Given(known, lists, space, chosen), remove_key)
    specific = sorted(lists.specific)
    asked = Questions(
        space, chosen.audited, lists.neutral, specific, lists.tests, similarity, lists.sections
    )
    figures = {
        "direction": {
            "method": config.direction,
            "explained": [float(share) for share in space.explained],
            "used": space.used,
            "missing": space.missing,
        },
        "removal": removed.about,
        "before": audit(known, asked, key=audit_key),
        "after": audit(removed.vectors, asked, key=audit_key),
    }
    return figures, removed, space


def shown(config: BiasConfig, known: KeyedVectors, lists: Lists, space: Subspace) -> list[str]:
    """The neutral words that were most biased."""
    words = known.covered(lists.neutral)
    size = np.abs(projections(known, words, space.direction)) if words else np.zeros(0)
    return [words[i] for i in np.argsort(-size, kind="stable")[: config.shown]]


def main() -> None:
    """Prints the table and writes the files."""
    with launch.mistakes():
        config, lists_config = check(flags.parse(BiasConfig)), flags.parse(ListsConfig)
        files = bias_lists.read(lists_config)
        paths = absl_flags.FLAGS[SIMILARITY].value or []
        similarity = {Path(path).stem: vectors.read_pairs(path) for path in paths}
        limit = config.limit or None
        known = vectors.load(config.vectors, limit=limit, encoding_errors=config.encoding_errors)
        lists = bias_lists.fit(files, known)
        folder = Path(config.out)
        folder.mkdir(parents=True, exist_ok=True)
        figures, removed, space = run(config, known, lists, similarity)
        print(bias_report.text(figures))
        made = {"flags": flags.text(config, lists_config), **figures}
        (folder / "bias.json").write_text(strict_json.text(made), encoding="utf-8")
        if config.save:
            vectors.save(config.save, removed.vectors)
        words = shown(config, known, lists, space)
        if config.plot and words:
            plots = [folder / "bias.png", folder / "bias.svg"]
            bias_picture.draw_projections(
                known, removed.vectors, words, space, plots, about=removed.about
            )
        print(f"\nWritten to {folder}")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(SIMILARITY, [], "a similarity set; may be given several times")
    flags.define(BiasConfig, ListsConfig)
    launch.run(main)
