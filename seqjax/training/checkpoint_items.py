"""What a checkpoint holds, as orbax takes it: arrays by item, and beside them what JSON holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orbax.checkpoint as ocp

from seqjax.basics.types import Tree
from seqjax.training import leaves

Json = dict[str, Any]
"""what JSON holds, by name"""
POSITION, FIGURES, LEAVES = "position", "figures", "leaves"
RESERVED = {POSITION, FIGURES, LEAVES, "metrics", "default"}
"""Names that no item can have: of what is JSON, and of orbax's own."""


def saved(items: Mapping[str, Tree], position: Json, figures: Json) -> ocp.args.Composite:
    """The arguments of a save: copies of all arrays.

    Raises:
      ValueError: for an item named like a file of the checkpoint's own, a leaf that is no array, or
        a position that JSON does not hold.
    """
    if taken := RESERVED & set(items):
        raise ValueError(f"items: got {taken.pop()!r}, a name that is taken; want another")
    flat = {name: leaves.flatten(name, tree) for name, tree in items.items()}
    owned = {
        name: {path: leaves.owned(leaf) for path, leaf in tree.items() if leaf.size}
        for name, tree in flat.items()
    }
    try:
        position = json.loads(json.dumps(position))
    except TypeError as error:
        raise ValueError(f"position: {error}, want what JSON holds") from error
    content: Json = {
        POSITION: position,
        FIGURES: figures,
        LEAVES: {name: leaves.describe(tree) for name, tree in flat.items()},
    }
    # Orbax refuses trees without any leaf.
    args: dict[str, Any] = {
        name: ocp.args.StandardSave(tree) for name, tree in owned.items() if tree
    }
    args |= {name: ocp.args.JsonSave(value) for name, value in content.items()}
    return ocp.args.Composite(**args)


def restored(
    blanks: Mapping[str, Mapping[str, Any]],
) -> dict[str, ocp.args.StandardRestore]:
    """The arguments that read items into arrays of their shapes and dtypes, by path."""
    filled = {
        name: {path: leaf for path, leaf in tree.items() if leaf.size}
        for name, tree in blanks.items()
    }
    return {name: ocp.args.StandardRestore(tree) for name, tree in filled.items() if tree}
