"""CTC by counting: the probability of every labelling, summed over all its paths."""

from __future__ import annotations

import itertools

import numpy as np


def spelled(path, blank):
    """What a path says: repetitions out, then blanks."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def labelings(logits, blank):
    """{labels: probability} over all paths of logits [T, C]."""
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    steps, classes = p.shape
    found = {}
    for path in itertools.product(range(classes), repeat=steps):
        labels = spelled(path, blank)
        found[labels] = found.get(labels, 0) + np.prod(p[np.arange(steps), path])
    return found
