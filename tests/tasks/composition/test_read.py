"""From files and folders of music and texts to parts and vocabularies."""

from __future__ import annotations

import launches
import pytest

from seqjax.data.builtin.identifiers import KINDS, identifiers
from seqjax.data.formats.midi import write_midi
from seqjax.data.formats.music import frames, pitches
from seqjax.tasks.composition import TASK
from seqjax.tasks.composition.encode import steps

TINY = ("--hidden=12", "--shapes=1", "--batch=8", "--cell=gru")
TEXTS = [("low", "abab"), ("low", "abba"), ("high", "XYXY"), ("high", "YX")]


def read(path, *flags):
    return launches.data_set(TASK, f"--data={path}", *flags)


def counts(data_set):
    return {part: len(source.examples) for part, (source, _) in data_set.parts.items()}


def test_midi_files_in_folders(tmp_path, folder):
    for part in ("train", "valid"):
        (tmp_path / part).mkdir()
        for n in range(3):
            write_midi(tmp_path / part / f"{n}.mid", frames([[60 + n]] * 4), per_quarter=2)
    found = read(tmp_path, "--per_quarter=1")
    assert {name: steps(part) for name, part in found.parts.items()} == {"train": 6, "valid": 6}
    assert (found.amount, found.unit) == (6, "frames")
    assert pitches(found.parts["train"].source.examples[2]["targets"]) == [[62], [62]]
    found = read(tmp_path / "train", "--per_quarter=2", "--valid=0.3", "--test=0.3")
    assert counts(found) == {"train": 1, "valid": 1, "test": 1}
    with pytest.raises(ValueError, match=r"data: got no MIDI files"):
        read(folder)
    with pytest.raises(ValueError, match=r"data: got one piece"):
        read(tmp_path / "train" / "0.mid")
    (tmp_path / "valid").rename(tmp_path / "test")
    with pytest.raises(ValueError, match=r"valid: got no pieces for it"):
        read(tmp_path)


def test_labels_from_files_and_from_lines(tmp_path, folder):
    for label in ("low", "high"):
        lines = [text * n for name, text in TEXTS if name == label for n in range(1, 11)]
        (tmp_path / f"{label}.txt").write_text("\n".join(lines) + "\n")
    files = read(tmp_path, "--task=text")
    lines = read(folder / "text.tsv", "--task=text")
    assert files.vocabularies["labels"].tokens == ("high", "low")
    assert files.vocabularies["labels"] == lines.vocabularies["labels"]
    assert set(files.vocabularies["words"].tokens) == set(lines.vocabularies["words"].tokens)
    for source, _ in files.parts.values():
        for example in source.examples:
            words = files.vocabularies["words"].decode(example["targets"])
            assert words[-1] == "<eos>"
            assert set(words[:-1]) <= set("XY" if example["labels"] == 0 else "ab")
    assert "; labels high, low; " in files.about


def test_equal_texts_are_in_one_part(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"a\t{'x' * (n % 7 + 1)}\n" for n in range(70)))
    found = read(path, "--task=text", "--valid=0.2", "--test=0.2")
    rows = {
        part: {tuple(example["targets"]) for example in source.examples}
        for part, (source, _) in found.parts.items()
    }
    assert sum(map(len, rows.values())) == 7


@pytest.mark.parametrize(("line", "words"), [("a b\n", "line 2"), ("\tb\n", "line 2")])
def test_lines_that_are_refused(line, words, tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\n" + line)
    with pytest.raises(ValueError, match=words):
        read(tmp_path / "t.tsv", "--task=text")


def test_names_of_the_standard_library():
    rows = identifiers()
    names = {passage.text: passage.labels[0] for passage in rows}
    assert len(names) == len(rows) > 2000
    assert set(names.values()) == {*KINDS, "exception", "module"}
    known = {"OrderedDict": "class", "JSONDecodeError": "exception", "argparse": "module"}
    assert {name: names[name] for name in known} == known
    assert names["namedtuple"] == "function"
    sizes = counts(launches.data_set(TASK, "--task=text", *TINY))
    assert sizes["valid"] == sizes["test"] == round(0.1 * len(rows))
    assert sum(sizes.values()) == len(rows)  # read again, and the same
