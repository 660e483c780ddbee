"""What was found: inputs that once broke the contract, with what they did then.

A file that breaks it now belongs here, behind what mends it.
"""

from __future__ import annotations

import io
import zipfile

DEEP = b"[" * 100_000
"""RecursionError of the parser of JSON."""


def _zip(content: bytes, packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("x.npy", content)
    return file.getvalue()


def _npy(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


LARGE = _npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,), }\n") + bytes(16)
"""80 GB, says the header: MemoryError, or the memory."""
OBJECTS = _npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n")
LARGE_CELL = b"x" * 150_000
FASTTEXT = b"\xba\x16O/\x0c\0\0\0"

FOUND: dict[str, tuple[bytes, ...]] = {
    # 4 MB of buffer for what is no gzip after all.
    "conllu": (b"\x1f\x8b\x08Zu\x97Y",),
    # "field larger than field limit".
    "csv": (b"text,label\n" + LARGE_CELL + b",x\n", b'text,label\n"' + LARGE_CELL + b'",x\n'),
    "tsv": (b"text\tlabel\n" + LARGE_CELL + b"\tx\n",),
    "series": (b"x,name\n1," + LARGE_CELL + b"\n",),
    "jsonl": (DEEP, b'{"text": ' + DEEP, b'{"text": "\\ud800", "label": "x"}\n'),
    "association_tests": (DEEP,),
    "word_list": (DEEP, b'["\\udfff"]'),
    "json_music": (DEEP, b'{"train": ' + DEEP),
    "vocabulary": (DEEP, b'{"tokens": ' + DEEP, b'{"tokens": "abc"}'),
    # A header that claims 40 GB a row: 4 MB of buffer.
    "word2vec_binary": (b"2 9999999990\nth-1.250 200\r", b"9" * 5000 + b" 2\n", b"3 2\rx" * 9),
    "glove": (b"a 1_0 2\n", b"", b"\xef\xbb\xbf", b"a 1\r\rb 2"),
    # N-grams of 2,555,907 characters and more; a dictionary of 2^31 words.
    "fasttext_binary": (
        FASTTEXT + b"\2\0\0\0" * 8 + b"\3\0\0\0\3\0\x27\0\6\0\0\0" + bytes(99),
        FASTTEXT + b"\2\0\0\0" * 12 + bytes(8) + b"\xff\xff\xff\x7f" + bytes(99),
    ),
    # The name of a task that is a list: TypeError.
    "run_json": (DEEP, b'{"kind": [], "config": {}, "data": {}}'),
    "npy": (LARGE, OBJECTS, b"\x93NUMPY\x01\x00\x00\x20" + b"(" * 8192),
    "npz": (_zip(LARGE), _zip(OBJECTS), _zip(b"no array"), _zip(LARGE, zipfile.ZIP_BZIP2)),
    "npy_series": (LARGE, OBJECTS),
    "npz_series": (_zip(LARGE), _zip(OBJECTS)),
    "midi": (
        # The head claims 2 GB, for which mido made room.
        b"MThd~Trk\0\0\0\x0e\x83`\x90<@\x83`\x80<@\0\xff/\0@\x83`\x80<@\0\xff/\0",
        # A key with nine flats: KeySignatureError.
        b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\x12\0\xff\x59\2\xf7\0\0\x90\x3c\x40\x60\x80\x3c\x40\0"
        b"\xff\x2f",
        # 2^23 ticks of which 96 are a quarter note: 24 s and 586 MB.
        b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x0f\x84\x80\x80\0\x90\x3c\x40\x60\x80\x3c\x40\0\xff\x2f\0",
    ),
    # 8002, 2,105,410 and 5,381,952 samples a second, to be converted to 8000: 15 s, 80 MB.
    "wav": tuple(
        b"RIFF>\1\0\0WAVEfmt \x14\0\0\0\x11\0\1\0" + rate + b"\xd7\x0f\x08\0\0\1\4\0\2\0\xf9\1"
        b"fact\4\0\0\0\xf9\1\0\0data\0\1\0" + b"16!\x81\xa8\xdb\xcc\xbc" + bytes(9)
        for rate in (b"\x42\x1f\0\0", b"\x42\x20\x20\0", b"\x40\x1fR\0")
    ),
}
