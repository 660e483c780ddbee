"""Pairs of texts from files: what is read, and how a broken file is named."""

from __future__ import annotations

import datetime
import gzip
import re

import pytest

from seqjax.data.builtin.dates import DAYS, FORMATS, MONTHS, date_parts, dates
from seqjax.data.formats.pairs import Pair, aligned, folder, tabbed


def write(path, text, packed=False):
    data = text.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


def test_aligned_lines(tmp_path):
    # A separator inside a line (U+2028) is no end of it, a carriage return before the end is.
    first = write(tmp_path / "a.de", "ein Haus\r\nzwei\u2028Häuser\r\n")
    second = write(tmp_path / "a.en.gz", "a house\ntwo houses", packed=True)
    want = [Pair("ein Haus", "a house"), Pair("zwei\u2028Häuser", "two houses")]
    assert aligned(first, second) == want


def test_aligned_files_that_are_not(tmp_path):
    first, second = write(tmp_path / "a.de", "eins\nzwei\n"), write(tmp_path / "a.en", "one\n")
    with pytest.raises(ValueError, match=r"a\.de has 2 lines and .*a\.en has 1, want equally many"):
        aligned(first, second)
    write(second, "one\n  \n")
    with pytest.raises(ValueError, match=r"a\.en, line 2: got an empty line"):
        aligned(first, second)


def test_columns(tmp_path):
    path = write(tmp_path / "pairs.txt", "Go.\tVa !\tCC-BY\nRun!\tCours !\tCC-BY\n")
    assert tabbed(path) == [Pair("Go.", "Va !"), Pair("Run!", "Cours !")]
    assert tabbed(path, 2, 1)[0] == Pair("Va !", "Go.")


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("Go.\tVa !\nRun!\n", (1, 2), r"line 2: got 1 columns, want 2"),
        ("Go.\tVa !\n \tCours !\n", (1, 2), r"line 2: got nothing in column 1"),
        ("Go.\t \n", (1, 2), r"line 1: got nothing in column 2"),
        ("Go.\tVa !\n", (2, 2), r"got columns 2 and 2"),
        ("Go.\tVa !\n", (0, 1), r"got columns 0 and 1"),
    ],
)
def test_broken_columns(text, columns, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        tabbed(write(tmp_path / "pairs.txt", text), *columns)


def fill(tmp_path, *names):
    for name in names:
        write(tmp_path / name, "word\n", packed=name.endswith(".gz"))


def test_a_folder(tmp_path):
    fill(tmp_path, "train.de.gz", "train.en.gz", "val.de", "val.en", "README")
    fill(tmp_path, "test_2016.de", "test_2016.en", "test_2017.de", "test_2017.en", "train.fr")
    found = folder(tmp_path, "de", "en", test="test_2017")
    assert {part: [p.name for p in both] for part, both in found.items()} == {
        "train": ["train.de.gz", "train.en.gz"],
        "valid": ["val.de", "val.en"],
        "test": ["test_2017.de", "test_2017.en"],
    }
    with pytest.raises(ValueError, match=r"got test_2016.de, test_2017.de for test.*--test_name"):
        folder(tmp_path, "de", "en")
    with pytest.raises(ValueError, match="got no file for test called 'test_2018'"):
        folder(tmp_path, "de", "en", test="test_2018")
    with pytest.raises(ValueError, match=r"test_2017.de: has no partner test_2017.fr"):
        folder(tmp_path, "de", "fr", test="test_2017")
    with pytest.raises(ValueError, match=r"got no file for train, want NAME\.it"):
        folder(tmp_path, "it", "en")


def test_a_folder_need_not_have_a_test_part(tmp_path):
    fill(tmp_path, "train.de", "train.en", "dev.de", "dev.en")
    assert list(folder(tmp_path, "de", "en")) == ["train", "valid"]


def test_dates_say_what_they_mean():
    """Read back by other means: the numbers and names of a date are those of its ISO form."""
    pairs = dates(3000, seed=1)
    assert len({pair.source for pair in pairs}) == 3000
    for source, target in pairs:
        day = datetime.date.fromisoformat(target)
        words = re.findall(r"[a-z]+|\d+", source.lower())
        names = [w for w in words if w.isalpha() and w not in {"the", "of", "st", "nd", "rd", "th"}]
        for name in names:
            months = [m for m in MONTHS if m.startswith(name)]
            assert name == DAYS[day.weekday()] or months == [MONTHS[day.month - 1]], source
        numbers = [int(w) for w in words if w.isdigit()]
        assert day.day in numbers
        assert day.year in numbers or day.year % 100 in numbers
        if len(numbers) == 3:
            first = numbers if numbers[0] < 100 else numbers[::-1]
            assert first[:2] == [day.day, day.month], source


def test_dates_are_of_all_kinds_and_the_same_again():
    assert dates(50, seed=2) == dates(50, seed=2) != dates(50, seed=3)
    pairs = dates(2000)
    shapes = {re.sub(r"[a-z]+", "a", re.sub(r"\d+", "1", p.source.lower())) for p in pairs}
    assert len(shapes) >= 11
    assert len(FORMATS) == 18
    assert any(p.source.isupper() for p in pairs)
    assert any(p.source.islower() for p in pairs)
    years = {p.target[:4] for p in pairs}
    assert min(years) == "1970"
    assert max(years) == "2069"
    with pytest.raises(ValueError, match="count: got 0"):
        dates(0)


def test_no_date_is_in_two_parts():
    parts = date_parts()
    assert [len(parts[part]) for part in ("train", "valid", "test")] == [18_000, 1000, 1000]
    sources = [pair.source for pairs in parts.values() for pair in pairs]
    assert len(set(sources)) == len(sources)
