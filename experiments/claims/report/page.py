"""What the report says, in one language, before it is written in a format."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.claims import catalogue
from experiments.claims.claim import Text
from experiments.claims.records import Record
from experiments.claims.report import words
from experiments.claims.running import Outcome, last_line
from experiments.claims.shared import wording
from seqjax.basics.whole_file import whole_file
from seqjax.diagnostics.plots import style


class PageTable(NamedTuple):
    """``Table`` in one language."""

    head: list[str]
    rows: list[list[str]]
    caption: str


class Section(NamedTuple):
    """A claim. Of one that failed, what is not known is "" or empty."""

    name: str
    number: int
    kind: str
    """of the verdict, or FAILED"""
    verdict: str
    heading: str
    command: str
    experiment: str = ""
    tables: Sequence[PageTable] = ()
    reason: str = ""
    rule: str = ""
    picture: str = ""
    """name of the SVG file beside the report"""
    svg: bytes = b""
    figure: Any = None
    """what the SVG was made of"""
    alt: str = ""
    measured: str = ""
    failure: str = ""


class Page(NamedTuple):
    """The report."""

    language: str
    machines: list[str]
    command: str
    notes: list[str]
    sections: list[Section]
    hover: bool = False
    """whether plots of the HTML form answer to the pointer"""

    def said(self, key: str, **values: object) -> str:
        """Fixed words in its language."""
        return words.said(key, self.language, **values)


def page(
    outcomes: Sequence[Outcome],
    language: str,
    folder: Path,
    machine: dict[str, Any],
    command: str,
    *,
    hover: bool = False,
) -> Page:
    """Puts the claims in order, draws their plots and saves them as ``folder``/NAME.svg.

    Args:
      outcomes: of claims that were measured or failed.
      language: "en" or "ko"; plots of "ko" are NAME.ko.svg.
      folder: of the report.
      machine: that of this launch, named where nothing was measured.
      command: of this launch.
      hover: in the HTML form, curves and named points tell their values where the pointer is.
    """
    notes = []
    drawn_in = language
    if language == "ko" and not style.korean_font():
        notes.append(words.said("no_font", language))
        drawn_in = "en"
    ordered = sorted(outcomes, key=lambda each: catalogue.NAMES.index(each.name))
    done = {each.name for each in ordered}
    if missing := [name for name in catalogue.NAMES if name not in done]:
        notes.append(words.said("not_run", language, names=", ".join(missing)))
    sections = [_section(each, language, drawn_in, folder) for each in ordered]
    machines = [each.record.machine for each in ordered if each.record] or [machine]
    texts = list(dict.fromkeys(machine_text(each, language) for each in machines))
    return Page(language, texts, command, notes, sections, hover)


def machine_text(machine: dict[str, Any], language: str) -> str:
    """The machine in words: processor, cores, devices, system and versions."""
    cores = words.said("cores", language, processor=machine["processor"], count=machine["cores"])
    none = words.said("no_accelerator", language)
    devices = none if machine["platform"] == "cpu" else ", ".join(machine["devices"])
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return f"{cores}, {devices}. {machine['system']}, Python {machine['python']}, {versions}."


def _section(outcome: Outcome, language: str, drawn_in: str, folder: Path) -> Section:
    name, claim, record = outcome.name, outcome.claim, outcome.record
    number = catalogue.NAMES.index(name) + 1
    command = f"python -m experiments.claims --only={name}"
    heading = wording.chosen(claim.statement, language) if claim else name
    failed = Section(
        name, number, words.FAILED, words.said(words.FAILED, language), heading, command,
        failure=outcome.failure,
    )  # fmt: skip
    if claim is None or record is None or outcome.verdict is None:
        return failed
    try:
        tables = [
            PageTable(
                [wording.chosen(each, language) for each in table.head],
                [[_in(cell, language) for cell in row] for row in table.rows],
                wording.chosen(table.caption, language),
            )
            for table in claim.tables(record.results)
        ]
        figure, svg = _drawn(outcome, drawn_in)
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)
        return failed._replace(failure=last_line(error))
    ending = "" if language == "en" else f".{language}"
    picture = f"{name}{ending}.svg"
    with whole_file(folder / picture) as temporary:
        temporary.write_bytes(svg)
    return Section(
        name,
        number,
        outcome.verdict.kind,
        words.said(outcome.verdict.kind, language),
        heading,
        f"{command} --seeds={len(record.seeds)}",
        wording.chosen(claim.experiment, language),
        tables,
        wording.chosen(outcome.verdict.reason, language),
        wording.chosen(claim.rule, language),
        picture,
        svg,
        figure,
        wording.chosen(claim.alt, language),
        _measured(record, language),
    )


def _drawn(outcome: Outcome, language: str) -> tuple[Any, bytes]:
    """The plot, and as SVG, the same bytes for the same results."""
    assert outcome.claim is not None
    assert outcome.record is not None
    with style.context(language):
        figure = outcome.claim.draw(outcome.record.results, language)
        return figure, style.svg(figure)


def _measured(record: Record, language: str) -> str:
    listed = ", ".join(str(seed) for seed in record.seeds)
    key = "seed" if len(record.seeds) == 1 else "seeds"
    seeds = words.said(key, language, count=len(record.seeds), list=listed)
    return words.said("measured", language, seeds=seeds, seconds=f"{record.seconds:.0f}")


def _in(cell: str | Text, language: str) -> str:
    """What is the same in every language is no ``Text``."""
    return cell if isinstance(cell, str) else wording.chosen(cell, language)
