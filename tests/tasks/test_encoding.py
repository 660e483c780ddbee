"""The setting ``encoding``: every task that reads text takes it, to train and to predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqjax.tasks import TASKS
from seqjax.tasks.settings import as_json, from_settings
from seqjax.tasks.text_input import encoding_of, lines_of

WORDS = ["façade", "café", "naïve", "über", "Straße", "né"]
LINES = [f"{a} {b}" for a in WORDS for b in WORDS]


def text(folder, encoding):
    path = folder / "a.txt"
    path.write_bytes("".join(f"{line}\n" for line in LINES).encode(encoding))
    return {"data": path, "batch": 2, "window": 4}


def corpus(folder, encoding):
    return {"data": text(folder, encoding)["data"], "held_out": 0.1, "minimum": 1, "sample": 0.0}


def tagged(folder, encoding):
    path = folder / "a.conll"
    sentences = ("".join(f"{word}\tX\n" for word in line.split()) for line in LINES)
    path.write_bytes("\n".join(sentences).encode(encoding))
    return {"data": path, "minimum": 1}


def universal(folder, encoding):
    path = folder / "a.conllu"
    word = "1\t{}\t_\tX" + "\t_" * 6
    path.write_bytes("\n\n".join(map(word.format, LINES)).encode(encoding))
    return {"data": path, "minimum": 1}


def labelled(folder, encoding):
    path = folder / "a.tsv"
    rows = (f"{line}\t{'né' if n % 2 else 'à'}\n" for n, line in enumerate(LINES))
    path.write_bytes(("text\tlabel\n" + "".join(rows)).encode(encoding))
    return {"data": path}


def composed(folder, encoding):
    path = folder / "a.tsv"
    path.write_bytes("".join(f"né\t{line}\n" for line in LINES).encode(encoding))
    return {"data": path, "task": "text"}


def paired(folder, encoding):
    path = folder / "a.tsv"
    path.write_bytes("".join(f"{line}\t{line}\n" for line in LINES).encode(encoding))
    return {"data": path}


def aligned(folder, encoding):
    for part in ("train", "val"):
        for side in ("de", "fr"):
            content = "".join(f"{line}\n" for line in LINES)
            (folder / f"{part}.{side}").write_bytes(content.encode(encoding))
    return {"data": folder, "source": "de", "target": "fr"}


def numbers(folder, encoding):
    path = folder / "a.csv"
    rows = (f"{n},{n * n}\n" for n in range(40))
    path.write_bytes(("größe,zahl\n" + "".join(rows)).encode(encoding))
    return {"data": path}


def recorded(folder, encoding):
    np.save(folder / "a.npy", np.ones((4, 2)))
    rows = []
    for n, part in enumerate(["train"] * 4 + ["dev"] * 2):
        np.save(folder / f"{n}.npy", np.full((9, 2), n / 3))
        rows.append(f"{n}.npy\tnaïve café\t{part}\n")
    (folder / "a.tsv").write_bytes("".join(rows).encode(encoding))
    return {"data": folder / "a.tsv", "output": "ctc"}


CASES = {
    "language_model": text, "word_vectors": corpus, "tagging": tagged, "conllu": universal,
    "classification": labelled, "composition": composed, "translation": paired,
    "aligned": aligned, "regression": numbers, "transcription": recorded,
}  # fmt: skip
TASK_OF = {"conllu": "tagging", "aligned": "translation"}


def read(name, settings):
    """What a task reads: its vocabularies, and what it records of the data."""
    task = TASKS[TASK_OF.get(name, name)]
    configs = from_settings(task.configs, settings)
    task.check(*configs)
    data_set = task.read(*configs)
    return {k: v.tokens for k, v in data_set.vocabularies.items()}, data_set.data, configs


@pytest.mark.parametrize("name", CASES)
def test_files_in_another_encoding_are_the_same_data(name, tmp_path):
    answers = []
    for encoding in ("utf-8", "windows-1252", "utf-16"):
        folder = tmp_path / encoding
        folder.mkdir()
        settings = CASES[name](folder, encoding)
        vocabularies, data, configs = read(name, {**settings, "encoding": encoding})
        answers.append((vocabularies, data | {"name": ""}))
        assert encoding_of({"config": as_json(*configs)}) == encoding
    assert str(answers[1:]) == str(answers[:1] * 2)
    with pytest.raises(ValueError, match=r"it looks like (UTF-16|Windows)"):
        read(name, settings)
    with pytest.raises(ValueError, match="encoding: got 'utf-9', want one that Python knows"):
        read(name, {**settings, "encoding": "utf-9"})


def test_lines_to_predict(tmp_path: Path):
    text(tmp_path, "windows-1252")
    assert lines_of([], [str(tmp_path / "a.txt")], encoding="windows-1252") == LINES


def test_no_encoding_of_a_data_set_by_name():
    for name, settings in {
        "tagging": {"data": "python"},
        "regression": {},
        "translation": {},
    }.items():
        with pytest.raises(ValueError, match=r"encoding: got 'utf-16' .*: nothing would use it"):
            read(name, {**settings, "encoding": "utf-16"})
