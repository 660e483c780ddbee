"""Which sequences a data set has, what is said in each, and to which part it belongs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.data.encodings import UTF8
from seqjax.data.partition import partition
from seqjax.data.text import NAMES, lines, read

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip
Fields = Mapping[str, str]


class Recording(NamedTuple):
    """One sequence, not read yet."""

    name: str
    """of its file, or of its array"""
    said: str
    """its label, or a transcript"""
    fields: Fields
    """what its name tells besides"""
    part: str = ""
    """train, valid or test, where a manifest says so"""


def named(names: Sequence[str], pattern: str) -> list[Recording]:
    """Recordings whose names say what they are, in the order of their names.

    With the pattern "{label}_{speaker}_{index}" the name "digits/7_anna_12.wav" has the label 7,
    the speaker anna and the index 12. What is compared is the name without its ending, and as many
    of its folders as the pattern has: "{label}/{index}" finds labels in the names of folders.

    Raises:
      ValueError: for a pattern without {label}, or a name that does not fit it.

    >>> named(["digits/7_anna_12.wav"], "{label}_{speaker}_{index}")[0].fields
    {'label': '7', 'speaker': 'anna', 'index': '12'}
    """
    fields = re.findall(r"{(\w+)}", pattern)
    if fields.count("label") != 1 or len(set(fields)) < len(fields):
        raise ValueError(
            f"pattern: got {pattern!r}, want each field once and one of them {{label}}, as in"
            " {label}_{speaker}_{index}"
        )
    pieces = re.split(r"{(\w+)}", pattern)
    expression = "".join(
        f"(?P<{piece}>[^/]+?)" if n % 2 else re.escape(piece) for n, piece in enumerate(pieces)
    )
    compiled, depth = re.compile(expression), pattern.count("/") + 1
    recordings = []
    for name in sorted(names):
        stem = re.sub(r"\.[^./]*$", "", name)
        match = compiled.fullmatch("/".join(stem.split("/")[-depth:]))
        if not match:
            raise ValueError(f"{name}: does not fit the pattern {pattern!r}")
        recordings.append(Recording(name, match["label"], match.groupdict()))
    return recordings


def manifest(path: str | Path, encoding: str = UTF8) -> list[Recording]:
    """Recordings of a file of lines "name<TAB>what is said", a third column may name the part.

    Names are those of files, as seen from the folder of the manifest. A transcript may be empty.

    Raises:
      ValueError: names the file and the line that has other columns, an unknown part, or a name
        that was there before.
    """
    known = {word: part for part, words in NAMES.items() for word in words}
    recordings: dict[str, Recording] = {}
    columns = 0
    for number, line in enumerate(lines(read(path, encoding)), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        cells = [cell.strip() for cell in line.split("\t")]
        columns = columns or len(cells)
        if len(cells) not in (2, 3) or len(cells) != columns or not cells[0]:
            raise ValueError(
                f"{where}: got {len(cells)} columns, want name<TAB>transcript, or with <TAB>part"
                " in all lines"
            )
        part = known.get(cells[2]) if columns == 3 else ""
        if part is None:
            raise ValueError(f"{where}: got part {cells[2]!r}, want train, valid or test")
        if cells[0] in recordings:
            raise ValueError(f"{where}: {cells[0]} was there before, want each name once")
        recordings[cells[0]] = Recording(cells[0], cells[1], {}, part)
    return list(recordings.values())


def parts(
    recordings: Sequence[Recording], *, test: str, valid: str, seed: int = 0
) -> dict[str, list[Recording]]:
    """The recordings of each part: as the manifest says, else by rule or share.

    Args:
      test, valid: a rule on a field, such as "index<5" or "speaker==anna", or a share such as
        "0.1", drawn at random; "" for no such part. The rule for test comes first, what neither
        takes is for training.
      seed: of what is drawn.

    Raises:
      ValueError: for a rule or share that cannot be read, an unknown field, or an empty part.

    >>> recordings = named(["7_0.wav", "7_1.wav", "7_2.wav"], "{label}_{index}")
    >>> cut = parts(recordings, test="index<1", valid="index==1")
    >>> {part: [recording.name for recording in some] for part, some in cut.items()}
    {'train': ['7_2.wav'], 'test': ['7_0.wav'], 'valid': ['7_1.wav']}
    """
    if not recordings:
        raise ValueError("data: got no recordings, want one or more")
    if any(recording.part for recording in recordings):
        by_part: dict[str, list[Recording]] = {}
        for recording in recordings:
            by_part.setdefault(recording.part, []).append(recording)
    else:
        rest, taken = list(recordings), {}
        for part, text in (("test", test), ("valid", valid)):
            if text:
                taken[part], rest = _split(part, text, rest, seed)
        by_part = {"train": rest, **taken}
    for part in ("train", "valid"):
        if not by_part.get(part):
            raise ValueError(f"{part}: got no recordings for it, want some")
    return by_part


def _split(
    part: str, text: str, rest: list[Recording], seed: int
) -> tuple[list[Recording], list[Recording]]:
    """What a rule or a share takes from the rest, and what it leaves."""
    if share := _number(text):
        drawn = set(partition(range(len(rest)), {part: share}, rest="train", seed=seed)[part])
        takes = [n in drawn for n in range(len(rest))]
    else:
        takes = list(map(_rule(part, text), rest))
    if not any(takes):
        raise ValueError(f"{part}: got no recordings by {text!r}, want some")
    pairs = list(zip(takes, rest, strict=True))
    taken = [recording for take, recording in pairs if take]
    return taken, [recording for take, recording in pairs if not take]


def _rule(part: str, text: str) -> Callable[[Recording], bool]:
    match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*", text)
    if not match:
        raise ValueError(f"{part}: got {text!r}, want a rule such as index<5, or a share as 0.1")
    field, compare, wanted = match.groups()

    def takes(recording: Recording) -> bool:
        if field not in recording.fields:
            raise ValueError(
                f"{part}: got {text!r}, but the fields are {', '.join(recording.fields) or 'none'};"
                " a share as 0.1 needs none"
            )
        values = (recording.fields[field], wanted)
        numbers = tuple(map(_number, values))
        if None not in numbers:
            return COMPARE[compare](*numbers)
        if compare not in ("==", "!="):
            raise ValueError(
                f"{part}: got {text!r}, but {recording.name} has {field} {values[0]!r}"
            )
        return COMPARE[compare](*values)

    return takes


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
