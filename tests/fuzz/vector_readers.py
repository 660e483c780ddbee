"""Readers of word vectors, in all their formats, and of the counts beside them."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import numpy as np

from seqjax.data.formats.vector_counts import read_counts
from seqjax.vectors import load, load_fasttext
from tests.fuzz.contract import Reader

ROWS = (("the", (0.5, -1.25)), ("Käse", (3e-9, 1e20)), ("a\u00a0b", (0.0, 2.0)))
TEXT = "".join(f"{word} {a} {b}\n" for word, (a, b) in ROWS).encode()
SIZED = b"3 2\n" + TEXT
BINARY = b"3 2\n" + b"".join(
    word.encode() + b" " + struct.pack("<2f", *vector) + b"\n" for word, vector in ROWS
)
LIKE_TEXT = b"2 2\na \nABCDEFG\nb 1.25 3.5\n"
"""Binary, though it begins like text."""


def _fasttext(words: tuple[bytes, ...] = (b"</s>", "Käse".encode()), longest: int = 6) -> bytes:
    buckets, width = 3, 2
    content = struct.pack("<2i12id", 793712314, 12, width, 5, 5, 1, 5, 1, 2, 2, buckets, 3,
                          longest, 100, 1e-4)  # fmt: skip
    content += struct.pack("<3i2q", len(words), len(words), 0, 99, -1)
    content += b"".join(word + b"\0" + struct.pack("<qb", 7, 0) for word in words)
    rows = len(words) + buckets
    matrix = np.linspace(-1, 1, rows * width).astype("<f4").tobytes()
    return content + b"\0" + struct.pack("<2q", rows, width) + matrix + bytes(17 + 4 * width)


def _npz(compressed: bool = False, **arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


WORDS = np.frombuffer("theKäse".encode(), np.uint8)
ARRAYS = {"word_bytes": WORDS, "word_ends": np.array([3, 8]), "matrix": np.eye(2)}
OLD = {"words": np.array(["the", "Käse"]), "matrix": np.eye(2, dtype=np.float32)}
OBJECTS = {"words": np.array(["the", None], object), "matrix": np.eye(2)}

NUMBERS = (b"0.5", b"-1e-9", b"1e39", b"nan", b"-inf", b"1_0", b"0x1", b"3", b"9" * 30, b"1e", b"+")
BLANKS = (b" ", b"  ", b"\t", b"\n", b"\r", b"\r\n", b"\xc2\xa0", b"\xe2\x80\xa8", b"\x0c", b"\0")
ODD = (b"the", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\x1f\x8b", b"\xba\x16\x4f\x2f", b"ab 1")
HEADERS = (b"3 2\n", b"3 2 \r\n", b"1 1\n", b"0 0\n", b"9999999999999999999 2\n", b"2 999999999\n")
PIECES = (*NUMBERS, *BLANKS, *ODD, *HEADERS, TEXT, b"\x00\x00\x80?", b"a \nABC", b"b 1.5\n")
SIZES = tuple(struct.pack("<i", n) for n in (-1, 0, 1, 2, 3, 64, 65, 2**31 - 1))
LONG_SIZES = tuple(struct.pack("<q", n) for n in (-1, 0, 1, 2, 5, 2**40, 2**62))
NPY = b"\x93NUMPY\x01\x00"
HEADS = tuple(
    f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    for kind in ("<f4", "|O", "<U9", "|V8", "<c8")
    for order, shape in ((False, (2, 2)), (True, (2, -1)), (False, (10**12, 10**12)))
)


def _fasttext_with_unseen_words(path: Path) -> object:
    model = load_fasttext(path)
    # A word that is too short for an n-gram is the fault of who asks.
    return model.of(["unseen" * 11, "Käse"]) if model.longest else model


def _text(path: Path) -> object:
    return load(path, encoding_errors="replace")


PACKED = gzip.compress(SIZED, mtime=0)
VECTOR_READERS: dict[str, Reader] = {
    "word2vec_text": Reader(load, (SIZED, PACKED, b"\xef\xbb\xbf" + SIZED), PIECES),
    "glove": Reader(_text, (TEXT, TEXT.replace(b"\n", b"\r"), b"new york 1 2\n"), PIECES),
    "fasttext_vec": Reader(load, (SIZED.replace(b"\n", b" \n"), SIZED), PIECES, ".vec"),
    "word2vec_binary": Reader(load, (BINARY, LIKE_TEXT, BINARY[:-1]), PIECES, ".bin"),
    "fasttext_binary": Reader(
        _fasttext_with_unseen_words,
        (_fasttext(), _fasttext(longest=0), gzip.compress(_fasttext(), mtime=0)),
        (*SIZES, *LONG_SIZES, b"\xba\x16\x4f\x2f", b"\x0c\0\0\0", b"the\0", b"\0", b"\xff" * 8),
        ".bin",
        multiple=4000,
    ),
    "vectors_npz": Reader(
        load,
        (_npz(**ARRAYS), _npz(**OLD), _npz(**ARRAYS, counts=np.array([5, 2])),
         _npz(True, **ARRAYS)),
        (NPY, *HEADS, b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", _npz(**OBJECTS),
         b"matrix.npy", b"\xff" * 4),
        ".npz",
        multiple=1100,
    ),
    "word_counts": Reader(read_counts, (b"the 9\nK\xc3\xa4se 5\r\n",), PIECES),
}  # fmt: skip
