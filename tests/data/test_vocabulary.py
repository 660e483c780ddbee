"""Vocabulary: order, caps, ids there and back, files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data import BOS, EOS, NOTHING, PAD, UNK, Vocabulary

# Every code point, surrogates too.
ANY = st.text(st.characters(categories=["C", "L", "M", "N", "P", "S", "Z"]), max_size=6)


def test_order_is_specials_then_count_then_string() -> None:
    made = Vocabulary.build("bbccaaad", specials=(PAD, UNK))
    assert made.tokens == (PAD, UNK, "a", "b", "c", "d")
    assert [made.pad, made.unk, made.bos, made.eos] == [0, 1, None, None]
    assert Vocabulary((BOS, EOS)).bos == 0
    assert Vocabulary((BOS, EOS)).eos == 1


def test_caps() -> None:
    counts = Counter({"a": 3, "b": 2, "c": 2, "d": 1})
    assert Vocabulary.build(counts, size=3, specials=(UNK,)).tokens == (UNK, "a", "b")
    assert Vocabulary.build(counts, minimum=2).tokens == ("a", "b", "c")
    assert Vocabulary.build(counts, minimum=2, specials=("d",)).tokens == ("d", "a", "b", "c")


def test_special_in_the_text_is_one_entry() -> None:
    made = Vocabulary.build(["a", UNK, UNK, "a", "b"], specials=(PAD, UNK))
    assert made.tokens == (PAD, UNK, "a", "b")
    assert made.encode(["b", UNK, "new"]).tolist() == [3, 1, 1]


@given(st.lists(ANY, min_size=1), st.lists(ANY, unique=True, max_size=3))
def test_build_against_brute_force(tokens: list[str], specials: list[str]) -> None:
    made = Vocabulary.build(tokens, specials=specials)
    rest = sorted(set(tokens) - set(specials), key=lambda t: (-tokens.count(t), t))
    assert list(made.tokens) == specials + rest
    ids = made.encode(tokens)
    assert ids.dtype == np.int32
    assert made.decode(ids) == tokens
    assert all(token in made for token in tokens)


def test_unknown_without_unk_names_token_and_position() -> None:
    with pytest.raises(ValueError, match=r"got 'z' at position 2"):
        Vocabulary(("a", "b")).encode(["a", "b", "z", "y"])
    with pytest.raises(ValueError, match=r"got 'z' at position 1"):
        Vocabulary(("a", "b")).encode(iter("azb"))


def test_decode_refuses_what_is_no_id() -> None:
    made = Vocabulary(("a", "b"))
    assert made.decode([]) == []
    for wrong in ([2], [-1]):
        with pytest.raises(ValueError, match=rf"got {wrong[0]}, want ids in \[0, 2\)"):
            made.decode(wrong)
    with pytest.raises(ValueError, match="want integers"):
        made.decode([0.5])


def test_one_hot() -> None:
    made = Vocabulary(("a", "b", "c"))
    got = made.one_hot(np.array([[0, 2], [NOTHING, 1]]))
    assert got.dtype == np.float32
    assert got.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0]]]
    with pytest.raises(ValueError, match="got 3"):
        made.one_hot([3])


@given(st.lists(ANY, min_size=1, unique=True))
def test_file_round_trip(tmp_path_factory: pytest.TempPathFactory, tokens: list[str]) -> None:
    path = tmp_path_factory.mktemp("vocabulary") / "v.json"
    made = Vocabulary(tuple(tokens))
    made.save(path)
    assert Vocabulary.load(path) == made


def test_file_keeps_white_space_and_surrogates(tmp_path: Path) -> None:
    made = Vocabulary((" ", "\n", "\r\n", "\t", "", "\ud800", "\ud83d\ude00", "😀", "\x00", "é"))
    made.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json").tokens == made.tokens


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", "{}", '{"tokens": 3}', '{"tokens": ["a", "a"]}', "[1]"]
)
def test_load_names_a_broken_file(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "broken.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=r"broken\.json"):
        Vocabulary.load(path)


def test_refuses() -> None:
    with pytest.raises(ValueError, match="'a' 2 times"):
        Vocabulary(("a", "b", "a"))
    with pytest.raises(ValueError, match="want str"):
        Vocabulary(("a", 3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="got none"):
        Vocabulary.build([])
    with pytest.raises(ValueError, match="minimum: got 0"):
        Vocabulary.build("a", minimum=0)
    with pytest.raises(ValueError, match="size: got 1, want 2"):
        Vocabulary.build("a", size=1, specials=(PAD, UNK))
