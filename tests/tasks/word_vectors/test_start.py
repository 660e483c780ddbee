"""What training of word vectors begins with: another run, or vectors of a file."""

from __future__ import annotations

import json
import shutil

import jax
import numpy as np
import pytest
from word_vector_runs import equal, flags_of, prepared, text, train

import seqjax
from seqjax.vectors import KeyedVectors, save

NEW = "x xx x xx x xx x xx x xx a x aa xx " * 3


def rows(words, others):
    return np.array([others.index(word) for word in words])


def words_of(run):
    return run.data_set.vocabularies["words"].tokens


def test_going_on_with_more_words(known_run, tmp_path):
    """Old words begin with both their vectors, by name; frozen ones end with them."""
    folder, _ = known_run
    old = seqjax.load(folder)
    words = old.vocabularies["words"].tokens
    path = text(tmp_path, more=NEW, seed=3)
    flags = flags_of(path, f"--continue_from={folder}")
    run = prepared(path, f"--continue_from={folder}", "--freeze")
    assert "16 words with input and output vectors; 2 words are new" in run.data_set.about
    assert set(words_of(run)) - set(words) == {"x", "xx"}
    assert words_of(run) != (*words, "x", "xx")
    start = jax.tree.map(np.asarray, run.training.init(jax.random.key(0)))
    where = rows(words, words_of(run))
    for name in ("input", "output"):
        assert np.any(start[name])
        equal(start[name][where], np.asarray(old.params[name]))
    train(tmp_path / "frozen", [*flags, "--freeze"])
    frozen = seqjax.load(tmp_path / "frozen")
    after = np.asarray(frozen.params["input"])
    equal(after[where], start["input"][where])
    assert frozen.vocabularies["frozen"].tokens == words
    new = rows(("x", "xx"), words_of(run))
    assert np.all(np.any(after[new] != start["input"][new], axis=1))
    assert np.any(np.asarray(frozen.params["output"])[where] != start["output"][where])
    train(tmp_path / "free", flags)
    free = np.asarray(seqjax.load(tmp_path / "free").params["input"])
    assert np.all(np.any(free[where] != start["input"][where], axis=1))


def test_vectors_of_a_file_are_input_only(known_run, tmp_path):
    """Words that the text does not have keep their vectors; the output table begins at 0."""
    draw = np.random.default_rng(0)
    known = KeyedVectors(("aa", "never", "b"), draw.normal(size=(3, 6)).astype(np.float32))
    save(tmp_path / "known.npz", known)
    run = prepared(known_run[1], f"--vectors={tmp_path}/known.npz")
    about = run.data_set.about
    assert "3 vectors, input-only: output vectors begin at 0; 14 words are new" in about
    start = run.training.init(jax.random.key(0))
    equal(np.asarray(start["input"])[rows(known.words, words_of(run))], known.matrix)
    assert not np.any(start["output"]) and words_of(run)[-1] == "never"
    known = KeyedVectors(known.words, 2 * known.matrix)
    save(tmp_path / "known.npz", known)
    other = prepared(known_run[1], f"--vectors={tmp_path}/known.npz")
    assert other.record["data"] != run.record["data"]


def test_a_tree_has_other_nodes(known_run, tmp_path):
    """With hierarchical softmax the words keep their vectors, and nodes begin at 0."""
    flags = ("--output=hierarchical", "--rate=0.01")
    train(tmp_path / "tree", flags_of(known_run[1], *flags, "--epochs=1"))
    run = prepared(known_run[1], *flags, f"--continue_from={tmp_path}/tree")
    assert "input vectors; nodes of the tree begin at 0; 0 words are new" in run.data_set.about
    start, old = run.training.init(jax.random.key(0)), seqjax.load(tmp_path / "tree").params
    equal(start["input"], old["input"])
    assert not np.any(start["output"]) and np.any(old["output"])


def test_refuses_vectors_that_do_not_fit(known_run, tmp_path):
    folder, path = known_run
    with pytest.raises(ValueError, match=r"size: got 5, but the vectors of .* have 6"):
        prepared(path, f"--continue_from={folder}", "--size=5")
    with pytest.raises(ValueError, match="has objective skip_gram, want cbow"):
        prepared(path, f"--continue_from={folder}", "--objective=cbow")
    with pytest.raises(ValueError, match="vocabulary: got 3, want 16 or more"):
        prepared(path, f"--continue_from={folder}", "--vocabulary=3")
    (tmp_path / "bad.txt").write_text("2 6\na 1 2 3 4 5 6\nb 1 2 nan 4 5 6\n")
    with pytest.raises(ValueError, match="row 2: got nan"):
        prepared(path, f"--vectors={tmp_path}/bad.txt")


def test_refuses_other_runs(known_run, tmp_path):
    folder, path = known_run
    other = tmp_path / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("checkpoints"))
    flag = f"--continue_from={other}"
    with pytest.raises(ValueError, match=r"continue_from: .* has no checkpoint yet"):
        prepared(path, flag)
    record = json.loads((other / "run.json").read_text(encoding="utf-8"))
    (other / "run.json").write_text(json.dumps({**record, "task": "tagging"}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"is a run of tagging, want one of word vectors"):
        prepared(path, flag)
    (other / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"continue_from: .*run\.json: describes no run"):
        prepared(path, flag)
