"""What a mean of nats is reported as."""

from __future__ import annotations

import math


def perplexity(nats: float) -> float:
    """exp(nats), of nats a token; infinity where that is beyond floats."""
    try:
        return math.exp(nats)
    except OverflowError:
        return math.inf


def bits(nats: float) -> float:
    """nats / ln 2: bits a character, if they were nats a character."""
    return nats / math.log(2)
