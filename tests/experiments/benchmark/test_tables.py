"""Tables of the benchmark, and numbers as they are shown."""

from __future__ import annotations

import csv

from experiments.benchmark.lines import to_csv
from experiments.benchmark.tables import markdown_table, number, share, text_table


def test_columns_of_all_lines_are_in_the_csv():
    (head, *rows) = csv.reader(to_csv([{"a": 1, "kind": "row"}, {"b": "x,y"}]).splitlines())
    assert (head, rows) == (["a", "b"], [["1", ""], ["", "x,y"]])


def test_tables():
    assert text_table(["", "ms"], [["a", "1"], ["bcd", "10"]]).splitlines() == [
        "     ms", "a     1", "bcd  10"
    ]  # fmt: skip
    assert markdown_table(["a", "b"], [["x", "1"]]).splitlines() == [
        "| a | b |",
        "| --- | --: |",
        "| x | 1 |",
    ]
    shown = [number(x) for x in (None, 0, 0.001234, 0.5, 1.234, 12.34, 123.4, 12345.6)]
    assert shown == ["-", "0", "0.00123", "0.500", "1.23", "12.3", "123", "12,346"]


def test_a_share_of_more_than_the_whole_is_marked():
    assert [share(x) for x in (None, 0.704, 1.0, 1.004, 1.006, 3.26)] == [
        "-", "70%", "100%", "100%", "101%?", "326%?"
    ]  # fmt: skip
