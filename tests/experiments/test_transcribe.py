"""The launch that trains on signals, and the one that uses what was trained."""

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from launches import call, given, quick
from tones import tone

from experiments import task, transcribe, transcribe_file
from experiments.transcribe_figures import Guess, error_rate, heard, hearer
from experiments.transcribe_file import TranscribeConfig
from seqjax import runs
from seqjax.data.builtin import catalogue
from seqjax.data.builtin.beeps import beeps
from seqjax.training import logs

TINY = ("--hidden=4", "--cell=gru", "--nobidirectional", "--batch=8", "--shapes=1")
PITCHES = {"low": 300, "high": 1500}
SPLIT = ("--test=index<2", "--valid=index<4", "--sample_rate=8000", "--mels=8")


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Audio files {label}_{speaker}_{index}.wav of low and high tones, 16 of each."""
    soundfile = pytest.importorskip("soundfile")
    pytest.importorskip("kaldi_native_fbank")
    folder = tmp_path_factory.mktemp("tones")
    draw = np.random.default_rng(0)
    for label, pitch in PITCHES.items():
        for n in range(16):
            wave = tone(pitch * draw.uniform(0.9, 1.1), draw.uniform(0.1, 0.2))
            noise = 0.01 * draw.normal(size=len(wave))
            soundfile.write(folder / f"{label}_machine_{n}.wav", wave + noise, 8000)
    return folder


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    """A run that tells low from high: (folder of the run, flags, what was printed)."""
    run = tmp_path_factory.mktemp("trained") / "run"
    flags = [
        *TINY, *SPLIT, f"--data={folder}", f"--workdir={run}", "--output=label", "--epochs=6",
        "--rate=0.05",
    ]  # fmt: skip
    out, error = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", error)
        quick(patch)
        assert call(patch, transcribe.main, *flags, configs=transcribe.CONFIGS) == 0
    return run, flags, out.getvalue(), error.getvalue()


def test_the_report(trained, folder):
    run, _, out, error = trained
    assert "test part (4 recordings, none of them trained on)" in out
    assert "accuracy                         100.00% (4 of 4)" in out
    assert "always the commonest label        50.00%" in out
    assert f"python -m experiments.transcribe_file --run={run} --file=FILE" in out
    assert "train 24, test 4, valid 4;" in error
    assert "of 8 features on average" in error
    assert "2 labels: high low" in error
    assert logs.read(run / logs.NAME)[-1]["error"] == 0
    record = runs.read_record(run)
    assert record["kind"] == "transcriber"
    assert record["data"]["kind"] == "audio"
    assert len(record["data"]["mean"]) == len(record["data"]["deviation"]) == 8


def transcribed(monkeypatch, capsys, files, *flags):
    """What the launch prints, in cells."""
    monkeypatch.setattr(
        transcribe_file.absl_flags, "FLAGS", {"file": type("Flag", (), {"value": list(files)})}
    )
    call(monkeypatch, transcribe_file.main, *flags, configs=(TranscribeConfig,))
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_files_and_folders_are_transcribed(trained, folder, monkeypatch, capsys):
    rows = transcribed(monkeypatch, capsys, [str(folder)], f"--run={trained[0]}", "--batch=5")
    assert [row[0] for row in rows] == sorted(map(str, folder.glob("*.wav")))
    assert all(Path(name).name.startswith(label) for name, label, _ in rows)
    one = transcribed(monkeypatch, capsys, [rows[7][0]], f"--run={trained[0]}", "--count=2")
    assert [row[:2] for row in one] == [rows[7][:2], [rows[7][0], "low"]]
    assert abs(float(one[0][2]) - float(rows[7][2])) <= 0.0011
    np.testing.assert_allclose(sum(np.exp(float(row[2])) for row in one), 1, atol=2e-3)


@pytest.mark.parametrize(
    ("files", "flags", "message"),
    [
        ([], [], "file: got none, want --file=PATH"),
        (["nothing.wav"], [], "nothing.wav: got no file there"),
        (["x.npy"], [], "x.npy: features: got 3 a frame, want 8, as in training"),
        (["FOLDER"], ["--beam=2"], "beam: got 2, but this run has one label"),
        (["FOLDER"], ["--count=3"], "count: got 3, want at most 2"),
    ],
)
def test_files_that_are_refused(
    files, flags, message, trained, folder, tmp_path, monkeypatch, capsys
):
    np.save(tmp_path / "x.npy", np.zeros((4, 3)))
    monkeypatch.chdir(tmp_path)
    files = [str(folder) if name == "FOLDER" else name for name in files]
    with pytest.raises(SystemExit):
        transcribed(monkeypatch, capsys, files, f"--run={trained[0]}", *flags)
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_another_rate_is_refused_where_it_may_not_be_converted(folder):
    flags = (*TINY, *SPLIT, f"--data={folder}", "--sample_rate=16000", "--noresample")
    with pytest.raises(
        ValueError, match=r"high_machine_10.wav: got 8000 samples a second, want 16"
    ):
        transcribe.prepare(*given(*flags, configs=transcribe.CONFIGS))


def test_beeps_are_the_default_and_need_no_library(monkeypatch):
    for name in ("soundfile", "kaldi_native_fbank"):
        monkeypatch.setitem(sys.modules, name, None)
    made = task.check(transcribe.prepare(*given(*TINY, configs=transcribe.CONFIGS)))
    assert made.record["data"]["name"] == "beeps"
    assert "7 labels: " in made.about
    assert catalogue.dataset("transcribe", "beeps").load is beeps
    first, second = beeps(), beeps()
    for part, rows in first.items():
        for (a, said), (b, again) in zip(rows, second[part], strict=True):
            np.testing.assert_array_equal(a, b)
            assert said == again
    assert any(a == b for _, said in first["train"] for a, b in itertools.pairwise(said))


def test_figures_do_not_depend_on_batches():
    found = []
    for batch in ("--batch=7", "--batch=100"):
        made = transcribe.prepare(*given(*TINY, batch, "--stack=2", configs=transcribe.CONFIGS))
        params = jax.tree.map(lambda a: a * 3, made.init(jax.random.key(0)))
        found.append(made.figures(params, "test"))
    assert found[0]["error"] == found[1]["error"] > 0
    np.testing.assert_allclose(found[0]["loss"], found[1]["loss"], rtol=1e-6)


def test_guesses_come_in_the_order_of_examples():
    made = transcribe.prepare(*given(*TINY, configs=transcribe.CONFIGS))
    loaded = runs.KINDS["transcriber"](made.record, made.vocabularies)
    params = jax.tree.map(lambda a: a * 3, made.init(jax.random.key(0)))
    source, labels = made.sources["valid"], made.vocabularies["labels"]
    greedy = heard(hearer(loaded, whole=False), params, source, labels)
    beam = heard(hearer(loaded, whole=False, beam=4, count=2), params, source, labels)
    frames = source.examples[3]["features"]
    logits, _ = jax.jit(loaded.logits)(params, frames[:, None], np.array([len(frames)], np.int32))
    path = np.asarray(logits[:, 0].argmax(-1))
    kept = [p for p, q in zip(path, [-1, *path[:-1]], strict=True) if p not in (q, loaded.blank)]
    assert greedy[3][0].labels == labels.decode(np.array(kept, int))
    assert len(greedy) == len(beam) == 100
    assert all(len(each) == 2 and each[0][1] >= each[1][1] for each in beam)
    assert error_rate([["a", "b"], ["c"]], [[Guess(["a"], 0)], [Guess(["c", "c"], 0)]]) == 2 / 3
