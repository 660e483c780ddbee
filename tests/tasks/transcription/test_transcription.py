"""Transcription as a newcomer meets it: what a run prints, and how files are transcribed by it."""

from __future__ import annotations

import io
import itertools
import json
import shlex
import shutil
import sys
from pathlib import Path

import jax
import launches
import numpy as np
import pytest
from feature_arrays import arrays
from prepared_once import prepared_once
from tones import tone

import seqjax
from seqjax import runs
from seqjax.data.builtin import catalogue
from seqjax.data.builtin.beeps import beeps
from seqjax.data.formats.audio import Spectral, samples, spectral
from seqjax.tasks import Loaded
from seqjax.tasks.transcription import TASK
from seqjax.tasks.transcription.decode import Guess, guesses
from seqjax.tasks.transcription.encode import Transcript
from seqjax.tasks.transcription.evaluate import error_rate
from seqjax.training import logs

TINY = ("--hidden=4", "--cell=gru", "--nobidirectional", "--batch=8", "--shapes=1")
PITCHES = {"low": 300, "high": 1500}
SPLIT = ("--test=index<2", "--valid=index<4", "--sample_rate=8000", "--mels=8")


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    launches.quick(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Audio files {label}_{speaker}_{index}.wav of low and high tones, of two lengths, 16 each."""
    soundfile = pytest.importorskip("soundfile")
    pytest.importorskip("kaldi_native_fbank")
    folder = tmp_path_factory.mktemp("tones")
    draw = np.random.default_rng(0)
    for label, pitch in PITCHES.items():
        for n in range(16):
            wave = tone(pitch * draw.uniform(0.9, 1.1), draw.choice([0.1, 0.17]))
            noise = 0.01 * draw.normal(size=len(wave))
            soundfile.write(folder / f"{label}_machine_{n}.wav", wave + noise, 8000)
    return folder


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    """A run that tells low from high: (folder of the run, flags, what was printed)."""
    run = tmp_path_factory.mktemp("trained") / "run"
    flags = [
        *TINY, *SPLIT, f"--data={folder}", "--output=label", "--epochs=6", "--rate=0.05",
        "--evaluate_every=1000", "--driver=sequential",
        f"--workdir={run}",
    ]  # fmt: skip
    return run, flags, *launches.captured(TASK, *flags)


@pytest.fixture(scope="module")
def opened(trained):
    """That run, opened once: with the model its programs are kept."""
    return runs.load(trained[0])


def test_the_report(trained, folder):
    run, _, out, error = trained
    assert "test part (4 recordings, none of them trained on)" in out
    assert "accuracy                         100.00% (4 of 4)" in out
    assert "always the commonest label        50.00%" in out
    assert f"python -m experiments.predict --run={run} --file=FILE" in out
    assert "train 24, test 4, valid 4;" in error
    assert "of 8 features on average" in error
    assert "2 labels: high low" in error
    assert "frames of 8 features -> 1 layer of gru, 4 units -> mean pooling -> one of 2" in error
    assert logs.read(run / logs.NAME)[-1]["error"] == 0
    record = runs.read_record(run)
    assert record["task"] == "transcription"
    assert record["monitor"] == "error"
    assert record["data"]["kind"] == "audio"
    assert len(record["data"]["mean"]) == len(record["data"]["deviation"]) == 8


@pytest.fixture
def printed(opened, trained, monkeypatch, capsys):
    """What predict prints for the run, in cells."""
    monkeypatch.setattr(runs, "load", lambda folder, which: opened)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    run = f"--run={trained[0]}"

    def transcribed(files, *flags):
        files = [f"--file={file}" for file in files]
        out = launches.predicted(monkeypatch, capsys, TASK, run, *files, *flags)
        return [line.split("\t") for line in out.splitlines()]

    return transcribed


def test_files_and_folders_are_transcribed(folder, printed):
    rows = printed([str(folder)], "--batch=5")
    assert [row[0] for row in rows] == sorted(map(str, folder.glob("*.wav")))
    assert all(Path(name).name.startswith(label) for name, label, _ in rows)
    one = printed([rows[7][0]], "--count=2")
    assert [row[:2] for row in one] == [rows[7][:2], [rows[7][0], "low"]]
    assert abs(float(one[0][2]) - float(rows[7][2])) <= 0.0011
    np.testing.assert_allclose(sum(np.exp(float(row[2])) for row in one), 1, atol=2e-3)


def test_the_hint_is_a_command_of_ours(trained, folder, printed):
    (hint,) = [shlex.split(row) for row in trained[2].splitlines() if row.startswith("  python -m")]
    assert hint[2:4] == ["experiments.predict", f"--run={trained[0]}"]
    assert hint[4] == "--file=FILE"
    (row,) = printed([folder / "low_machine_3.wav"])
    assert row[1] == "low"


@pytest.mark.parametrize(
    ("files", "flags", "message"),
    [
        ([], [], "file: got none, want --file=PATH"),
        (["nothing.wav"], [], "nothing.wav: got no file there"),
        (["x.npy"], [], "x.npy: features: got 3 a frame, want 8, as in training"),
        (["empty"], [], "empty: got no .aif, .aiff, .au, .flac, .mp3, .ogg, .wav in that folder"),
        (["FOLDER"], ["--beam=2"], "beam: got 2, but this run has one label"),
        (["FOLDER"], ["--count=3"], "count: got 3, want at most 2"),
        ([], ["--text=low"], "text: got 'low', but this run predicts from files"),
    ],
)
def test_files_that_are_refused(
    files, flags, message, folder, tmp_path, monkeypatch, capsys, printed
):
    np.save(tmp_path / "x.npy", np.zeros((4, 3)))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    files = [str(folder) if name == "FOLDER" else name for name in files]
    with pytest.raises(SystemExit):
        printed(files, *flags)
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_one_at_a_time_as_in_a_batch(opened, folder):
    """Files, arrays, and arrays with names; what is heard does not depend on the others."""
    paths = sorted(folder.glob("*.wav"))[:5]
    features = Spectral(sample_rate=8000, mels=8)
    frames = [spectral(samples(path, 8000), features) for path in paths]
    together = opened.predict(paths, count=2, batch=2)
    assert [each.name for each in together] == list(map(str, paths))
    assert len({each.log_probability for each in together}) == 5
    pairs = [(str(path), each) for path, each in zip(paths, frames, strict=True)]
    named = opened.predict(pairs, count=2, batch=2)
    for path, array, whole, pair in zip(paths, frames, together, named, strict=True):
        (alone,) = opened.predict(path, count=2)
        (unnamed,) = opened.predict(array, count=2)
        assert alone[:3] == whole[:3] == pair[:3] == (str(path), *unnamed[1:3])
        assert [guess.labels for guess in alone.guesses] == [g.labels for g in whole.guesses]
        assert whole.guesses[0] == whole[1:4]
        for each in (whole, pair, unnamed):
            np.testing.assert_allclose(each.log_probability, alone.log_probability, rtol=1e-4)


def test_what_a_loaded_run_is_asked(opened, trained, folder, tmp_path):
    tested = logs.read(trained[0] / logs.NAME)[-1]
    files = [path for n in range(2) for path in sorted(folder.glob(f"*_{n}.wav"))]
    figures = opened.evaluate(*files)  # index<2 was the test part
    assert figures == {name: pytest.approx(tested[name], rel=1e-6) for name in figures}
    assert set(figures) == {"loss", "error"}
    # The same by a manifest with the labels exchanged: all are wrong.
    other = {"low": "high", "high": "low"}
    rows = [f"{path}\t{other[path.name.split('_')[0]]}\n" for path in files]
    (tmp_path / "all.tsv").write_text("".join(rows))
    assert opened.evaluate(tmp_path / "all.tsv")["error"] == 1
    with pytest.raises(ValueError, match=r"got arrays, but the run was trained on audio"):
        opened.evaluate(arrays(tmp_path / "a"))
    with pytest.raises(ValueError, match=r"bean: got 3, .* did you mean beam"):
        opened.predict(files, bean=3)
    with pytest.raises(ValueError, match="inputs: got no recordings"):
        opened.predict([])
    with pytest.raises(ValueError, match=r"input 2: features: got 3 a frame, want 8"):
        opened.predict([str(folder), np.zeros((4, 3))])
    with pytest.raises(ValueError, match=r"inputs: got 3 as number 1, want a path"):
        opened.predict([3])
    assert "2 labels" in opened.summary()


def test_from_python(tmp_path, capsys):
    """The same run as that of the launch, on arrays; strings of labels; archives and folders."""
    folder = arrays(tmp_path / "a", 12)
    settings = {
        "hidden": 4, "cell": "rnn", "batch": 4, "shapes": 1, "data": str(folder), "epochs": 1,
        "test": "index<3", "valid": "index<6", "driver": "sequential", "bidirectional": False,
    }  # fmt: skip
    with prepared_once():
        loaded = seqjax.train("transcription", quiet=True, workdir=tmp_path / "python", **settings)
        assert capsys.readouterr() == ("", "")
        flags = [f"--{name}={value}" for name, value in settings.items()]
        assert launches.run(TASK, *flags, f"--workdir={tmp_path / 'launch'}") == 0
    other = seqjax.load(tmp_path / "launch")
    jax.tree.map(np.testing.assert_array_equal, loaded.params, other.params)
    assert {**loaded.record["config"], "workdir": ""} == {**other.record["config"], "workdir": ""}
    files = sorted(folder.glob("*.npy"))
    np.savez(tmp_path / "all.npz", **{path.stem: np.load(path) for path in files})
    in_folder = loaded.predict([folder], beam=4, count=2)
    archived = loaded.predict(str(tmp_path / "all.npz"), beam=4, count=2)
    assert [each.name for each in in_folder] == list(map(str, files))
    assert [each.name for each in archived] == [f"{tmp_path / 'all.npz'}, {p.stem}" for p in files]
    assert [each[1:] for each in archived] == [each[1:] for each in in_folder]
    assert all(len(each.guesses) == 2 for each in archived)
    test = [path for path in files if int(path.stem.split("_")[-1]) < 3]
    tested = logs.read(tmp_path / "python" / logs.NAME)[-1]
    figures = loaded.evaluate(*test)
    assert figures == {name: pytest.approx(tested[name], rel=1e-6) for name in ("loss", "error")}
    with pytest.raises(ValueError, match=r"x.wav: is audio, but the run was trained on arrays"):
        loaded.predict("x.wav")
    with pytest.raises(ValueError, match="count: got 2, want at most 1"):
        loaded.predict(files, count=2)


def test_a_run_of_the_first_format(trained, opened, folder, tmp_path, capsys):
    """Such runs named their model, and had no number: they are used, and not trained further."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"]
    (old / "run.json").write_text(json.dumps({"kind": "transcriber", **record}), "utf-8")
    path = folder / "high_machine_1.wav"
    assert seqjax.load(old).predict(path) == opened.predict(path)
    with pytest.raises(SystemExit):
        launches.run(TASK, *trained[1][:-1], f"--workdir={old}")
    assert "was begun by an older seqjax" in capsys.readouterr().err


