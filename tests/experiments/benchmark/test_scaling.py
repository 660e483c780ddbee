"""What devices exchange, counted in programs whose collectives are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.benchmark.scaling import seeds
from experiments.benchmark.scaling.cases import CASES
from experiments.benchmark.scaling.exchange import exchange
from experiments.benchmark.scaling.table import heading, line
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings

PROGRAM = """
HloModule jit_step

%add (a: f32[], b: f32[]) -> f32[] {
  ROOT %sum = f32[] add(%a, %b)
}

%body (p: (s32[], f32[4])) -> (s32[], f32[4]) {
  %gathered = f32[2,4]{1,0} all-gather(%x), channel_id=3, dimensions={0}
  ROOT %t = (s32[], f32[4]) tuple(%i, %x)
}

%outer (p: (s32[], f32[4])) -> (s32[], f32[4]) {
  %w = (s32[], f32[4]) while(%p), condition=%c, body=%body, backend_config={LOOP}
  ROOT %t = (s32[], f32[4]) tuple(%i, %x)
}

%branch (p: f32[4]) -> f32[] {
  ROOT %r = f32[] all-reduce(%p), channel_id=9, to_apply=%add
}

ENTRY %main (p: f32[4]) -> f32[4] {
  %both = (f32[3,5]{1,0}, bf16[7]{0}, /*index=2*/pred[]) all-reduce(%a, %b, %c), to_apply=%add
  %loop = (s32[], f32[4]) while(%t), body=%outer, backend_config={"known_trip_count":{"n":"5"}}
  %chosen = f32[] conditional(%p), branch_computations={%branch, %add}
  %fused = f32[4]{0} fusion(%p), kind=kLoop, calls=%add
  ROOT %done = f32[4]{0} copy(%p), metadata={op_name="all-reduce(not one)"}
}
"""


@pytest.mark.parametrize(("loop", "times"), [('{"known_trip_count":{"n":"3"}}', 15), ("{}", 35)])
def test_collectives_count_as_often_as_their_loops_go_round(loop: str, times: int) -> None:
    found = exchange(PROGRAM.replace("{LOOP}", loop), trips=7)
    assert found.calls == {"all-reduce": 2, "all-gather": times}
    assert found.bytes == {"all-reduce": 4 * 15 + 2 * 7 + 1 + 4, "all-gather": times * 32}


def test_a_program_of_one_device_exchanges_nothing() -> None:
    assert exchange("ENTRY %main (p: f32[4]) -> f32[4] {\n  ROOT %r = f32[4]{0} copy(%p)\n}") == (
        {},
        {},
    )


def test_a_line_of_the_table() -> None:
    alone = {"compile": 1.0, "step": 0.1, "amount": 800.0, "bytes": {}, "calls": {}}
    two = {**alone, "step": 0.125, "bytes": {"all-reduce": 2_500_000}, "calls": {"all-reduce": 2}}
    cells = [cell.strip() for cell in line("tagger", "mesh of 2", two, alone).split("|")[1:-1]]
    assert cells == ["tagger", "mesh of 2", "1.0", "125.0", "6,400", "0.80", "2.50", "2 all-reduce"]
    assert heading().splitlines()[0].count("|") == len(cells) + 1


@pytest.mark.parametrize("name", CASES)
def test_settings_of_a_case_are_those_of_its_task(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    task = TASKS[case.task]
    (tmp_path / "file").write_text("some words\n")
    data = str(tmp_path / "file")
    task.check(*from_settings(task.configs, {**case.settings, "data": data, "mesh": "data:8"}))


def test_a_row_of_seeds_is_measured_in_four_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them in one process, a half in each of two, whose slower one counts."""
    jobs: list[dict[str, Any]] = []

    def started(job: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
        jobs.append({**job, "threads": environment})
        return jobs[-1]

    def gathered(job: dict[str, Any]) -> dict[str, float]:
        return {"compile": 2.0, "step": 0.001 * len(jobs) * (1 if job["together"] else 3)}

    monkeypatch.setattr(seeds, "started", started)
    monkeypatch.setattr(seeds, "gathered", gathered)
    row = seeds.line("H 8, B 16", 6, "text", 5)
    assert row == "| H 8, B 16 | 2.0 | 1.0 | 6.0 | 12.0 | 6.0 | 6.00 |"
    assert row.count("|") == seeds.heading(6).splitlines()[0].count("|")
    assert [(job["seeds"], job["together"], bool(job["threads"])) for job in jobs] == [
        (6, True, False), (6, False, False), (3, False, True), (3, False, True),
        (3, True, True), (3, True, True),
    ]  # fmt: skip


def test_seeds_are_measured_as_they_are_trained(tmp_path: Path) -> None:
    """The same step, of the smallest of the sizes: what compiles it takes longest."""
    seeds.write(tmp_path / "text")
    found = seeds.measure("H 8, B 16", str(tmp_path / "text"), 2, True, steps=1)
    assert found["compile"] > found["step"] > 0
