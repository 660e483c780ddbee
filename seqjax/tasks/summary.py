"""A model for a person: the network in words; its parameters by name, shape and count."""

from __future__ import annotations

from typing import Any

import jax

MOST = 40
"""Parameters that are listed; of more, those of the smaller ones are added up."""


def summary(network: str, params: Any) -> str:
    """The words, then a line for each array of parameters (or shapes of them), then their sum.

    >>> import numpy as np
    >>> print(summary("a -> b", {"w": np.zeros((2, 3)), "b": np.zeros(3)}))
    a -> b
      b                           3             3
      w                         2x3             6
      parameters                                9
    """
    leaves = jax.tree_util.tree_leaves_with_path(params)
    rows = [(_name(path), leaf.shape, leaf.size) for path, leaf in leaves]
    total = sum(size for *_, size in rows)
    rows.sort(key=lambda row: row[0])
    smaller = sorted(rows, key=lambda row: -row[2])[MOST:]
    rows = [row for row in rows if row not in smaller]
    width = max([len("parameters"), *(len(name) for name, *_ in rows)]) + 2
    lines = [network]
    for name, shape, size in rows:
        lines.append(f"  {name:{width}} {'x'.join(map(str, shape)) or '1':>16} {size:>13,}")
    if smaller:
        name = f"{len(smaller)} more"
        lines.append(f"  {name:{width}} {'':>16} {sum(size for *_, size in smaller):>13,}")
    lines.append(f"  {'parameters':{width}} {'':>16} {total:>13,}")
    return "\n".join(lines)


def recurrent_layers(config: Any) -> str:
    """The recurrent part of a network in words, of a task's settings.

    >>> from seqjax.models.tagger import TaggerConfig
    >>> recurrent_layers(TaggerConfig(layers=2, hidden=200, dropout=0.25))
    '2 bidirectional layers of lstm, 200 units, dropout 0.25'
    """
    count = config.layers
    direction = "bidirectional " if getattr(config, "bidirectional", False) else ""
    layers = f"{count} {direction}layer{'s' if count != 1 else ''} of {config.cell}"
    dropout = f", dropout {config.dropout:g}" if getattr(config, "dropout", 0) else ""
    return f"{layers}, {config.hidden} units{dropout}"


def _name(path: Any) -> str:
    return ".".join(str(getattr(key, "key", getattr(key, "idx", key))) for key in path)
