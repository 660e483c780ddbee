"""Every recipe is a command that works, as far as this can be known without training."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import jax
import numpy as np
import pytest
from launches import given
from paths import ROOT

from experiments.__main__ import launches
from seqjax.models.body import BodyConfig, body
from seqjax.models.language_model import language_model
from seqjax.training.config import Optimization, validate
from seqjax.training.optimizers import optimizer
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig

RECIPES = sorted((ROOT / "experiments" / "recipes").glob("*.flags"))
LAUNCH = re.compile(r"python -m (experiments\.\w+)")


def comment(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n--")[0]


def configs(path: Path) -> list:
    """What the launch that its comment names is given by a recipe."""
    (launch,) = set(LAUNCH.findall(comment(path).split("--flagfile")[0]))
    return given(importlib.import_module(launch).TASK, f"--flagfile={path}", "--data=folder")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_flags_of_a_recipe_make_sense(path):
    made = configs(path)
    run = made[0]
    trained = [each for each in made if isinstance(each, Optimization | VectorsConfig)]
    assert len(trained) == 1
    for config in made:
        if isinstance(config, Optimization):
            validate(config)
            chain = optimizer(config, 100, 100 * run.epochs)
            jax.eval_shape(chain.init, {"w": jax.ShapeDtypeStruct((2, 3), "float32")})
        if isinstance(config, VectorsConfig):
            build(config, np.arange(200, 0, -1))
        if isinstance(config, BodyConfig):
            layer = body(config)
            assert jax.eval_shape(lambda key, layer=layer: layer.init(key, 5), jax.random.key(0))


@pytest.mark.parametrize(
    "path", [p for p in RECIPES if "experiments.language_model" in comment(p)], ids=lambda p: p.stem
)
def test_a_recipe_makes_a_language_model(path):
    _, text, config, *_ = configs(path)
    shapes = jax.eval_shape(language_model(config, 10_000).init, jax.random.key(0))
    assert shapes["embed"]["w"].shape[0] == 10_000
    assert text.window > 1


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_what_it_is_and_how_to_run_it(path):
    lines = comment(path)
    _, _, flags = path.read_text(encoding="utf-8").partition("\n--")
    assert all(line.startswith("#") for line in lines.splitlines())
    assert "#" not in flags  # all comments are on top
    words = lines.replace("#", " ").replace("\\", " ").split()
    command = words[words.index("python") :]
    assert command[:2] == ["python", "-m"]
    assert command[3] == f"--flagfile={path.relative_to(ROOT)}"
    assert f"--workdir=runs/{path.stem}" in command


def test_there_are_recipes():
    assert len(RECIPES) >= 6


TEXTS = [*RECIPES, *ROOT.glob("*.md"), *ROOT.glob("experiments/**/*.md"), ROOT / "Makefile"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_commands_that_are_named_are_there(path):
    """And the files of flags that they name."""
    text = path.read_text(encoding="utf-8")
    for launch in set(LAUNCH.findall(text)) - {"experiments.NAME"}:
        module = ROOT / launch.replace(".", "/")
        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), launch
    for recipe in re.findall(r"--flagfile=(\S+\.flags)", text):
        assert (ROOT / recipe).exists() or "NAME" in recipe, recipe


def test_the_list_has_every_launch_and_nothing_else():
    """Each starts something, in a file of less than 80 lines."""
    names = dict(launches())
    assert not [name for name in names if name.startswith("_")]
    assert {"tag", "language_model", "predict", "benchmark", "vectors"} <= set(names)
    assert not {"flags", "training", "launch", "help"} & set(names)
    assert all(names.values())
    for name in names:
        path = ROOT / "experiments" / f"{name}.py"
        path = path if path.exists() else ROOT / "experiments" / name / "__main__.py"
        assert len(path.read_text(encoding="utf-8").splitlines()) < 80, path
