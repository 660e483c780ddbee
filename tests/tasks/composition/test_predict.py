"""Pieces and texts that are composed: from what, at random by what, and one by one as together."""

from __future__ import annotations

import json
import wave

import jax
import launches
import mido
import numpy as np
import pytest

from experiments import compose_piece
from experiments.compose_piece import PieceConfig
from seqjax import runs
from seqjax.data.formats.midi import read_midi
from seqjax.data.formats.music import pitches, read_pieces
from seqjax.tasks.composition import TASK
from seqjax.tasks.composition.draws import batches, keys_of

CHORDS = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]] * 2


def make(monkeypatch, run, *flags):
    """What the launch that composes does."""
    monkeypatch.setattr(runs, "load", lambda folder, which, task: launches.kept(folder, which))
    return launches.call(
        monkeypatch, compose_piece.main, f"--run={run.folder}", *flags,
        configs=(PieceConfig, TASK.options),
    )  # fmt: skip


def test_a_piece_from_its_first_chord(music, tmp_path, monkeypatch, capsys):
    out = tmp_path / "piece.json"
    make(monkeypatch, music, f"--out={out}", "--first=60,64,67", "--steps=8", "--temperature=0")
    (piece,) = read_pieces(out)[""]
    assert pitches(piece) == CHORDS
    assert capsys.readouterr().out == f"{out}: 8 steps, 3 keys at once at most\n"


def test_a_piece_from_nothing_by_seed(music):
    loaded = music.opened()
    drawn = [loaded.predict([()], steps=8, temperature=2.0, seed=seed)[0] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1]
    assert drawn[0].pitches != drawn[2].pitches
    assert drawn[0].first == []
    assert drawn[0].frames.shape == (8, 88)
    assert pitches(drawn[0].frames) == drawn[0].pitches
    (sure,) = loaded.predict([""], steps=1, temperature=0.0)
    assert sure.pitches == CHORDS[:1]


def test_midi_and_sound_last_as_long_as_the_steps(music, tmp_path, monkeypatch):
    flags = ("--steps=8", "--temperature=0", "--tempo=60")
    make(monkeypatch, music, *flags, f"--out={tmp_path / 'a.mid'}")
    assert pitches(read_midi(tmp_path / "a.mid", per_quarter=2)) == CHORDS
    make(monkeypatch, music, *flags, f"--out={tmp_path / 'a.wav'}")
    with wave.open(str(tmp_path / "a.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(8 / 2, abs=0.1)  # eight half quarters, 60 quarters a minute


def test_a_piece_is_written_from_python(music, text, tmp_path):
    loaded = music.opened()
    (piece,) = loaded.predict([(60, 64, 67)], steps=8, temperature=0)
    loaded.write(piece, tmp_path / "a.mid", tempo=30)
    found = read_midi(tmp_path / "a.mid", per_quarter=2)
    assert pitches(found) == piece.pitches == CHORDS
    # Eight half quarters, 30 quarters a minute.
    assert mido.MidiFile(tmp_path / "a.mid").length == pytest.approx(8)
    with pytest.raises(ValueError, match="tempo: got nan"):
        loaded.write(piece, tmp_path / "b.mid", tempo=float("nan"))
    with pytest.raises(ValueError, match=r"out: got '.*b\.mid', but this run makes texts"):
        text.opened().write(piece, tmp_path / "b.mid")


def test_texts_have_what_their_label_asks_for(text, monkeypatch, capsys):
    make(monkeypatch, text, "--count=100", "--steps=12")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [label for label, _ in lines] == ["high"] * 100 + ["low"] * 100
    assert max(len(letters) for _, letters in lines) <= 12
    for label, alphabet in (("high", "XY"), ("low", "ab")):
        texts = [letters for name, letters in lines if name == label]
        assert sum(set(letters) <= set(alphabet) for letters in texts) >= 90
        assert len(set(texts)) > 10
    make(monkeypatch, text, "--count=2", "--label=low", "--steps=12")
    assert [line[:4] for line in capsys.readouterr().out.splitlines()] == ["low\t"] * 2


def test_texts_one_by_one_as_together(text):
    """Whatever else is asked, in whatever order and batches; the second of a label is another."""
    loaded = text.opened()
    labels = ["low", "high", "low", "low", "high"]
    whole = loaded.predict(labels, steps=12, temperature=1.5)
    assert [each.label for each in whole] == labels
    for label, first in (("low", whole[0]), ("high", whole[1])):
        assert loaded.predict([label], steps=12, temperature=1.5) == [first]
        assert loaded.predict(label, steps=12, temperature=1.5) == [first]
    assert loaded.predict(labels, steps=12, temperature=1.5, batch=2) == whole
    turned = loaded.predict(["high", "high", "low", "low", "low"], steps=12, temperature=1.5)
    assert turned == [whole[1], whole[4], whole[0], whole[2], whole[3]]
    assert len({each.text for each in whole if each.label == "low"}) > 1


def test_music_one_by_one_as_together(music):
    loaded, options = music.opened(), {"steps": 8, "temperature": 2.0}
    chords = [(60, 64, 67), "", "60,64,67", (60,), (), (-1,), "-1"]
    whole = loaded.predict(chords, **options)
    assert [each.first for each in whole] == [
        [60, 64, 67], [], [60, 64, 67], [60], [], [-1], [-1]
    ]  # fmt: skip
    for n in (0, 1, 3, 5):
        assert loaded.predict([chords[n]], **options) == [whole[n]]
    assert loaded.predict(chords, **options, batch=2) == whole
    assert whole[0].pitches != whole[2].pitches
    assert [each.pitches[0] for each in whole if each.first] == [
        [60, 64, 67], [60, 64, 67], [60], [], []
    ]  # fmt: skip
    (other,) = loaded.predict([[67, 64, 60]], **options)  # the same chord
    assert other.pitches == whole[0].pitches


def test_draws_are_those_of_the_model(text):
    """Against the loop by hand: each step's logits, and the same random numbers."""
    loaded = text.opened()
    words, labels = loaded.vocabularies["words"], loaded.vocabularies["labels"]
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(3), 0x928878A1), 0)
    (wanted,) = keys_of(3, ["low"])
    assert (jax.random.key_data(wanted) == jax.random.key_data(key)).all()
    step, carry = (
        jax.jit(loaded.model.step),
        loaded.model.start(loaded.params, 1, labels.encode(["low"])),
    )
    token, letters = np.array([-1]), []
    for time in range(12):
        carry, logits = step(loaded.params, carry, token)
        sharp = np.array(logits, np.float64) / 0.7
        sharp[:, words.unk] = -np.inf
        row = jax.random.fold_in(jax.random.fold_in(key, time), 0)
        noise = np.asarray(jax.random.gumbel(row, sharp.shape[1:]))
        token = np.array([(sharp[0] + noise).argmax()])
        if token[0] == words.eos:
            break
        letters += words.decode(token)
    (found,) = loaded.predict(["low"], steps=12, temperature=0.7, seed=3)
    assert found.text == "".join(letters)