def test_another_rate_is_refused_where_it_may_not_be_converted(folder):
    flags = (*TINY, *SPLIT, f"--data={folder}", "--sample_rate=16000", "--noresample")
    with pytest.raises(
        ValueError, match=r"high_machine_10.wav: got 8000 samples a second, want 16"
    ):
        launches.prepared(TASK, *flags)


@pytest.fixture(scope="module")
def on_beeps():
    """A transcriber of beeps that was not trained; its weights are large."""
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        made = launches.prepared(TASK, *TINY)
        return made.data_set, launches.untrained(TASK, made, grow=3.0)


def test_beeps_are_the_default_and_need_no_library(monkeypatch):
    for name in ("soundfile", "kaldi_native_fbank"):
        monkeypatch.setitem(sys.modules, name, None)
    made = launches.prepared(TASK, *TINY)
    assert made.record["data"]["name"] == "beeps"
    assert "7 labels: " in made.data_set.about
    assert catalogue.dataset("transcription", "beeps").load is beeps
    first, second = beeps(), beeps()
    for part, rows in first.items():
        for (a, said), (b, again) in zip(rows, second[part], strict=True):
            np.testing.assert_array_equal(a, b)
            assert said == again
    assert any(a == b for _, said in first["train"] for a, b in itertools.pairwise(said))


