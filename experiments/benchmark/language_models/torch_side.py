"""The same language model in plain torch, as torch's own examples write it."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from experiments.benchmark.language_models.setup import Setup, Training
from seqjax.basics.types import Params
from seqjax.cells import lstm
from seqjax.interop import torch as weights


def torch_training(
    setup: Setup, ids: np.ndarray, params: Params, threads: int, device: str = "cpu"
) -> Training:
    """torch's side on a text of ``ids`` [N], which begins with seqjax's ``params``.

    nn.Embedding, nn.LSTM with dropout between its layers, nn.Linear, cross entropy summed over the
    steps of a window, clip_grad_norm_, SGD; with that many threads on CPU, or on "cuda".
    """
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    if device == "cuda":  # TF32, which JAX takes by default
        tf32 = jax.config.values["jax_default_matmul_precision"] is None
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
    embed, body, head = modules = _modules(nn, setup)
    drop = nn.Dropout(setup.dropout)
    with torch.no_grad():
        _set_weights(torch, modules, params)
    modules.to(device)
    optimizer = torch.optim.SGD(modules.parameters(), setup.rate)
    rows = (len(ids) - 1) // setup.batch
    columns = ids[: rows * setup.batch].astype(np.int64).reshape(setup.batch, rows).T
    text = torch.tensor(columns).contiguous().to(device)

    def loss(start: int, carry: Any) -> tuple[Any, Any]:
        end = start + setup.window
        hs, carry = body(drop(embed(text[start:end])), carry)
        logits = head(drop(hs)).flatten(0, 1)
        targets = text[start + 1 : end + 1].reshape(-1)
        return nn.functional.cross_entropy(logits, targets), carry

    modules.eval(), drop.eval()
    with torch.no_grad():
        first_loss = float(loss(0, None)[0])
    modules.train(), drop.train()
    position, carry = 0, None

    def turn(steps: int) -> float:
        nonlocal position, carry
        for _ in range(steps):
            if carry is not None:
                carry = tuple(each.detach() for each in carry)
            optimizer.zero_grad(set_to_none=True)
            value, carry = loss(position, carry)
            (value * setup.window).backward()
            nn.utils.clip_grad_norm_(modules.parameters(), setup.clip)
            optimizer.step()
            position = (position + setup.window) % (rows - setup.window - 1)
        if device == "cuda":
            torch.cuda.synchronize()
        return 0.0

    return Training(turn, first_loss)


def _modules(nn: Any, setup: Setup) -> Any:
    """Embedding, LSTM and output layer."""
    hidden = setup.hidden
    body = nn.LSTM(hidden, hidden, setup.layers, dropout=setup.dropout)
    return nn.ModuleList([nn.Embedding(setup.words, hidden), body, nn.Linear(hidden, setup.words)])


def _set_weights(torch: Any, modules: Any, params: Params) -> None:
    """Makes the weights those of seqjax's language model; its layers alternate with dropout."""
    embed, body, head = modules
    embed.weight.copy_(torch.tensor(params["embed"]["w"]))
    head.weight.copy_(torch.tensor(params["head"]["w"]))
    head.bias.copy_(torch.tensor(params["head"]["b"]))
    for layer in range(body.num_layers):
        cell = lstm(body.hidden_size)
        for name, value in weights.store(params["body"][str(2 * layer + 1)], cell).items():
            getattr(body, name.replace("_l0", f"_l{layer}")).copy_(value)
