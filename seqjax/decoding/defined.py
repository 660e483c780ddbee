"""Whether what a compiled program has decoded is anything at all: it cannot raise by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from seqjax.decoding.choose import NO_TOKEN

WANT = "want parameters of a step at which the loss was finite"


def check_chosen(tokens: ArrayLike) -> None:
    """Checks tokens int [...] that ``choose`` has chosen in a compiled program.

    Raises:
      ValueError: where no token could be chosen.

    >>> check_chosen([[3, 0], [NO_TOKEN, 1]])
    Traceback (most recent call last):
        ...
    ValueError: the model gave NaN as logits, or -inf for all that is not forbidden; want \
parameters of a step at which the loss was finite
    """
    if (np.asarray(tokens) == NO_TOKEN).any():
        raise ValueError(
            f"the model gave NaN as logits, or -inf for all that is not forbidden; {WANT}"
        )


def check_defined(log_probabilities: ArrayLike) -> None:
    """Checks log probabilities [...] that a compiled search has found.

    Raises:
      ValueError: where one is NaN.
    """
    if np.isnan(np.asarray(log_probabilities)).any():
        raise ValueError(f"the model gave NaN as log probabilities; {WANT}")
