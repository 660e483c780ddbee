"""A claim of the course: what is said, how it is tried, and when it counts as true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Results = Mapping[str, Any]
"""Numbers as JSON has them: what ``measure`` found, from which all else is made."""
HOLDS, IN_PART, FAILS = "holds", "holds in part", "does not hold here"


class Text(NamedTuple):
    """Words in the languages of the report."""

    en: str
    ko: str


class Verdict(NamedTuple):
    """What the rule says of the numbers."""

    kind: str
    """HOLDS, IN_PART or FAILS"""
    reason: Text
    """the numbers that it follows from, in a sentence"""


class Table(NamedTuple):
    """Figures to read."""

    head: Sequence[Text]
    rows: Sequence[Sequence[str | Text]]
    """the first cell of each is a name; means as "0.91 ± 0.02" """
    caption: Text
    """what is counted, in what unit, over how many seeds"""


class Claim(NamedTuple):
    """An experiment that says whether something that is taught is true here."""

    name: str
    """as ``--only`` has it"""
    number: int
    """its place in the report"""
    statement: Text
    """one sentence, as it is taught"""
    experiment: Text
    """two sentences: what is trained or computed on what, and what is compared"""
    rule: Text
    """when the verdict is what, in numbers; written before the run"""
    measure: Callable[[Sequence[int], Callable[[str], None]], Results]
    """(seeds, say) -> results; ``say`` shows a line of progress"""
    verdict: Callable[[Results], Verdict]
    """by the rule, from the results alone"""
    tables: Callable[[Results], list[Table]]
    draw: Callable[[Results, str], Any]
    """(results, language) -> a figure of ``seqjax.diagnostics.plots.style.figure``"""
    alt: Text
    """what the plot shows, for whoever cannot see it"""
    measure_file: Callable[[Path, Sequence[int], Callable[[str], None]], Results] | None = None
    """(file of the user's, seeds, say) -> what ``results["file"]`` is to be, beside the rest"""
