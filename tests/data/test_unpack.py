"""Gzip that is broken, or made to fill the memory."""

from __future__ import annotations

import gzip

import pytest

from seqjax.data import read, unpack


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch, tmp_path):
    monkeypatch.setattr(unpack, "ALLOWANCE", 1 << 20)
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a" * (3 << 20)))
    with pytest.raises(ValueError, match=r"a\.txt\.gz: got gzip of .* that holds over 1,048,576"):
        read(path)
    path.write_bytes(gzip.compress(b"a" * (1 << 20)))
    assert len(read(path)) == 1 << 20


def test_long_text_that_packs_as_text_does(monkeypatch):
    monkeypatch.setattr(unpack, "ALLOWANCE", 1 << 10)
    text = " ".join(map(str, range(5000))).encode()
    assert unpack.unpacked(gzip.compress(text), "it") == text
