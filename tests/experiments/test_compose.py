"""Composers from the command line: training, the report, pieces in every form, refusals."""

from __future__ import annotations

import io
import json
import sys
import wave

import numpy as np
import pytest
from launches import call, given, quick

from experiments import compose, compose_piece, task
from experiments.compose import CONFIGS
from experiments.compose_data import PiecesConfig, pieces
from experiments.compose_piece import PieceConfig
from seqjax import runs
from seqjax.data.builtin.identifiers import KINDS, identifiers
from seqjax.data.formats.midi import read_midi, write_midi
from seqjax.data.formats.music import frames, pitches, read_pieces
from seqjax.models.composer import ComposerConfig
from seqjax.training import logs

TINY = ("--hidden=12", "--shapes=1", "--batch=8", "--cell=gru")
CHORDS = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]] * 2
TEXTS = [("low", "abab"), ("low", "abba"), ("high", "XYXY"), ("high", "YX")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """music.json: the same piece over and over; text.tsv: small letters or capitals."""
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "music.json").write_text(
        json.dumps({"train": [CHORDS] * 16, "valid": [CHORDS] * 2, "test": [CHORDS] * 2})
    )
    lines = [f"{label}\t{text * n}" for label, text in TEXTS for n in range(1, 11)]
    (folder / "text.tsv").write_text("\n".join(lines) + "\n")
    return folder


def trained(folder, *flags):
    """(folder of the run, flags, what was printed)."""
    flags = [*TINY, *flags, f"--workdir={folder / 'run'}"]
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        quick(patch)
        assert call(patch, compose.main, *flags, configs=CONFIGS) == 0
    return folder / "run", flags, out.getvalue()


@pytest.fixture(scope="module")
def music(folder, tmp_path_factory):
    data = f"--data={folder / 'music.json'}"
    return trained(
        tmp_path_factory.mktemp("music"), data, "--epochs=50", "--rate=0.05", "--per_quarter=2",
        "--evaluate_every=100",
    )  # fmt: skip


@pytest.fixture(scope="module")
def text(folder, tmp_path_factory):
    data = f"--data={folder / 'text.tsv'}"
    return trained(
        tmp_path_factory.mktemp("text"), "--task=text", data, "--epochs=15", "--rate=0.02",
        "--evaluate_every=30",
    )  # fmt: skip


def test_the_report_of_music(music):
    folder, _, out = music
    rows = {line[:36].strip(): line[36:].split() for line in out.splitlines()}
    assert "nats per frame of 88 keys on the test part (16 frames)" in out
    model = rows[f"this model (step {runs.load(folder).step})"]
    row = logs.read(folder / logs.NAME)[-1]
    assert row["kind"] == "test"
    assert float(model[0]) == pytest.approx(row["loss"], abs=1e-3)
    assert model[-1] == f"{row['accuracy']:.2%}"
    # By hand: the chords of the piece, their keys counted with half a count added.
    keys = np.zeros((8, 88))
    for t, chord in enumerate(CHORDS):
        keys[t, np.array(chord) - 21] = 1
    often = (16 * keys.sum(0) + 0.5) / (16 * 8 + 1)
    want = -(keys * np.log(often) + (1 - keys) * np.log(1 - often)).sum(1).mean()
    assert float(rows["each key as often as in training"][0]) == pytest.approx(want, abs=1e-3)
    assert float(model[0]) < want / 3


def test_the_report_of_text(text):
    folder, _, out = text
    rows = {line[:36].strip(): line[36:].split() for line in out.splitlines() if line[:2] == "  "}
    model = rows[f"this model (step {runs.load(folder).step})"]
    row = logs.read(folder / logs.NAME)[-1]
    assert float(model[0]) == pytest.approx(row["bits_per_character"], abs=1e-3)
    assert row["bits_per_character"] == pytest.approx(row["loss"] / np.log(2))
    assert float(rows["the same, told wrong labels"][0]) > float(model[0]) + 0.5
    assert float(rows["unigram"][0]) > float(model[0]) + 0.5


