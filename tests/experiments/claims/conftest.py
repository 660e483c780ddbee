"""A made-up claim, which the launch of claims takes for one of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from experiments.claims import catalogue
from experiments.claims.claim import HOLDS, Claim, Table, Text, Verdict
from seqjax.diagnostics.plots import style

MACHINE = {
    "processor": "A <fast> one", "cores": 2, "devices": ["1 x cpu"], "platform": "cpu",
    "system": "Linux", "python": "3.11", "versions": {"jax": "0.10"},
}  # fmt: skip


def draw(results: Any, language: str) -> Any:
    figure, axes = style.figure(width=3, height=2)
    axes.plot(results["scores"])
    axes.set_title("점수" if language == "ko" else "Scores")
    return figure


def made_up(name: str, measure: Callable[..., Any], **changed: Any) -> Claim:
    claim = Claim(
        name=name,
        number=catalogue.NAMES.index(name) + 1 if name in catalogue.NAMES else 1,
        statement=Text(f"Networks of {name} | are <b>good</b> & *fast*", f"{name}의 망은 <빠르다>"),
        experiment=Text("Nothing is trained. Seeds are compared.", "학습하지 않는다."),
        rule=Text("holds: the mean is > 0.5", "성립: 평균 > 0.5"),
        measure=measure,
        verdict=lambda results: Verdict(HOLDS, Text(f"it is {results['scores']}", "그렇다")),
        tables=lambda results: [
            Table(
                [Text("cell", "셀"), Text("score", "점수")],
                [["lstm | <x>", "0.91 ± 0.02"], ["gru", "<i>0.5 & x"]],
                Text("Scores & seeds", "점수"),
            )
        ],
        draw=draw,
        alt=Text('A "line" <falls>', "선이 <내려간다>"),
    )
    return claim._replace(**changed)


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """``add(name, measure)`` makes a claim, the last of the catalogue; ``calls`` are measures."""
    monkeypatch.setattr(catalogue, "NAMES", ())
    monkeypatch.setattr(catalogue, "MODULES", ())
    calls: list[tuple[str, list[int]]] = []

    def add(name: str, error: BaseException | None = None, **changed: Any) -> Claim:
        def measure(seeds: Any, say: Callable[[str], None]) -> dict[str, Any]:
            calls.append((name, list(seeds)))
            say(f"{name} is measured")
            if error is not None:
                raise error
            return {"scores": [seed / 10 for seed in seeds]}

        monkeypatch.setattr(catalogue, "NAMES", (*catalogue.NAMES, name))
        monkeypatch.setattr(catalogue, "MODULES", (*catalogue.MODULES, name))
        module: Any = ModuleType(f"experiments.claims.{name}")
        module.CLAIM = made_up(name, measure, **changed)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return module.CLAIM

    yield SimpleNamespace(add=add, calls=calls, machine=MACHINE)
