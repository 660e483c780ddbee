"""What ``python -m experiments.claims`` is asked for, and the way from there to the report."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import Any

from experiments import flags, launch
from experiments.benchmark import machine as benchmark_machine
from experiments.claims import catalogue, running
from experiments.claims.report import words
from experiments.claims.report.html import html
from experiments.claims.report.markdown import markdown
from experiments.claims.report.page import Page, machine_text, page
from experiments.claims.sequences.labelled_texts import labelled_texts
from experiments.claims.shared import wording
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.options import option
from seqjax.basics.whole_file import whole_file

VERSIONS = ("jax", "jaxlib", "numpy")
"""Of what computes."""


@dataclasses.dataclass(frozen=True)
class ClaimsConfig:
    """Which claims are tried, and how the report is written."""

    only: str = option("", "names with commas between them, as --list shows them; nothing: all")
    seeds: int = option(3, "seeds of every claim, 0 and up; 2 or more, for the spread")
    out: str = option("runs/claims", "folder of the report and of what was measured")
    language: str = option("en", "of the report: en or ko")
    hover: bool = option(
        True, "curves and words of the HTML page tell their values where the pointer is; by bokeh"
    )  # fmt: skip
    reviews: str = option(
        "", "texts of two classes that word_order is tried on too: a table with the columns text"
        " and label, or a folder with a file a class"
    )  # fmt: skip
    list: bool = option(False, "print the claims and do nothing")
    redo: bool = option(False, "measure again what was measured before, too")


def check(config: ClaimsConfig) -> list[str]:
    """The names of the claims that are wanted, in the order of the report.

    Raises:
      ValueError: names the flag, what it got and what it wants, or the line of a file.
      OSError: for a file that cannot be read.
      ImportError: without matplotlib, which draws the plots.
    """
    names = catalogue.chosen(config.only)
    if config.seeds < 2:
        raise ValueError(f"seeds: got {config.seeds}, want 2 or more, since one has no spread")
    checks.lookup("language", dict.fromkeys(words.LANGUAGES), config.language)
    if not config.out:
        raise ValueError("out: got none, want --out=FOLDER of the report")
    if Path(config.out).exists() and not Path(config.out).is_dir():
        raise ValueError(f"out: got {config.out}, which is a file, want a folder")
    if config.reviews:
        labelled_texts(config.reviews)
    optional_module("matplotlib", "plots")
    return names


def main() -> int:
    """Measures, judges, writes; returns the exit status."""
    with launch.mistakes():
        config = flags.parse(ClaimsConfig)
        if config.list:
            print(listed(catalogue.chosen(config.only), config.language))
            return 0
        names = check(config)
        folder = Path(config.out)
        folder.mkdir(parents=True, exist_ok=True)
    machine = here()
    print(machine_text(machine, config.language), flush=True)
    outcomes = running.run(
        names, range(config.seeds), folder, machine, redo=config.redo, say=running.Progress(),
        files={"word_order": Path(config.reviews)} if config.reviews else {},
    )  # fmt: skip
    others = running.kept([name for name in catalogue.NAMES if name not in names], folder)
    made = page(
        [*outcomes, *others], config.language, folder, machine, command(), hover=config.hover
    )
    paths = write(made, folder)
    print(f"\n{summary(made)}\n\n" + "\n".join(str(path) for path in paths), flush=True)
    failures = [each for each in made.sections if each.failure]
    for each in failures:
        print(f"failed: {each.name}: {each.failure}", file=sys.stderr)
    return int(bool(failures))


def here() -> dict[str, Any]:
    """The machine, as it is kept beside results."""
    found = benchmark_machine.describe(benchmark_machine.cores())
    kept = ("processor", "cores", "devices", "platform", "system", "python")
    versions = {name: found["versions"][name] for name in VERSIONS}
    return {name: found[name] for name in kept} | {"versions": versions}


def command() -> str:
    """This launch, as it can be typed again."""
    return shlex.join(["python", "-m", "experiments.claims", *sys.argv[1:]])


def write(made: Page, folder: Path) -> list[Path]:
    """Both forms of the report; their paths."""
    ending = "" if made.language == "en" else f".{made.language}"
    texts = {f"report{ending}.md": markdown(made), f"report{ending}.html": html(made)}
    for name, text in texts.items():
        with whole_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def summary(made: Page) -> str:
    """A line a claim: number, name, verdict."""
    return "\n".join(f"{each.number:2}  {each.name:22}{each.verdict}" for each in made.sections)


def listed(names: list[str], language: str) -> str:
    """Names and statements of the claims; of one that cannot be imported, why."""
    checks.lookup("language", dict.fromkeys(words.LANGUAGES), language)
    lines = []
    for name in names:
        try:
            statement = wording.chosen(catalogue.load(name).statement, language)
        except ImportError as error:
            statement = running.last_line(error)
        lines.append(f"{catalogue.NAMES.index(name) + 1:2}  {name:22}{statement}")
    return "\n".join(lines)