def make(monkeypatch, run, *flags):
    quick(monkeypatch)
    return call(
        monkeypatch, compose_piece.main, f"--run={run}", *flags, configs=(PieceConfig,)
    )  # fmt: skip


def test_a_piece_from_its_first_chord(music, tmp_path, monkeypatch, capsys):
    out = tmp_path / "piece.json"
    make(monkeypatch, music[0], f"--out={out}", "--first=60,64,67", "--steps=8", "--temperature=0")
    (made,) = read_pieces(out)[""]
    assert pitches(made) == CHORDS
    assert capsys.readouterr().out == f"{out}: 8 steps, 3 keys at once at most\n"


def test_a_piece_from_nothing_by_seed(music):
    loaded = runs.load(music[0])
    drawn = [
        compose_piece.piece(loaded, PieceConfig(steps=20, temperature=2.0, seed=seed))
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    assert drawn[0].shape == (20, 88)
    sure = compose_piece.piece(loaded, PieceConfig(steps=1, temperature=0.0))
    assert pitches(sure) == CHORDS[:1]


def test_midi_and_sound_last_as_long_as_the_steps(music, tmp_path, monkeypatch):
    flags = ("--steps=8", "--temperature=0", "--tempo=60")
    make(monkeypatch, music[0], *flags, f"--out={tmp_path / 'a.mid'}")
    assert pitches(read_midi(tmp_path / "a.mid", per_quarter=2)) == CHORDS
    make(monkeypatch, music[0], *flags, f"--out={tmp_path / 'a.wav'}")
    with wave.open(str(tmp_path / "a.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(8 / 2, abs=0.1)  # eight half quarters, 60 quarters a minute


def test_texts_have_what_their_label_asks_for(text, monkeypatch, capsys):
    make(monkeypatch, text[0], "--count=8", "--steps=12")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [label for label, _ in lines] == ["high"] * 8 + ["low"] * 8
    for label, letters in lines:
        assert len(letters) <= 12
        assert set(letters) <= set("XY" if label == "high" else "ab")
    make(monkeypatch, text[0], "--count=2", "--label=low", "--steps=12")
    assert [line[:4] for line in capsys.readouterr().out.splitlines()] == ["low\t"] * 2


WRONG = {
    ("music", "--out=a.mp3"): "out: got '.mp3', want one of .json, .mid, .wav",
    ("music", "--first=20"): "first, step 0: got pitch 20, want integers of 21 to 108",
    ("music", "--first=60 --steps=1"): "steps: got 1, want more than 1",
    ("music", "--label=low"): "label: got 'low', but the run in",
    ("music", "--temperature=-1"): "temperature: got -1",
    ("music", "--tempo=0"): "tempo: got 0",
    ("text", "--first=60"): "first: got (60,), but the run in",
    ("text", "--label=lo"): "label: got 'lo', want one of high, low; did you mean 'low'?",
    ("text", "--count=0"): "count: got 0",
    ("text", "--checkpoint=first"): "checkpoint: got 'first'",
}


@pytest.mark.parametrize(("kind", "wrong"), WRONG)
def test_pieces_that_are_refused(kind, wrong, music, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit:
        make(monkeypatch, (music if kind == "music" else text)[0], *wrong.split())
    error = capsys.readouterr().err
    assert exit.value.code == 1
    assert error.startswith(f"error: {WRONG[kind, wrong]}")
    assert not list(tmp_path.iterdir())


REFUSED = {
    "--task=song": "task: got 'song', want one of music, text",
    "--data=nowhere": "data: got 'nowhere', which is neither",
    "--task=text --data=progressions": "those of compose text are identifiers",
    "--embedding=3": "embedding: got 3, but task=text alone uses it",
    "--tokenizer=words": "tokenizer: got 'words', but task=text alone uses it",
    "--task=text --per_quarter=4": "per_quarter: got 4, but task=music alone uses it",
    "--condition=start": "condition: got 'start' without labels",
    "--bidirectional": "bidirectional: got True, but what is to be composed next",
    "--batch=0": "batch: got 0",
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_training_that_is_refused(wrong, folder, tmp_path, monkeypatch, capsys):
    data = "text.tsv" if "text" in wrong else "music.json"
    flags = [*TINY, f"--data={folder / data}", *wrong.split(), f"--workdir={tmp_path / 'run'}"]
    with pytest.raises(SystemExit) as exit:
        call(monkeypatch, compose.main, *flags, configs=CONFIGS)
    assert exit.value.code == 1
    assert REFUSED[wrong] in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def data_of(path, **options):
    return pieces(PiecesConfig(data=str(path), **options), ComposerConfig())


def test_midi_files_in_folders(tmp_path, folder):
    for part in ("train", "valid"):
        (tmp_path / part).mkdir()
        for n in range(3):
            write_midi(tmp_path / part / f"{n}.mid", frames([[60 + n]] * 4), per_quarter=2)
    found = data_of(tmp_path, per_quarter=1)
    assert {part: found.steps(part) for part in found.sources} == {"train": 6, "valid": 6}
    assert pitches(found.sources["train"].examples[2]["targets"]) == [[62], [62]]
    found = data_of(tmp_path / "train", per_quarter=2, valid=0.3, test=0.3)
    assert {part: len(source.examples) for part, source in found.sources.items()} == {
        "train": 1, "valid": 1, "test": 1
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"data: got no MIDI files"):
        data_of(folder)
    with pytest.raises(ValueError, match=r"data: got one piece"):
        data_of(tmp_path / "train" / "0.mid")


def test_labels_from_files_and_from_lines(tmp_path, folder):
    for label in ("low", "high"):
        lines = [text * n for name, text in TEXTS if name == label for n in range(1, 11)]
        (tmp_path / f"{label}.txt").write_text("\n".join(lines) + "\n")
    files = data_of(tmp_path, task="text")
    lines = data_of(folder / "text.tsv", task="text")
    assert files.vocabularies["labels"].tokens == ("high", "low")
    assert files.vocabularies["labels"] == lines.vocabularies["labels"]
    assert set(files.vocabularies["words"].tokens) == set(lines.vocabularies["words"].tokens)
    for source in files.sources.values():
        for example in source.examples:
            words = files.vocabularies["words"].decode(example["targets"])
            assert words[-1] == "<eos>"
            assert set(words[:-1]) <= set("XY" if example["labels"] == 0 else "ab")


def test_equal_texts_are_in_one_part(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"a\t{'x' * (n % 7 + 1)}\n" for n in range(70)))
    found = data_of(path, task="text", valid=0.2, test=0.2)
    rows = {
        part: {tuple(example["targets"]) for example in source.examples}
        for part, source in found.sources.items()
    }
    assert sum(map(len, rows.values())) == 7


@pytest.mark.parametrize(("line", "words"), [("a b\n", "line 2"), ("\tb\n", "line 2")])
def test_lines_that_are_refused(line, words, tmp_path):
    (tmp_path / "t.tsv").write_text("a\tb\n" + line)
    with pytest.raises(ValueError, match=words):
        data_of(tmp_path / "t.tsv", task="text")


def test_names_of_the_standard_library():
    rows = identifiers()
    names = {passage.text: passage.labels[0] for passage in rows}
    assert len(names) == len(rows) > 2000
    assert set(names.values()) == {*KINDS, "exception", "module"}
    known = {"OrderedDict": "class", "JSONDecodeError": "exception", "argparse": "module"}
    assert {name: names[name] for name in known} == known
    assert names["namedtuple"] == "function"
    parts = task.check(compose.prepare(*given("--task=text", *TINY, configs=CONFIGS))).sources
    counts = {part: len(source.examples) for part, source in parts.items()}
    assert counts["valid"] == counts["test"] == round(0.1 * len(rows))
    assert sum(counts.values()) == len(rows)  # read again, and the same
