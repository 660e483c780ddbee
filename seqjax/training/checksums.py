"""Checksums of the files below a folder: what is read later must be what was written.

Files on a disk lose their ends, and bits of them flip; much of that would be read without a word.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

NAME = "checksums.json"
CHUNK = 1 << 20
"""Bytes that are read at once."""


def write(folder: Path) -> None:
    """Writes <folder>/checksums.json: size and CRC-32 of each file in its folders, by its path.

    Files beside them may change.
    """
    files = sorted(path for path in folder.glob("*/**/*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): _checksum(path) for path in files}
    (folder / NAME).write_text(json.dumps(sums, indent=0) + "\n", encoding="utf-8")


def damage(folder: Path, below: str = "") -> str:
    """What is wrong with files of a folder, "" where they are as ``write`` found them.

    Nothing is known of a folder without checksums: "".

    Args:
      below: the name of a folder in it: only files there are read. "": all.
    """
    if not (folder / NAME).exists():
        return ""
    try:
        sums = json.loads((folder / NAME).read_text(encoding="utf-8"))
        expected = {name: tuple(each) for name, each in sums.items()}
    except (ValueError, TypeError, AttributeError):
        return f"{NAME} is damaged"
    for name, (size, checksum) in expected.items():
        if below and not name.startswith(f"{below}/"):
            continue
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes, but {size:,} were written"
        if _checksum(path) != (size, checksum):
            return f"{name} is not what was written"
    return ""


def _checksum(path: Path) -> tuple[int, int]:
    """Size in bytes, and CRC-32."""
    size = checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
    return size, checksum
