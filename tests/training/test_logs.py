"""metrics.jsonl: strict, whole after every line, and rewound as if a run had never been cut."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest

from seqjax.training import logs
from seqjax.training.logs import Logs, read

GOOD = '{"step": 1, "kind": "train", "seconds": 1.5, "loss": 2.0}\n'


def strict(path):
    """The lines as a JSON reader sees them that knows no NaN."""

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def without_times(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_lines_are_there_at_once_and_read_back(tmp_path):
    path = tmp_path / "new" / "metrics.jsonl"
    with Logs(path.parent) as logs:
        logs.write(1, "train", {"loss": np.float32(2.5), "rate": 0.1})
        assert without_times(strict(path)) == [
            {"step": 1, "kind": "train", "loss": 2.5, "rate": 0.1}
        ]
        logs.write(2, "valid", {"loss": math.nan, "up": math.inf, "down": -math.inf})
        assert strict(path)[1]["loss"] == "NaN"
    first, second = read(path)
    assert first["seconds"] <= second["seconds"]
    assert math.isnan(second["loss"])
    assert (second["up"], second["down"]) == (math.inf, -math.inf)


def test_a_resumed_run_reads_as_if_it_had_never_been_cut(tmp_path):
    def run(logs, steps):
        for step in steps:
            logs.write(step, "train", {"loss": 1 / step})
            if step % 3 == 0:
                logs.write(step, "valid", {"loss": 2 / step})

    with Logs(tmp_path / "whole") as logs:
        run(logs, range(1, 10))
    path = tmp_path / "cut" / "metrics.jsonl"
    with Logs(path.parent) as logs:
        run(logs, range(1, 8))
    with path.open("a") as torn:
        torn.write('{"step": 8, "ki')
    assert len(read(path)) == 9
    with Logs(path.parent) as logs:
        logs.rewind(6)
        assert [row["step"] for row in read(path)] == [1, 2, 3, 3, 4, 5, 6, 6]
        run(logs, range(7, 10))
    assert without_times(strict(path)) == without_times(strict(tmp_path / "whole/metrics.jsonl"))
    assert [file.name for file in path.parent.iterdir()] == ["metrics.jsonl"]


def test_a_torn_line_does_not_swallow_the_next(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "kind": "train", "seconds": 0}\n{"step": 2')
    with Logs(tmp_path) as logs:
        logs.write(2, "train", {})
    assert [row["step"] for row in strict(path)] == [1, 2]


def test_a_kill_while_rewinding_loses_nothing(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    with Logs(tmp_path) as logs:
        for step in (1, 2):
            logs.write(step, "train", {})
        before = path.read_bytes()
        monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            logs.rewind(1)
    assert path.read_bytes() == before


def test_refused(tmp_path):
    with Logs(tmp_path) as logs:
        with pytest.raises(ValueError, match="kind: got 'dev', want one of train, valid, test"):
            logs.write(1, "dev", {})
        with pytest.raises(ValueError, match="figures: got one named 'step'"):
            logs.write(1, "train", {"step": 1.0})
    assert read(tmp_path / "metrics.jsonl") == []
    (tmp_path / "metrics.jsonl").write_text(f"{GOOD}nonsense\n{GOOD}")
    with pytest.raises(ValueError, match="line 2: got 'nonsense'"):
        read(tmp_path / "metrics.jsonl")


def test_tensorboard_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r'pip install "seqjax\[tensorboard\]"'):
        Logs(tmp_path, tensorboard=True)


def test_tensorboard(tmp_path):
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    with Logs(tmp_path, tensorboard=True) as logs:
        logs.rewind(4)
        logs.write(5, "train", {"loss": 0.5})
    events = []
    for file in sorted((tmp_path / "tensorboard").iterdir()):
        data = file.read_bytes()
        while data:  # length u64, its checksum u32, the record, its checksum u32
            size = int.from_bytes(data[:8], "little")
            events.append(Event.FromString(data[12 : 12 + size]))
            data = data[16 + size :]
    points = [(e.step, v.tag, v.simple_value) for e in events for v in e.summary.value]
    assert points == [(5, "train/loss", 0.5)]
    assert any(e.HasField("session_log") and e.step == 5 for e in events)  # hides the later points


WRONG = {
    "deep": "[" * 100_000,
    "too large for a float": '{"step": 1, "kind": "train", "loss": 1' + "0" * 400 + "}",
    "too many steps": '{"step": 1' + "0" * 30 + ', "kind": "train"}',
    "a step before the first": '{"step": -1, "kind": "train"}',
    "seconds in words": '{"step": 1, "kind": "train", "seconds": "x"}',
}


@pytest.mark.parametrize("name", WRONG)
def test_a_line_that_is_no_log_is_named(name, tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f"{GOOD}{WRONG[name]}\n{GOOD}")
    with pytest.raises(ValueError, match=rf"{path}, line 2: got .{{1,210}}, want a JSON object"):
        read(path)


def test_arrays_by_kind(tmp_path):
    with Logs(tmp_path) as written:
        written.write(1, "train", {"loss": 3.0})
        written.write(2, "train", {"loss": math.inf, "rate": 0.5})
        written.write(2, "valid", {"loss": 2.5})
    arrays = logs.arrays(tmp_path / logs.NAME)
    assert arrays["train"]["step"].tolist() == [1, 2]
    assert arrays["train"]["step"].dtype == int
    assert arrays["train"]["loss"].tolist() == [3.0, math.inf]
    np.testing.assert_array_equal(arrays["train"]["rate"], [math.nan, 0.5])
    assert arrays["valid"]["loss"].tolist() == [2.5]
    assert arrays["test"] == {}
    with pytest.raises(ValueError, match="got no metrics there"):
        logs.arrays(tmp_path / "no")
