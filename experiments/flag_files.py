"""Files of flags, looked at before absl takes them in: a mistake is said by file and line."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

NAMED = re.compile(r"--?flagfile(=|$)")
FLAG = re.compile(r"--?([^=]*)(?:=(.*))?", re.DOTALL)


def named(arguments: Sequence[str]) -> list[Path]:
    """The files that --flagfile names on a command line."""
    paths = []
    for argument, after in zip(arguments, [*arguments, ""][1:], strict=True):
        if argument == "--":
            break
        if NAMED.match(argument):
            path = argument.partition("=")[2] if "=" in argument else after
            paths.append(Path(os.path.expanduser(path.strip())))
    return paths


def check(path: str | os.PathLike[str], values: flags.FlagValues = flags.FLAGS) -> None:
    """Looks through a file of flags and the files that it names in turn.

    Each line is a flag, ``--name=value``, or nothing, or a comment, which begins with # or //.

    Raises:
      ValueError: names the file, and the line if it is one's fault: a file that cannot be read or
        is not UTF-8, a line that is no flag, an unknown flag, a value that the flag does not take.
    """
    _check(Path(path), values, ())


def _check(path: Path, values: flags.FlagValues, outer: tuple[Path, ...]) -> None:
    if path in outer:
        raise ValueError(f"{path}: got a file that takes in itself")
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        if not line.startswith("-"):
            raise ValueError(f"{where}: got {line!r}, want --name=value or # and a comment")
        if NAMED.match(line):
            _check_inner(line, where, values, (*outer, path))
        elif fault := _fault(line, values):
            raise ValueError(f"{where}: {fault}")


def _check_inner(line: str, where: str, values: flags.FlagValues, outer: tuple[Path, ...]) -> None:
    """The same for the file that the line names."""
    paths = [] if "\0" in line else named([line])
    if paths in ([], [Path()]):
        raise ValueError(f"{where}: got {line!r}, want --flagfile=FILE")
    try:
        _check(paths[0], values, outer)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, what stands there) of the lines that are not blank and no comment."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        utf_16 = error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        kind = "which looks like UTF-16" if utf_16 else "which is not UTF-8"
        raise ValueError(
            f"{path}: got byte 0x{error.object[error.start]:02x} at offset {error.start}, {kind};"
            " want a text file of flags, one a line"
        ) from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; want a text file of flags") from error
    if text.startswith("\ufeff"):
        raise ValueError(
            f"{path}: begins with a byte-order mark, which flags cannot have; want UTF-8 without it"
        )
    # As absl does, which strips lines; only of blank ones and comments it looks at all of it.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith(("#", "//")):
            yield number, line.strip()


def _fault(line: str, values: flags.FlagValues) -> str:
    """What is wrong with a flag; nothing where absl alone can tell."""
    match = FLAG.fullmatch(line)
    assert match
    name, value = match.groups()
    if name not in values:
        negated = name.removeprefix("no")
        if negated in values and values[negated].boolean:
            return "" if value is None else f"got {line!r}, want --{name} without a value"
        return f"got {line!r}, want --name=value, with a name that --help lists"
    if value is None:
        return "" if values[name].boolean else f"got {line!r}, want {line}=VALUE"
    try:
        values[name].parser.parse(value)
    except (ValueError, TypeError) as error:
        return f"got {line!r} ({error})"
    return ""
