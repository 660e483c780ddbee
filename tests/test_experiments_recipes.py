"""Every recipe is a command that works, as far as this can be known without training."""

from __future__ import annotations

from pathlib import Path

import jax
import pytest
from launches import given

from seqjax.models.language_model import language_model
from seqjax.training.config import validate
from seqjax.training.optimizers import optimizer

ROOT = Path(__file__).resolve().parents[1]
RECIPES = sorted((ROOT / "experiments" / "recipes").glob("*.flags"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_makes_a_model(path):
    run, text, config, optimization = given(f"--flagfile={path}", "--data=folder")
    validate(optimization)
    model = language_model(config, 10_000)
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    assert shapes["embed"]["w"].shape[0] == 10_000
    chain = optimizer(optimization, 100, 100 * run.epochs)
    jax.eval_shape(chain.init, shapes)
    assert text.window > 1


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_what_it_is_and_how_to_run_it(path):
    comment, _, flags = path.read_text().partition("\n--")
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "#" not in flags  # all comments are on top
    words = comment.replace("#", " ").replace("\\", " ").split()
    begin = words.index("python")
    command = words[begin : begin + 6]
    assert command[:3] == ["python", "-m", "experiments.language_model"]
    assert command[3] == f"--flagfile={path.relative_to(ROOT)}"
    rest = command[4:]
    if rest[0].startswith("--data="):  # without one, the text is what Python carries
        del rest[0]
    assert rest[0] == f"--workdir=runs/{path.stem}"


def test_there_are_recipes():
    assert len(RECIPES) >= 6
