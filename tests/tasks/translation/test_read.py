"""From flags and files to the batches of an encoder-decoder, and what is refused on the way."""

from __future__ import annotations

import re

import launches
import numpy as np
import pytest
from number_pairs import TINY, WORDS

from seqjax.tasks import Loaded
from seqjax.tasks.settings import as_json
from seqjax.tasks.translation import TASK


def test_figures_do_not_depend_on_batches(flags):
    figures, params = [], None
    for sizes in (("--batch=4", "--shapes=2"), ("--batch=7", "--shapes=1")):
        made = launches.prepared(TASK, *flags, *sizes)
        params = params or launches.grown(made, 3)
        loaded = Loaded(TASK, made.model, params, made.data_set.vocabularies, made.record, 1)
        figures.append(TASK.evaluate(loaded, made.data_set.parts["train"])["loss"])
    assert figures[0] == pytest.approx(figures[1], rel=1e-6)


REFUSED = {
    "--source=": "source, target: got '' and 'en'",
    "--valid=0.2": "valid: got 0.2 for a folder",
    "--longest=-1": "longest: got -1",
    "--batch=0": "batch: got 0",
    "--tokenizer=word": "tokenizer: got 'word'",
    "--data=date": "data: got 'date'",
    "--attend=befor": "attend: got 'befor'",
    "--minimum=0": "minimum: got 0",
    "--vocabulary=-1": "vocabulary: got -1",
    "--data=dates": "source: got 'de' for a data set: nothing would use it",
    "--layers=0": "layers: got 0",
    "--rate=-1": "rate: got -1",
    "--vectors_limit=3": "vectors_limit: got 3 without --vectors",
}


@pytest.mark.parametrize("flag", REFUSED)
def test_what_is_refused_before_anything_is_read(flag, flags):
    with pytest.raises(ValueError, match=re.escape(REFUSED[flag])):
        launches.checked(TASK, *flags, flag)


def test_files_that_are_refused(flags):
    with pytest.raises(ValueError, match="got no file for test called 'other'"):
        launches.prepared(TASK, *flags, "--test_name=other")


def test_one_file_is_cut_by_its_sources(tmp_path):
    lines = [f"{a} {b}\t{WORDS[a]}" for a in WORDS for b in WORDS for _ in range(3)]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n")
    flags = (f"--data={path}", "--valid=0.2", "--test=0.2", *TINY)
    data_set, config = launches.data_set(TASK, *flags), as_json(*launches.given(TASK, *flags))
    parts = data_set.parts
    examples = {part: parts[part].source.examples for part in ("train", "valid", "test")}
    sides = [{e["source"].tobytes() for e in examples[part]} for part in examples]
    assert [len(examples[part]) for part in examples] == [45, 15, 15]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    # The test part in a file of its own, as it is evaluated.
    other = tmp_path / "test.tsv"
    other.write_text("".join(f"{pair.source}\t{pair.target}\n" for pair in parts["test"].records))
    record = {"config": config, "data": data_set.data}
    loaded = Loaded(TASK, None, None, data_set.vocabularies, record, 1)
    opened = TASK.open(loaded, [str(other)])
    for found, want in zip(opened.source.examples, examples["test"], strict=True):
        assert found.keys() == want.keys()
        for name in want:
            np.testing.assert_array_equal(found[name], want[name])
    with pytest.raises(ValueError, match="source: got 'de' for a single file, want the number"):
        launches.checked(TASK, *flags, "--source=de")
    with pytest.raises(ValueError, match="test_name: got 'x' for a single file"):
        launches.checked(TASK, *flags, "--test_name=x")
    with pytest.raises(ValueError, match="valid: got no pairs for it"):
        launches.data_set(TASK, f"--data={path}", "--valid=0", *TINY)


def test_long_pairs_are_left_out_of_training_alone(flags):
    parts = launches.data_set(TASK, *flags, "--longest=2").parts
    longest = {part: max(len(e["source"]) for e in parts[part].source.examples) for part in parts}
    assert longest["train"] == 3  # and its end
    assert longest["test"] == 4
    assert max(len(pair.source_tokens) for pair in parts["train"].records) == 2
    with pytest.raises(ValueError, match="longest: got 1, but all training pairs"):
        launches.data_set(TASK, "--longest=1")
