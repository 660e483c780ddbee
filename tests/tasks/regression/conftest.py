"""Files of numbers, and a regressor that was trained on one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import launches
import numpy as np
import pytest
from prepared_once import prepared_once

from seqjax.tasks.regression import TASK

TINY = ("--hidden=4", "--shapes=1", "--epochs=2")
N, T = 10, 8


class Run(NamedTuple):
    """A finished run."""

    folder: Path
    flags: list[str]
    out: str
    """what was printed"""
    made: dict[str, Any]
    """what was prepared for it, with its programs"""


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    launches.quick(monkeypatch)


@pytest.fixture(scope="session")
def sums() -> Callable[..., str]:
    """(seed) -> rows of a CSV file with N series: y is the sum of x so far, in large units."""

    def text(seed: int = 0) -> str:
        draw = np.random.default_rng(seed)
        lines = ["who,x,y,kind"]
        for n in range(N):
            x = draw.normal(size=T)
            y = 1000 + 100 * x.cumsum()
            lines += [f"s{n},{a},{b},{n % 3}" for a, b in zip(x, y, strict=True)]
        return "\n".join(lines) + "\n"

    return text


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory, sums: Callable[..., str]) -> Path:
    path = tmp_path_factory.mktemp("numbers") / "sums.csv"
    path.write_text(sums())
    return path


@pytest.fixture(scope="session")
def trained(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Forecasts, two steps ahead, with the target among the inputs."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    flags = [
        *TINY, f"--data={file}", "--id=who", "--inputs=x,y", "--targets=y", "--ahead=2",
        f"--workdir={folder}",
    ]  # fmt: skip
    made: dict[str, Any] = {}
    with prepared_once(made):
        out, _ = launches.captured(TASK, *flags)
    return Run(folder, flags, out, made)
