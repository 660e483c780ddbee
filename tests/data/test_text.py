"""Files, splits and the text of the documentation."""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import pytest
from paths import SHARED

from seqjax.data import Vocabulary, read, splits, tokenizer
from seqjax.data.builtin.documentation import documentation

DATA = SHARED
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")


def test_reads_plain_and_gzip_whatever_the_name(tmp_path: Path) -> None:
    for name in ("a.txt", "a.gz"):
        for data in ("aé\r\n".encode(), gzip.compress("aé\r\n".encode())):
            (tmp_path / name).write_bytes(data)
            assert read(tmp_path / name) == "aé\n"
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfab")
    assert read(tmp_path / "a.txt") == "ab"


PACKED = gzip.compress(bytes(range(128)) * 9)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty file"),
        (gzip.compress(b"", mtime=0), "empty file"),
        (b"ab\xff", r"0xff at offset 2"),
        (b"\xef\xbb\xbfab\xff", r"0xff at offset 5"),
        (gzip.compress(b"abc\xc3", mtime=0), r"0xc3 at offset 3"),
        (PACKED[:-9], "broken gzip"),
        (PACKED[:12] + b"\xff" * 9 + PACKED[21:], "broken gzip"),
        (PACKED[:-8] + b"\x00" * 8, "broken gzip"),
        (PACKED[:10] + b"\xff" * 9 + PACKED[19:], "broken gzip"),
        (b"\x1f\x8b", "broken gzip"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, data: bytes, named: str) -> None:
    (tmp_path / "broken.txt").write_bytes(data)
    with pytest.raises(ValueError, match=rf"broken\.txt: got .*{named}"):
        read(tmp_path / "broken.txt")


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.txt: got a path without a file"):
        read(tmp_path / "gone.txt")
    with pytest.raises(ValueError, match="got a folder"):
        read(tmp_path)
    with pytest.raises(ValueError, match=r"gone\.txt: got a path without a file"):
        splits(tmp_path / "gone.txt")


@pytest.mark.parametrize(("valid", "test"), [(0.05, 0.05), (0, 0.1), (0.1, 0), (0.3, 0.3), (0, 0)])
def test_one_file_is_cut_in_order(tmp_path: Path, valid: float, test: float) -> None:
    text = "".join(chr(200 + i) for i in range(157))
    (tmp_path / "a").write_text(text, encoding="utf-8")
    parts = splits(tmp_path / "a", valid=valid, test=test)
    assert "".join(parts) == text
    assert parts.test == text[int(157 * (1 - test)) :]
    assert [bool(parts.valid), bool(parts.test)] == [valid > 0, test > 0]
    assert abs(len(parts.valid) - 157 * valid) <= 1
    # What is held out for validation comes from the end of the training part alone.
    assert splits(tmp_path / "a", valid=0, test=test).test == parts.test


def test_fractions_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("abc")
    for valid, test in [(0.5, 0.5), (-0.1, 0.1), (0, 1), (float("nan"), 0)]:
        with pytest.raises(ValueError, match="valid, test: got"):
            splits(tmp_path / "a", valid=valid, test=test)


@pytest.mark.parametrize(
    "names",
    [
        ("wiki.train.tokens.gz", "wiki.valid.tokens.gz", "wiki.test.tokens.gz"),
        ("ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"),
        ("train", "val", "test"),
        ("en_TRAIN.txt", "en_dev.txt", "en-test.txt"),
    ],
)
def test_folder_holds_the_splits(tmp_path: Path, names: tuple[str, str, str]) -> None:
    for name, text in zip(names, ("one", "two", "three"), strict=True):
        (tmp_path / name).write_text(text)
    for other in ("README.md", "latest.txt", "strain.txt", ".train.swp"):
        (tmp_path / other).write_text("other")
    assert splits(tmp_path) == ("one", "two", "three")


def test_folder_refuses_doubt(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"got no files for train.*there are: no files"):
        splits(tmp_path)
    for name in ("train.txt", "test.txt", "notes.md"):
        (tmp_path / name).write_text(name)
    with pytest.raises(ValueError, match=r"for valid.*there are: notes\.md, test\.txt, train\.txt"):
        splits(tmp_path)
    for name in ("dev.txt", "valid.txt"):
        (tmp_path / name).write_text(name)
    with pytest.raises(ValueError, match=r"got 2 files for valid.*dev or val or valid"):
        splits(tmp_path)


def test_documentation_is_clean_prose() -> None:
    text = documentation()
    assert text == documentation()
    assert 300_000 < len(text) < 500_000
    assert len(set(text)) < 120
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert not re.search(r"^(\*{4,}|={4,}|\|.*\|)$", text, re.MULTILINE)
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    assert len(paragraphs) == len(set(paragraphs))
    assert len(re.findall(r"\bthe\b", text)) > 2000


def test_documentation_needs_a_full_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(ValueError, match="without pydoc_data"):
        documentation()


@real
def test_wikitext2_counts() -> None:
    split = tokenizer("pretokenised").split
    text = splits(DATA / "wikitext2")
    train = split(text.train)
    assert [len(train), len(split(text.valid)), len(split(text.test))] == [
        2_088_628,
        217_646,
        245_569,
    ]
    assert len(Vocabulary.build(train)) == 33_278


@real
def test_tiny_shakespeare() -> None:
    path = DATA / "tinyshakespeare" / "input.txt.gz"
    text = read(path)
    assert len(Vocabulary.build(tokenizer("characters").split(text))) == 65
    assert splits(path, valid=0, test=0.1) == (
        text[: int(len(text) * 0.9)],
        "",
        text[int(len(text) * 0.9) :],
    )
    assert splits(path, valid=0.05, test=0.1).test == text[int(len(text) * 0.9) :]
