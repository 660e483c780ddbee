"""Readers of NumPy's arrays: sequences of features, series of numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from seqjax.data.formats.features import archive, array
from seqjax.data.formats.numeric import read_series
from tests.fuzz.contract import Reader


def _saved(save: Callable[..., None], *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


def _archive(path: Path) -> object:
    names, read = archive(path)
    return [read(name) for name in names]


ONE = (
    _saved(np.save, np.arange(6.0, dtype=np.float32).reshape(3, 2)),
    _saved(np.save, np.arange(4)),
)
MANY = (
    _saved(np.savez, x=np.arange(3.0), y=np.arange(3)),
    _saved(np.savez_compressed, a=np.zeros((2, 3)), b=np.ones((2, 3))),
)
HEADER = (b"\x93NUMPY", b"\x01\x00", b"\x02\x00", b"v\x00", b"{'descr': '<f4', ", b"'descr': '|O',")
HEADER += (b"'fortran_order': False, ", b"'shape': (3, 2), }", b"'shape': (99999999999,), }", b"\n")
HEADER += (b"'shape': (-1,), }", b"'<U9'", b"'<c8'", b"'<M8[s]'", b"'|b1'", b"(" * 50, b" " * 40)
ZIP = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x00" * 8, b"x.npy", b"\xff" * 4, b"\x08\x00")

ARRAY_READERS = {
    "npy": Reader(array, ONE, HEADER, suffix=".npy"),
    "npz": Reader(_archive, MANY, (*ZIP, *HEADER, *ONE), suffix=".npz"),
    "npy_series": Reader(read_series, ONE, HEADER, suffix=".npy"),
    "npz_series": Reader(read_series, MANY, (*ZIP, *HEADER, *ONE), suffix=".npz"),
}