def test_batches_have_one_size():
    assert [(rows.tolist(), real) for rows, real in batches(5, 2)] == [
        ([0, 1], 2), ([2, 3], 2), ([4, 4], 1)
    ]  # fmt: skip
    assert [(rows.tolist(), real) for rows, real in batches(3, 8)] == [([0, 1, 2], 3)]


def test_lines_and_json(music, text, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "load", launches.kept)
    chords, labels = tmp_path / "chords.txt", tmp_path / "labels.txt"
    chords.write_text("60,64,67\n60\n")
    labels.write_text("low\nhigh\n")
    flags = (f"--run={music.folder}", "--steps=8", "--temperature=0")
    out = launches.predicted(monkeypatch, capsys, TASK, *flags, f"--file={chords}")
    first, second = out.splitlines()
    assert first == " ".join(",".join(map(str, chord)) for chord in CHORDS)
    assert second.startswith("60 ")
    out = launches.predicted(monkeypatch, capsys, TASK, *flags, "--text=60,64,67", "--json")
    assert json.loads(out) == {"first": [60, 64, 67], "pitches": CHORDS}
    silent = music.opened().predict([(-1,)], steps=8)[0]._replace(pitches=[[], [60]])
    assert TASK.show(silent, TASK.options()) == "-1 60"
    flags = (f"--run={text.folder}", "--steps=12")
    out = launches.predicted(monkeypatch, capsys, TASK, *flags, f"--file={labels}")
    want = text.opened().predict(["low", "high"], steps=12)
    assert out == "".join(f"{each.label}\t{each.text}\n" for each in want)
    out = launches.predicted(monkeypatch, capsys, TASK, *flags, "--text=low", "--json")
    assert json.loads(out) == want[0]._asdict()


WRONG = {
    ("music", "--out=a.mp3"): "out: got '.mp3', want one of .json, .mid, .wav",
    ("music", "--first=20"): "first, step 0: got pitch 20, want integers of 21 to 108",
    ("music", "--first=60 --steps=1"): "steps: got 1, want more than 1",
    ("music", "--steps=0"): "steps: got 0",
    ("music", "--label=low"): "label: got 'low', but the run in",
    ("music", "--count=3"): "count: got 3, but the run in",
    ("music", "--temperature=-1"): "temperature: got -1",
    ("music", "--seed=-1"): "seed: got -1",
    ("music", "--tempo=0"): "tempo: got 0",
    ("text", "--first=60"): "first: got (60,), but the run in",
    ("text", "--label=lo"): "label: got 'lo', want one of high, low; did you mean 'low'?",
    ("text", "--count=0"): "count: got 0",
    ("text", "--temperature=inf"): "temperature: got inf",
    ("text", "--checkpoint=first"): "checkpoint: got 'first'",
}


@pytest.mark.parametrize(("kind", "wrong"), WRONG)
def test_pieces_that_are_refused(kind, wrong, music, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit:
        make(monkeypatch, music if kind == "music" else text, *wrong.split())
    error = capsys.readouterr().err
    assert exit.value.code == 1
    assert error.startswith(f"error: {WRONG[kind, wrong]}")
    assert not list(tmp_path.iterdir())


def test_inputs_that_are_refused(music, text):
    for inputs, options, words in (
        ([], {}, "inputs: got none"),
        ([60], {}, "first: got 60, want pitches, as in 60,64,67"),
        (["C major"], {}, "first: got 'C major', want pitches"),
        ([()], {"step": 3}, r"step: got 3, .* did you mean steps"),
        ([()], {"batch": 0}, "batch: got 0"),
    ):
        with pytest.raises(ValueError, match=words):
            music.opened().predict(inputs, **options)
    with pytest.raises(ValueError, match="label: got 'lo'"):
        text.opened().predict(["low", "lo"])
