"""Cuts examples at random into parts, those that belong together into one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np


def partition(
    keys: Sequence[Hashable], shares: Mapping[str, float], *, rest: str, seed: int
) -> dict[str, list[int]]:
    """The indices of the examples of each part, rising; examples of one key are in one part.

    Keys are drawn at random: a part is full when it has its share of all examples, rounded (more
    where its last key has several). What is left is the part ``rest``. A share of 0 makes no part.

    Args:
      keys: one for each example; ``range(n)`` keeps no examples together.
      shares: part -> share of all examples.

    Raises:
      ValueError: for shares below 0, those that leave nothing for the rest, or a part left empty.

    >>> partition(range(10), {"test": 0.2}, rest="train", seed=0)
    {'test': [4, 6], 'train': [0, 1, 2, 3, 5, 7, 8, 9]}
    >>> partition("aabbcc", {"test": 0.3}, rest="train", seed=0)  # a key stays together
    {'test': [4, 5], 'train': [0, 1, 2, 3]}
    """
    if not (all(share >= 0 for share in shares.values()) and sum(shares.values()) < 1):
        wrong = ", ".join(f"{name} {share}" for name, share in shares.items())
        raise ValueError(f"shares: got {wrong}, want 0 or more each and below 1 together")
    members: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        members.setdefault(key, []).append(index)
    groups = list(members.values())
    order = iter(np.random.default_rng(seed).permutation(len(groups)).tolist())
    parts: dict[str, list[int]] = {}
    for name, share in shares.items():
        if not share:
            continue
        parts[name], size = [], round(share * len(keys))
        while len(parts[name]) < size and (group := next(order, None)) is not None:
            parts[name] += groups[group]
    parts[rest] = [index for group in order for index in groups[group]]
    for name, indices in parts.items():
        if not indices:
            raise ValueError(f"{name}: got no example of {len(keys)} for it; want more examples")
        indices.sort()
    return parts
