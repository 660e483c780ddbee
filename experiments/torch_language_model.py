"""The language model of ``language_model_speed`` in plain torch, as its own examples write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqjax.cells import lstm
from seqjax.interop import torch as weights


def torch_training(
    params: dict,
    ids: np.ndarray,
    shape: Any,
    batch: int,
    rate: float,
    clip: float,
    threads: int,
) -> tuple[Callable[[int], float], float]:
    """(a function that trains that many steps, the loss of the first window without dropout).

    nn.Embedding, nn.LSTM of two layers with dropout between, nn.Linear, cross entropy summed over
    the steps of a window, clip_grad_norm_, SGD; with that many threads.
    """
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    words, width = params["embed"]["w"].shape
    embed, drop = nn.Embedding(words, width), nn.Dropout(shape.dropout)
    layers = len(params["body"]) // 2
    body = nn.LSTM(width, shape.hidden, layers, dropout=shape.dropout)
    head = nn.Linear(shape.hidden, words)
    with torch.no_grad():
        embed.weight.copy_(torch.tensor(params["embed"]["w"]))
        head.weight.copy_(torch.tensor(params["head"]["w"]))
        head.bias.copy_(torch.tensor(params["head"]["b"]))
        for i in range(layers):
            cell = lstm(shape.hidden)
            stored = weights.store(params["body"][str(2 * i + 1)], cell)
            for name, value in stored.items():
                layer = name.replace("_l0", f"_l{i}")
                getattr(body, layer).copy_(value)
    modules = nn.ModuleList([embed, body, head])
    optimizer = torch.optim.SGD(modules.parameters(), rate)
    rows = (len(ids) - 1) // batch
    text = torch.tensor(ids[: rows * batch].astype(np.int64)).view(batch, rows).t().contiguous()

    def loss(at: int, carry: Any) -> tuple[Any, Any]:
        xs, targets = text[at : at + shape.window], text[at + 1 : at + 1 + shape.window]
        hs, carry = body(drop(embed(xs)), carry)
        logits = head(drop(hs)).view(-1, words)
        return nn.functional.cross_entropy(logits, targets.reshape(-1)), carry

    modules.eval(), drop.eval()
    with torch.no_grad():
        first = float(loss(0, None)[0])
    modules.train(), drop.train()
    place, carry = 0, None

    def turn(steps: int) -> float:
        nonlocal place, carry
        for _ in range(steps):
            if carry is not None:
                carry = tuple(each.detach() for each in carry)
            optimizer.zero_grad(set_to_none=True)
            value, carry = loss(place, carry)
            (value * shape.window).backward()
            nn.utils.clip_grad_norm_(modules.parameters(), clip)
            optimizer.step()
            place = (place + shape.window) % (rows - shape.window - 1)
        return 0.0

    return turn, first
