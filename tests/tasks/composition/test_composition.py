"""Composers as a person meets them: training, the report, refusals, runs that are opened again."""

from __future__ import annotations

import importlib.util
import json
import shlex
import shutil

import launches
import numpy as np
import pytest
from prepared_once import prepared_once

import seqjax
from seqjax import runs
from seqjax.data.formats.music import write_pieces
from seqjax.tasks.composition import TASK
from seqjax.training import logs

TINY = ("--hidden=12", "--shapes=1", "--batch=8", "--cell=gru")
CHORDS = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]] * 2


def test_the_report_of_music(music):
    folder, out = music.folder, music.out
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
    folder, out = text.folder, text.out
    rows = {line[:36].strip(): line[36:].split() for line in out.splitlines() if line[:2] == "  "}
    model = rows[f"this model (step {runs.load(folder).step})"]
    row = logs.read(folder / logs.NAME)[-1]
    assert float(model[0]) == pytest.approx(row["bits_per_character"], abs=1e-3)
    assert row["bits_per_character"] == pytest.approx(row["loss"] / np.log(2))
    assert float(rows["the same, told wrong labels"][0]) > float(model[0]) + 0.5
    assert float(rows["unigram"][0]) > float(model[0]) + 0.5
    shown = [line.split("\t")[0] for line in out.splitlines() if "\t" in line]
    assert shown == ["high"] * 3 + ["low"] * 3


@pytest.mark.parametrize("kind", ["music", "text"])
def test_the_hints_are_ours(kind, music, text):
    run = music if kind == "music" else text
    folder, out = run.folder, run.out
    (hint,) = [shlex.split(s) for s in out.splitlines() if s.startswith("  python -m")]
    assert hint[:4] == ["python", "-m", "experiments.compose_piece", f"--run={folder}"]
    assert importlib.util.find_spec(hint[2])
    (line,) = [s for s in out.splitlines() if s.startswith("  in Python: ")]
    (composed,) = eval(line.removeprefix("  in Python: "), {"seqjax": seqjax})
    assert composed[0] == ([60, 64, 67] if kind == "music" else "high")


@pytest.mark.parametrize("kind", ["music", "text"])
def test_a_finished_run_says_it_all_again(kind, music, text, capsys):
    run = music if kind == "music" else text
    with prepared_once(run.made):
        assert launches.run(TASK, *run.flags) == 0
    assert capsys.readouterr().out == run.out


REFUSED = {
    "--task=song": "task: got 'song', want one of music, text",
    "--data=nowhere": "data: got 'nowhere', which is neither",
    "--task=text --data=progressions": "those of composition of texts are identifiers",
    "--task=text --data=identifiers --valid=0.2": "valid: got 0.2 with data=identifiers, which has",
    "--test=0.2": "test: got 0.2 with data=",
    "--embedding=3": "embedding: got 3 with task=music: nothing would use it",
    "--tokenizer=words": "tokenizer: got 'words' with task=music: nothing would use it",
    "--task=text --tokenizer=wordz": "tokenizer: got 'wordz', want one of",
    "--task=text --embedding=0": "embedding: got 0",
    "--task=text --per_quarter=4": "per_quarter: got 4 with task=text: nothing would use it",
    "--condition=start": "condition: got 'start' without labels",
    "--bidirectional": "bidirectional: got True, but what is to be composed next",
    "--cell=gr": "cell: got 'gr'",
    "--rate=0": "rate: got 0",
    "--batch=0": "batch: got 0",
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_training_that_is_refused(wrong, folder, tmp_path, capsys):
    data = "text.tsv" if "text" in wrong else "music.json"
    flags = [*TINY, f"--data={folder / data}", *wrong.split(), f"--workdir={tmp_path / 'run'}"]
    with pytest.raises(SystemExit) as exit:
        launches.run(TASK, *flags)
    assert exit.value.code == 1
    assert REFUSED[wrong] in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_figures_of_a_part_that_is_a_file(music, text, tmp_path):
    """The test part, written to a file: the figures that training gave."""
    part = launches.data_set(TASK, *music.flags).parts["test"]
    write_pieces(tmp_path / "test.json", part.records)
    passages = launches.data_set(TASK, *text.flags).parts["test"].records
    rows = [f"{passage.labels[0]}\t{passage.text}\n" for passage in passages]
    (tmp_path / "test.tsv").write_text("".join(rows))
    for run, name, figures in (
        (music, "test.json", {"loss", "accuracy"}),
        (text, "test.tsv", {"loss", "bits_per_character"}),
    ):
        found = run.opened().evaluate(tmp_path / name)
        want = logs.read(run.folder / logs.NAME)[-1]
        assert set(found) == figures
        assert found == pytest.approx({name: want[name] for name in figures}, rel=1e-6)


def test_files_that_no_figures_come_from(music, text, folder, tmp_path):
    with pytest.raises(ValueError, match="got parts train, valid, test, want one of them alone"):
        music.opened().evaluate(folder / "music.json")
    (tmp_path / "t.tsv").write_text("middle\tab\n")
    with pytest.raises(ValueError, match=r"line 1: got label 'middle', want one of the training"):
        text.opened().evaluate(tmp_path / "t.tsv")


def test_a_run_from_python(folder, tmp_path):
    """``task`` is a setting here; the name of the task itself comes before all settings."""
    run = seqjax.train(
        "composition", quiet=True, task="text", data=folder / "text.tsv", workdir=tmp_path / "run",
        hidden=4, embedding=3, cell="rnn", epochs=1, shapes=1, condition="start",
        driver="sequential",
    )  # fmt: skip
    assert run.task.name == "composition"
    assert [each.label for each in run.predict(["low", "high"], steps=3)] == ["low", "high"]
    assert run.history()["valid"]["bits_per_character"].shape == (1,)
    assert "tokens (6 as 3 numbers), one of 2 labels as the state to begin with" in run.summary()


@pytest.mark.parametrize("kind", ["music", "text"])
def test_a_run_of_the_first_format(kind, music, text, tmp_path):
    run, prompt, steps = (music, "60", 8) if kind == "music" else (text, "low", 12)
    shutil.copytree(run.folder, tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    record = json.loads(path.read_text())
    del record["format"], record["task"]
    path.write_text(json.dumps({"kind": "composer", **record}))
    old, new = seqjax.load(tmp_path / "run"), run.opened()
    assert old.predict([prompt], steps=steps) == new.predict([prompt], steps=steps)
