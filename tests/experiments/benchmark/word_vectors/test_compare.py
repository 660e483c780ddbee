"""Word vectors by seqjax and gensim: what the launch prepares, counts and prints."""

from __future__ import annotations

import re

import pytest
from launches import call, quick

from experiments import vectors_speed
from experiments.benchmark.word_vectors.compare import SpeedConfig
from experiments.benchmark.word_vectors.report import Trained, table
from experiments.benchmark.word_vectors.text import LINE, prepare

pytest.importorskip("gensim", reason="compared with gensim")


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """The launch sets NPROC, unless it is set; here it is put back."""
    monkeypatch.setenv("NPROC", "2")


def write_text(folder, count):
    path = folder / "text.txt"
    path.write_text("\n".join(f"Ab {'cdefghij'[k % 8]}{k % 3}d," for k in range(count // 3)))
    return path


@pytest.mark.parametrize("first", [0, 1, LINE, 2500])
def test_the_prepared_file(first, tmp_path):
    """Letters in lower case, a thousand words a line, no word lost, none too many."""
    path = tmp_path / "prepared.txt"
    count = prepare(str(write_text(tmp_path, 6000)), path, first)
    lines = [line.split(" ") for line in path.read_text().splitlines()]
    assert count == sum(map(len, lines)) == (first or 6000)
    assert {len(line) for line in lines[:-1]} <= {LINE} and len(lines[-1]) <= LINE
    assert lines[0][:4] == ["ab", "c", "d", "ab"][:count]


@pytest.mark.parametrize("objective", ["skip_gram", "cbow", "glove"])
def test_a_measurement(objective, tmp_path, monkeypatch, capsys):
    quick(monkeypatch)
    path = write_text(tmp_path, 3000)
    path.write_text(path.read_text() + "\n" + "man woman king queen boy girl\n" * 20)
    flags = (f"--data={path}", f"--objective={objective}", "--size=4", "--epochs=1", "--seeds=2")
    call(monkeypatch, vectors_speed.main, *flags, configs=[SpeedConfig])
    out = capsys.readouterr().out
    sides = ["seqjax"] if objective == "glove" else ["seqjax", "gensim"]
    for side in sides:
        assert re.search(rf"{side}: reading [\d.]+ s, 15 words", out)
        assert all(f"{side}  seed {seed} " in out for seed in (0, 1))
        unit = "entries/s" if objective == "glove" else "words/s after subsampling"
        assert re.search(rf"{side} +{unit} +[\d,]+ \(", out)
    assert ("times as fast" in out) == (len(sides) == 2)


def test_the_table_in_figures():
    """Speeds from words times epochs; the ratio is the mean of those of each seed."""
    trained = {
        "seqjax": [Trained(1.0, {"q": 0.1}), Trained(2.0, {"q": 0.3})],
        "gensim": [Trained(3.0, {"q": 0.2}), Trained(8.0, {"q": 0.2})],
    }
    out = table(trained, {"words/s": 100}, epochs=4).splitlines()
    assert "seqjax  words/s                    300 (200 to 400)" in out
    assert "gensim  words/s                    92 (50 to 133)" in out
    assert "seqjax  q                          0.2000 (0.1000 to 0.3000)" in out
    assert out[-1] == "seqjax trains 3.50 (3.00 to 4.00) times as fast"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--objective=neural_lm", "objective"), ("--seeds=0", "seeds"), ("--sample=2", "sample"),
        ("--negatives=0", "negatives"), ("--first=-1", "first"), ("--data=nowhere", "nowhere"),
        ("--size=1000", "size: got 1000, want 9 or less"), ("--minimum=9999", "minimum"),
    ],
)  # fmt: skip
def test_refuses(flag, message, tmp_path, monkeypatch, capsys):
    flags = [f"--data={write_text(tmp_path, 300)}", flag]
    with pytest.raises(SystemExit):
        call(monkeypatch, vectors_speed.main, *flags, configs=[SpeedConfig])
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error
