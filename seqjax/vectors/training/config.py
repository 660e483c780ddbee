"""What is trained, every default of it, and the objective made from it."""

from __future__ import annotations

import dataclasses

from seqjax.basics.options import option

OBJECTIVES = ("skip_gram", "cbow", "glove", "neural_lm")
OUTPUTS = ("negative", "hierarchical", "softmax")
RATES = {"skip_gram": 0.025, "cbow": 0.05, "glove": 0.05, "neural_lm": 0.5}


@dataclasses.dataclass(frozen=True)
class VectorsConfig:
    """An objective. Where the original tools differ from the paper, an option is named for them."""

    objective: str = option("skip_gram", "skip_gram, cbow, glove or neural_lm")
    output: str = option(
        "negative", "skip_gram, cbow: negative (sampling), hierarchical or softmax (the whole one)"
    )
    rate: float = option(
        0.0, "learning rate at the beginning, from which it falls linearly; 0: what suits the"
        " objective"
    )  # fmt: skip
    size: int = option(100, "numbers of a vector")
    window: int = option(5, "words on each side that a window reaches; glove: how far counts reach")
    dynamic: bool = option(
        True, "skip_gram, cbow: draw each window's radius from 1 to window, as word2vec does"
    )
    negatives: int = option(5, "output=negative: negatives that each prediction is told from")
    exponent: float = option(0.75, "output=negative: p(negative) ~ count^exponent")
    shared: int = option(
        0, "output=negative: negatives drawn for all the words of a block; 0: 32, or 24 of cbow"
    )
    clip: str = option(
        "none", "beyond scores of 6: none, saturate (word2vec.c) or skip (gensim: no gradient)"
    )
    cbow_gradient: str = option(
        "exact", "exact, or word2vec: C times as long, as word2vec.c and gensim have it"
    )
    buckets: int = option(
        0, "output=negative, hierarchical: rows that character n-grams of 3 to 6 letters share, so"
        " that unseen words have vectors (fastText, which has 2000000); 0: no n-grams"
    )  # fmt: skip
    init: float = option(0.5, "vectors begin in [-init, init] / size: word2vec 0.5, gensim 1")
    chunk: int = option(0, "words (glove: entries) of one update; 0: what suits the objective")
    block: int = option(
        0, "words of a chunk whose windows are one product; 0: 32, or 4 with output=hierarchical,"
        " fewer where the words are few"
    )  # fmt: skip
    x_max: float = option(100.0, "glove: counts above it weigh 1")
    alpha: float = option(0.75, "glove: counts x below it weigh (x / x_max)^alpha")
    update: str = option(
        "glove", "glove: glove (the C tool's AdaGrad), glove_2014 (biases too), adagrad or sgd"
    )
    symmetric: bool = option(True, "glove: contexts on both sides, not only those before a word")
    context: str = option(
        "last", "neural_lm: last (n words), both (n on both sides), previous or nearby (one word)"
    )
    hidden: int = option(60, "neural_lm: width of the tanh layer")
    direct: bool = option(False, "neural_lm: connections from the context to the output")


# Who uses an option: the objectives, or with "=", the output.
_USERS = {
    "output": "skip_gram cbow",
    "dynamic": "skip_gram cbow",
    "negatives": "=negative",
    "exponent": "=negative",
    "shared": "=negative",
    "clip": "=negative =hierarchical",
    "cbow_gradient": "cbow",
    "buckets": "=negative =hierarchical",
    "init": "skip_gram cbow",
    "block": "skip_gram cbow",
    "x_max": "glove",
    "alpha": "glove",
    "update": "glove",
    "symmetric": "glove",
    "context": "neural_lm",
    "hidden": "neural_lm",
    "direct": "neural_lm",
}


def rate_of(config: VectorsConfig) -> float:
    """The learning rate at the beginning.

    Raises:
      KeyError: for an unknown objective without a rate.

    >>> rate_of(VectorsConfig()), rate_of(VectorsConfig(rate=0.1))
    (0.025, 0.1)
    """
    return config.rate or RATES[config.objective]


def validate(config: VectorsConfig) -> None:
    """Checks that something would use each option; values are checked where they are used.

    Raises:
      ValueError: for an option that nothing would use, or a rate below 0.

    >>> validate(VectorsConfig(x_max=10.0))
    Traceback (most recent call last):
        ...
    ValueError: x_max: got 10.0, but only glove uses it; leave it at 100.0
    """
    if not 0 <= config.rate < float("inf"):
        raise ValueError(f"rate: got {config.rate}, want a number above 0, or 0 for the default")
    pairs = config.objective in ("skip_gram", "cbow")
    for field in dataclasses.fields(config):
        users = _USERS.get(field.name, "").split()
        value = getattr(config, field.name)
        known = config.objective in users or (pairs and f"={config.output}" in users)
        if users and not known and value != field.default:
            words = [f"output {u[1:]}" if u[0] == "=" else u for u in users]
            raise ValueError(
                f"{field.name}: got {value!r}, but only {', '.join(words)} uses it; leave it at"
                f" {field.default!r}"
            )
