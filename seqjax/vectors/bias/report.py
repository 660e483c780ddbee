"""Two audits as a person reads them: before and after, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqjax.vectors.bias.audit import Figures


def text(figures: Mapping[str, Any]) -> str:
    """The direction, what was done, the table, and the most biased analogies.

    Args:
      figures: as ``before_after`` gives them.
    """
    before, after = figures["before"], figures["after"]
    table = [("", "before", "after"), *rows(before, after)]
    lines = [f"{label:62}{first:>9}{second:>9}".rstrip() for label, first, second in table]
    return "\n".join([*_beginning(figures), "", *lines, "", *_analogies(figures)])


def _beginning(figures: Mapping[str, Any]) -> list[str]:
    direction = figures["direction"]
    used, missing = direction["used"], direction["missing"]
    names = ", ".join("-".join(words) for words in missing)
    left = f"; without vectors: {names}" if names else ""
    share = direction["explained"][0]
    return [
        f"direction ({direction['method']}): {len(used)} of {len(used) + len(missing)} pairs,"
        f" {share:.0%} of the variance within them{left}",
        figures["removal"],
    ]


def rows(before: Figures, after: Figures) -> Iterator[tuple[str, str, str]]:
    """(what, before, after)."""
    for name, title in (("direct_bias", "direct bias"), ("indirect_bias", "indirect bias")):
        label = f"{title} of neutral words{_coverage(before[name])}"
        yield label, _figure(before[name], "value"), _figure(after[name], "value")
        if "refused" in before[name]:
            yield f"  not measured: {_reason(before[name])}", "", ""
    words = f" ({before['residual'].get('words', 0):,} most biased words; 0.5 is chance)"
    for name, title in (
        ("clusters", "purity of two clusters"),
        ("linear", "linear probe"),
        ("rbf", "RBF probe"),
    ):
        yield (
            title + words,
            _figure(before["residual"], name),
            _figure(after["residual"], name),
        )
    for test, first in before["weat"].items():
        yield f"WEAT {test}{_coverage(first)}", "", ""
        second = after["weat"][test]
        if "refused" in first:
            yield f"  not measured: {_reason(first)}", "", ""
            continue
        kind = "all" if first["exact"] else "sampled"
        yield "  effect size d", _figure(first, "effect"), _figure(second, "effect")
        yield (
            f"  p ({kind} {first['partitions']:,} partitions)",
            _figure(first, "p"),
            _figure(second, "p"),
        )
        if "refused" in second:
            yield f"  not measured after: {_reason(second)}", "", ""
    for name, first in before["similarity"].items():
        second = after["similarity"][name]
        label = f"{name}, Spearman ({first['covered']:,} of {first['pairs']:,} pairs)"
        yield label, _figure(first, "spearman"), _figure(second, "spearman")
    for name, first in before["analogies"].items():
        second = after["analogies"][name]
        label = f"analogies, {name} ({first['answered']:,} of {first['questions']:,} answered)"
        yield label, _figure(first, "answered_only"), _figure(second, "answered_only")


def _figure(figures: Figures, name: str) -> str:
    return f"{figures[name]:.4f}" if name in figures else "-"


def _reason(figures: Figures) -> str:
    """Without what the message begins with, the name of an argument or of a test."""
    return str(figures["refused"]).partition(": ")[2]


def _coverage(figures: Figures) -> str:
    if "refused" in figures:
        return ""
    if isinstance(figures["covered"], int):
        return f" ({figures['covered']:,} of {figures['words']:,} words)"
    covered, words = (sum(pair[i] for pair in figures["covered"].values()) for i in (0, 1))
    return f" ({covered} of {words} words)"


def _analogies(figures: Mapping[str, Any]) -> list[str]:
    first, *_, last = figures["direction"]["used"][0]
    lines = [
        f"{first} is to ... as {last} is to ..., most biased pairs (cosine with the direction)"
    ]
    pairs = [figures[time]["biased_analogies"] for time in ("before", "after")]
    lines.append(f"  {'before':44}after")
    for i in range(max(map(len, pairs))):
        cells = [_pair(each[i]) if i < len(each) else "" for each in pairs]
        lines.append(f"  {cells[0]:44}{cells[1]}".rstrip())
    return lines


def _pair(pair: Mapping[str, Any]) -> str:
    return f"{pair['first']} - {pair['second']} {pair['score']:.3f}"
