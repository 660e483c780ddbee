"""NumPy's .npy and .npz, read without code in them and without trust in what they claim."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
"""By version; the third is for names of columns that are not Latin, and such arrays are refused."""
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What NumPy writes. Neither makes more than 1,032 bytes of one; others make a million."""


def read_array(path: str | Path) -> NDArray[Any]:
    """The array of an .npy file.

    Raises:
      ValueError: names the file: missing, no .npy file, cut off, an array of Python's objects.
    """
    return _array(_bytes(path), str(path))


def open_archive(path: str | Path) -> tuple[list[str], Callable[[str], NDArray[Any]]]:
    """Names of the arrays of an .npz file, and what reads one of them.

    Raises:
      ValueError: names the file: missing, no .npz file, an array twice, packed by other means than
        NumPy's; on reading an array as ``read_array`` does.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(_bytes(path)))
        members = archive.infolist()
    # Of a broken file, zipfile raises whatever its steps do.
    except Exception as error:
        raise _unreadable(str(path), error) from error
    by_name = {member.filename.removesuffix(".npy"): member for member in members}
    if len(by_name) < len(members):
        raise ValueError(f"{path}: got arrays of one name, want each name once")

    def read(name: str) -> NDArray[Any]:
        where, member = f"{path}, {name}", by_name[name]
        if member.compress_type not in PACKINGS:
            raise ValueError(f"{where}: got an array packed in a way that NumPy does not use")
        try:
            content = archive.read(member)
        except Exception as error:
            raise _unreadable(where, error) from error
        return _array(content, where)

    return list(by_name), read


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _array(content: bytes, where: str) -> NDArray[Any]:
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"version {version[0]}.{version[1]}, want 1.0 or 2.0")
        shape, _, dtype = HEADERS[version](file)
        # NumPy makes room for what the header claims before it looks at what is there.
        size, there = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
        if min(shape, default=0) < 0 or size > there:
            raise ValueError(f"{there} bytes for an array {list(shape)} of {dtype}")
        file.seek(0)
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    # The header is Python's syntax, and errors are those of its parser, of dtypes and of shapes.
    except Exception as error:
        raise _unreadable(where, error) from error
    return array


def _unreadable(where: str, error: Exception) -> ValueError:
    return ValueError(f"{where}: got no array that can be read ({error})")
