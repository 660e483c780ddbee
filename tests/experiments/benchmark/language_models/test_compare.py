"""Language models in seqjax and torch, trained by turns: one function, and figures of both."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import numpy as np
import pytest
from launches import call, quick

from experiments import language_model_speed
from experiments.benchmark.language_models import compare as comparison
from experiments.benchmark.language_models import seqjax_side
from experiments.benchmark.language_models.compare import Speed, compare, speed_lines, torch_device
from experiments.benchmark.language_models.seqjax_side import seqjax_training
from experiments.benchmark.language_models.setup import SETUPS, Setup
from experiments.benchmark.language_models.torch_side import torch_training

pytestmark = pytest.mark.usefixtures("frozen")

TINY = Setup(hidden=4, window=3, dropout=0.0, scale=0.1, words=11, text=501, batch=2)


@pytest.mark.parametrize("torch", [True, False])
def test_a_comparison(torch, monkeypatch):
    """A small model and a short text, both libraries: the first loss is the same."""
    quick(monkeypatch)
    torch and pytest.importorskip("torch")
    if not torch:
        monkeypatch.setattr(comparison.importlib.util, "find_spec", lambda name: None)
    speeds = compare(TINY, seconds=0.0, threads=1, steps=1)
    assert list(speeds) == (["seqjax", "torch"] if torch else ["seqjax"])
    assert {round(side.loss, 5) for side in speeds.values()} == {round(speeds["seqjax"].loss, 5)}
    ours = speeds["seqjax"]
    assert ours.ratio == 1.0 and 0 <= ours.waiting < 1
    assert ours.tokens_per_second_p10 <= ours.tokens_per_second <= ours.tokens_per_second_p90


def test_the_first_loss_by_numpy(monkeypatch):
    """Mean cross entropy of the first window, from the LSTM's equations in float64."""
    quick(monkeypatch)
    ids = TINY.ids()
    training, params = seqjax_training(TINY, ids)
    rows = ids[: (len(ids) - 1) // 2 * 2].reshape(2, -1)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    xs = params["embed"]["w"].astype(np.float64)[rows[:, : TINY.window].T]
    for layer in range(TINY.layers):
        p = {n: a.astype(np.float64) for n, a in params["body"][str(2 * layer + 1)].items()}
        h, c, hs = np.zeros((2, 4)), np.zeros((2, 4)), []
        for x in xs:
            i, f, g, o = np.split(x @ p["w_x"] + h @ p["w_h"] + p["b"], 4, axis=-1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            hs.append(h)
        xs = np.stack(hs)
    logits = xs @ params["head"]["w"].T + params["head"]["b"]
    targets = rows[:, 1 : TINY.window + 1].T
    picked = np.take_along_axis(logits, targets[..., None], -1)[..., 0]
    assert training.loss == pytest.approx(
        (np.log(np.exp(logits).sum(-1)) - picked).mean(), rel=1e-6
    )


def test_both_sides_train_alike(monkeypatch):
    """The losses of the first windows, each after one more update of the weights."""
    quick(monkeypatch)
    torch = pytest.importorskip("torch")
    losses = {"seqjax": [], "torch": []}
    real_step, real_loss = seqjax_side.train_step, torch.nn.functional.cross_entropy

    def train_step(*args):
        def step(*args):
            state, metrics = compiled(*args)
            total, count = metrics["loss"]
            losses["seqjax"].append(float(total) / float(count))
            return state, metrics

        compiled = real_step(*args)
        return step

    def cross_entropy(*args):
        value = real_loss(*args)
        losses["torch"].append(value.item())
        return value

    monkeypatch.setattr(seqjax_side, "train_step", train_step)
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", cross_entropy)
    ids = TINY.ids()
    ours, params = seqjax_training(TINY, ids)
    theirs = torch_training(TINY, ids, params, threads=1)
    assert theirs.loss == losses["torch"].pop(0)
    assert theirs.turn(6) == 0.0 and ours.turn(6) > 0.0
    assert losses["torch"][0] == pytest.approx(losses["seqjax"][0], rel=1e-6)
    # torch's LSTM has two biases in the place of one, and both of them learn.
    assert losses["torch"] == pytest.approx(losses["seqjax"], rel=2e-3)
    assert losses["torch"][0] - losses["torch"][-1] > 1e-2, "it learns"


@pytest.mark.parametrize(
    ("backend", "available", "wanted"),
    [("cpu", True, "cpu"), ("gpu", True, "cuda"), ("gpu", False, "cpu")],
)
def test_torch_is_where_jax_is(backend, available, wanted, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert torch_device() == wanted


def test_the_device_is_handed_on(monkeypatch):
    """Weights and text of torch's side go where ``torch_device`` says."""
    quick(monkeypatch)
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(comparison, "torch_device", lambda: "cuda")
    seen = []

    def to(self, device):
        if device == "cuda":  # torch's own code moves tensors too
            seen.append(type(self).__name__)
        return self

    monkeypatch.setattr(torch.nn.Module, "to", to)
    monkeypatch.setattr(torch.Tensor, "to", to)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: seen.append("waited"))
    cudnn, matmul = SimpleNamespace(), SimpleNamespace()
    monkeypatch.setattr(torch.backends, "cudnn", cudnn)
    monkeypatch.setattr(torch.backends.cuda, "matmul", matmul)
    compare(TINY, seconds=0.0, threads=1, steps=1)
    assert cudnn.allow_tf32 and matmul.allow_tf32
    assert seen[:2] == ["ModuleList", "Tensor"]
    assert seen[2:] == ["waited"] * (1 + comparison.TURNS), "at the end of every turn"


def test_the_printed_lines():
    speeds = {
        "seqjax": Speed(1234.0, 1000.0, 1500.0, 1.0, 9.21, 0.0123),
        "torch": Speed(617.0, 600.0, 620.0, 2.0, 9.21, 0.0),
    }
    assert speed_lines("small", speeds).splitlines() == [
        "small   seqjax      1,234 tokens/s (1,000 to 1,500)   1.00x seqjax's time"
        "  first loss 9.21000",
        "small   torch         617 tokens/s (600 to 620)   2.00x seqjax's time  first loss 9.21000",
        "small   seqjax waited for batches during 1.23% of its time",
    ]


def test_the_launch_says_what_torch_computes_on(monkeypatch, capsys):
    monkeypatch.setenv("NPROC", "2")
    asked = []

    def compare(setup, seconds, threads, steps):
        asked.append((setup, seconds, threads, steps))
        return {"seqjax": Speed(1e3, 9e2, 1.1e3, 1.0, 9.21, 0.01)}

    monkeypatch.setattr(language_model_speed, "compare", compare)
    configs = [language_model_speed.SpeedConfig]
    for device, said in (("cuda", "cuda"), (None, "nothing, it is not installed")):
        monkeypatch.setattr(language_model_speed, "torch_device", lambda device=device: device)
        call(monkeypatch, language_model_speed.main, "--seconds=2", "--steps=3", configs=configs)
        assert f"torch computes on: {said}\nsmall   seqjax" in capsys.readouterr().out
    assert asked[:2] == [(SETUPS["small"], 2.0, 2, 3), (SETUPS["medium"], 2.0, 2, 3)]
    with pytest.raises(SystemExit):
        call(monkeypatch, language_model_speed.main, "--models=large", configs=configs)
    assert capsys.readouterr().err.startswith(
        "error: models: got 'large', want one of medium, small"
    )
