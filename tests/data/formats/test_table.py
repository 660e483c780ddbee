"""Tables and labelled passages: layouts, mistakes by file and line, cuts into parts."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SHARED

from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.builtin.motifs import MOTIFS, motif_parts, motif_tags, motifs
from seqjax.data.builtin.topics import SUBJECTS, topics
from seqjax.data.formats.passages import Columns, Passage, layout_of, passages
from seqjax.data.formats.table import table
from seqjax.data.partition import partition

DATA = SHARED
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")


def write(folder: Path, text: str, name: str = "file.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def cells(path: Path, *columns: str, **options: Any) -> list:
    return [row.cells for row in table(path, columns, **options)]


def test_tsv_has_no_quoting(tmp_path: Path) -> None:
    path = write(tmp_path, 'id\tdocument\tlabel\r\n1\t"so" \u2028 good\t1\r\n\r\n2\t"\t0\r\n')
    assert cells(path, "document", "label", layout="tsv") == [
        ('"so" \u2028 good', "1"),
        ('"', "0"),
    ]
    assert [row.line for row in table(path, ["id"], layout="tsv")] == [2, 4]


def test_csv_quotes_and_numbers_columns(tmp_path: Path) -> None:
    path = write(tmp_path, 'N,   name,  ACGT\nEI, "a ""b"",\nc",   CCC \nx,y,z\n')
    rows = table(path, ["3", "2"], layout="csv", header=False)
    assert rows == [(1, ("ACGT", "name")), (2, ("CCC", 'a "b",\nc')), (4, ("z", "y"))]


def test_csv_by_another_delimiter(tmp_path: Path) -> None:
    path = write(tmp_path, 'a;b\n1,5; "x;y"\n')
    assert cells(path, "b", "a", layout="csv", delimiter=";") == [("x;y", "1,5")]


def test_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress('{"t": " é ", "l": ["a", 2]}\n\n{"l": 1, "t": "b"}'.encode()))
    assert cells(path, "t", "l", layout="jsonl") == [("é", ["a", "2"]), ("b", "1")]
    assert layout_of(path) == "jsonl"


def test_keys_with_dots_reach_into_objects_and_lists(tmp_path: Path) -> None:
    path = write(tmp_path, '{"a": {"text": "x", "of": [{"n": 1}]}, "a.b": 2}\n', "a.jsonl")
    assert cells(path, "a.text", "a.of.0.n", "a.b", layout="jsonl") == [("x", "1", "2")]
    for missing in ("a.lost", "a.of.1", "a.of.-1", "a.text.x", "b.a", "."):
        with pytest.raises(ValueError, match=rf"line 1: has no '{missing}', want one of a, a.b"):
            table(path, [missing], layout="jsonl")
    with pytest.raises(ValueError, match=r"line 1: a is \{'text'"):
        table(path, ["a"], layout="jsonl")


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a,b\n1,2\n"), ("a.jsonl", '{"a": 1}\n')])
def test_an_unknown_column_names_the_setting(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(ValueError, match=f"^text_column: {re.escape(str(path))}.*'lost'"):
        passages(path, Columns("lost", "a"))
    with pytest.raises(ValueError, match=f"^label_column: {re.escape(str(path))}.*'lost'"):
        passages(path, Columns("a", "lost"))


@pytest.mark.parametrize(
    ("layout", "text", "named"),
    [
        ("tsv", "text\tlabel\na\t1\nb\n", r"line 3: got 1 columns, want 2 of tsv"),
        ("tsv", "text\tlable\na\t1\n", r"column 'label' is there nowhere, want one of text, lable"),
        ("tsv", "text\tlabel\tlabel\n", r"column 'label' is there twice"),
        ("tsv", "text\tlabel\n", "got no rows"),
        ("csv", 'text,label\n"a"b,1\n', r"line 2: got no csv"),
        ("csv", 'text,label\na,1\n\n"b,1\nc,2\n', r"line 4: got no csv"),
        ("csv", "text,label\na,\n", r"line 2: got no label"),
        ("jsonl", '{"text": "a"}\n', r"line 1: has no 'label', want one of text"),
        ("jsonl", '{"text": "a", "label": 1}\n{"text"\n', r"line 2: got no JSON"),
        ("jsonl", "[1]\n", r"line 1: got list, want one JSON object"),
        ("jsonl", '{"text": "a", "label": null}', r"line 1: label is None"),
        ("jsonl", '{"text": "a", "label": ["b"]}', r"line 1: got the labels \['b'\], want one"),
        ("label_first", "1 a b\n\n0\n", r"line 3: got 'no text', want a text"),
        ("classes", "", "got no folder"),
        ("", "a", "layout: .*file.txt does not tell it"),
        ("xml", "a", "layout: got 'xml', want one of tsv, csv, jsonl"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, layout: str, text: str, named: str) -> None:
    path = write(tmp_path, text or " ")
    with pytest.raises(ValueError, match=named) as caught:
        passages(path, layout=layout)
    assert layout == "xml" or path.name in str(caught.value)


def test_label_first(tmp_path: Path) -> None:
    path = write(tmp_path, "DESC:manner How  did\tit ?\n\nNUM:date When ?\n")
    found = passages(path, Columns(upto=":"), layout="label_first")
    assert [(p.text, p.labels) for p in found] == [
        ("How  did\tit ?", ("DESC",)),
        ("When ?", ("NUM",)),
    ]
    assert found[1].where == f"{path}, line 3"
    assert passages(path, layout="label_first")[0].labels == ("DESC:manner",)


def test_several_labels(tmp_path: Path) -> None:
    columns = Columns(several="|")
    path = write(tmp_path, "text\tlabel\na\tx|y | x\nb\t\n", "a.tsv")
    assert [p.labels for p in passages(path, columns)] == [("x", "y"), ()]
    path = write(tmp_path, '{"text": "a", "label": ["x", "y"]}', "a.jsonl")
    assert passages(path, columns)[0].labels == ("x", "y")


def test_one_file_a_class(tmp_path: Path) -> None:
    """Only line feeds end lines: text from the web has other marks that Python takes for them."""
    for name, text in [("rt.pos", "a\x85b\r\nc\n"), ("rt.neg", "d\n"), ("README.txt", "no")]:
        write(tmp_path, text, name)
    found = passages(tmp_path, layout="classes")
    assert [(p.text, p.labels) for p in found] == [
        ("d", ("neg",)),
        ("a\x85b", ("pos",)),
        ("c", ("pos",)),
    ]
    other = tmp_path / "other"
    other.mkdir()
    for name in ("good.txt", "bad.txt.gz"):
        write(other, "a", name)
    assert {p.labels for p in passages(other, layout="classes")} == {("good",), ("bad",)}
    (other / "bad.txt.gz").unlink()
    with pytest.raises(ValueError, match="got 1 files, want two or more"):
        passages(other, layout="classes")


@given(st.lists(st.integers(0, 9), min_size=12, max_size=60), st.integers(0, 3))
def test_partition_keeps_keys_together(keys: list[int], seed: int) -> None:
    if len(set(keys)) < 7:
        return
    shares = {"test": 0.2, "valid": 0.1}
    parts = partition(keys, shares, rest="train", seed=seed)
    assert sorted(place for places in parts.values() for place in places) == list(range(len(keys)))
    sets = [{keys[place] for place in places} for places in parts.values()]
    assert sum(map(len, sets)) == len(set(keys))
    most = max(Counter(keys).values())
    for part, share in shares.items():
        assert 0 <= len(parts[part]) - round(share * len(keys)) < most
    assert parts == partition(keys, shares, rest="train", seed=seed)
    assert parts != partition(keys, shares, rest="train", seed=seed + 4)


def test_partition_without_keys_has_exact_shares() -> None:
    parts = partition(range(1000), {"test": 0.2, "valid": 0}, rest="train", seed=0)
    assert {part: len(places) for part, places in parts.items()} == {"test": 200, "train": 800}
    with pytest.raises(ValueError, match=r"shares: got valid 1\.0"):
        partition(range(9), {"valid": 1.0}, rest="train", seed=0)
    with pytest.raises(ValueError, match="train: got no example of 9"):
        partition([0] * 9, {"valid": 0.1}, rest="train", seed=0)


def test_topics_are_distinct_passages_of_all_subjects() -> None:
    found = topics()
    assert len({p.text for p in found}) == len(found) > 900
    counts = Counter(p.labels[0] for p in found)
    assert set(counts) == set(SUBJECTS)
    assert min(counts.values()) > 50


def test_motifs_are_where_their_class_says() -> None:
    found = motifs(90, seed=3)
    for passage in found:
        inside = {name for name, motif in MOTIFS.items() if motif in passage.text}
        assert inside == {passage.labels[0]} - {"none"}
        assert 40 <= len(passage.text) <= 80
        assert set(passage.text) <= set("ACGT")
    assert Counter(p.labels[0] for p in found) == {"box": 30, "site": 30, "none": 30}
    assert found == motifs(90, seed=3) != motifs(90, seed=4)


def test_motif_tags_spell_the_motifs() -> None:
    for part, found in motif_tags().items():
        for tagged, passage in zip(found, motif_parts()[part], strict=True):
            assert "".join(tagged.words) == passage.text
            inside = [
                (w, t[2:]) for w, t in zip(tagged.words, tagged.tags, strict=True) if t != "O"
            ]
            spelled = "".join(word for word, _ in inside)
            label = passage.labels[0]
            assert {name for _, name in inside} == {label} - {"none"}
            assert spelled == MOTIFS.get(label, "") * tagged.tags.count(f"B-{label}")


@pytest.mark.parametrize(
    "name", [name for name, one in DATASETS.items() if one.task == "classification"]
)
def test_data_sets_have_three_parts(name: str) -> None:
    parts = dataset("classification", name).load()
    assert list(parts) == ["train", "valid", "test"]
    texts = [passage.text for part in parts.values() for passage in part]
    assert all(isinstance(p, Passage) for p in parts["test"])
    assert len(set(texts)) == len(texts)


@real
def test_real_files_are_read_whole() -> None:
    """Sizes as the description of the data has them."""
    sizes = [
        ("sst/stsa.fine.test", Columns(), "label_first", 2210),
        ("trec/train.txt", Columns(), "label_first", 5452),
        ("sentence_polarity", Columns(), "classes", 10662),
        ("nsmc_resplit/ratings_test.txt.gz", Columns("document"), "tsv", 20000),
        ("splice_junction/splice.data", Columns("3", "1", header=False), "csv", 3190),
    ]
    for name, columns, layout, size in sizes:
        found = passages(DATA / name, columns, layout=layout)
        assert len(found) == size
    assert Counter(p.labels[0] for p in found) == {"EI": 767, "IE": 768, "N": 1655}
    assert {len(p.text) for p in found} == {60}
    assert len({p.text for p in found}) == 3005


@pytest.mark.parametrize("layout", ["tsv", "csv", "jsonl"])
def test_a_cell_of_any_length(layout, tmp_path):
    cell = "ab " * 50_000 + "c"
    rows = {
        "tsv": f"text\tlabel\n{cell}\tx\n",
        "csv": f'text,label\n"{cell}",x\n',
        "jsonl": f'{{"text": "{cell}", "label": "x"}}\n',
    }
    (tmp_path / "a").write_text(rows[layout])
    (row,) = table(tmp_path / "a", ["text", "label"], layout=layout)
    assert row.cells == (cell, "x")