def test_figures_do_not_depend_on_batches():
    found, params = [], None
    for batch in ("--batch=7", "--batch=100"):
        made = launches.prepared(TASK, *TINY, batch, "--stack=2")
        params = params or launches.grown(made, 3)
        loaded = Loaded(TASK, made.model, params, made.data_set.vocabularies, made.record, 1)
        found.append(TASK.evaluate(loaded, made.data_set.parts["test"]))
    assert found[0]["error"] == found[1]["error"] > 0
    np.testing.assert_allclose(found[0]["loss"], found[1]["loss"], rtol=1e-6)


def test_guesses_come_in_the_order_of_examples(on_beeps):
    data_set, loaded = on_beeps
    source, labels = data_set.parts["valid"].source, loaded.vocabularies["labels"]
    greedy = guesses(loaded, source)
    beam = guesses(loaded, source, beam=4, count=2)
    frames = source.examples[3]["features"]
    model, lengths = loaded.model, np.array([len(frames)], np.int32)
    logits, _ = jax.jit(model.logits)(loaded.params, frames[:, None], lengths)
    path = np.asarray(logits[:, 0].argmax(-1))
    kept = [p for p, q in zip(path, [-1, *path[:-1]], strict=True) if p not in (q, model.blank)]
    assert greedy[3][0].labels == labels.decode(np.array(kept, int))
    assert greedy[3][0].text == " ".join(greedy[3][0].labels)
    assert len(greedy) == len(beam) == 100
    assert all(
        len(each) == 2 and each[0].log_probability >= each[1].log_probability for each in beam
    )
    said = [Transcript("a", ["a", "b"]), Transcript("b", ["c"])]
    heard = [[Guess(["a"], "a", 0.0)], [Guess(["c", "c"], "c c", 0.0)]]
    assert error_rate(said, heard) == 2 / 3


def test_characters_are_joined_without_blanks(on_beeps):
    data_set, loaded = on_beeps
    record = {**loaded.record, "config": {**loaded.record["config"], "units": "characters"}}
    source = data_set.parts["valid"].source
    words, letters = guesses(loaded, source), guesses(loaded._replace(record=record), source)
    assert max(len(each.labels) for (each,) in words) > 1
    for (a,), (b,) in zip(words, letters, strict=True):
        assert a.labels == b.labels
        assert b.text == a.text.replace(" ", "")
