"""What a language model is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.initializers import INITIALIZERS, uniform
from seqjax.basics.options import option
from seqjax.cells import CELLS, weight_drop
from seqjax.drivers import DRIVERS
from seqjax.online import METHODS

BPTT = "bptt"
"""The ``credit`` of backpropagation through the steps of a window."""


@dataclasses.dataclass(frozen=True)
class LanguageModelConfig:
    """A stack of recurrent layers between an embedding and a softmax."""

    cell: str = option("lstm", f"the recurrence: {', '.join(CELLS)}")
    layers: int = option(1, "recurrent layers on top of each other")
    hidden: int = option(256, "units of a layer")
    embedding: int = option(0, "width of the embedding; 0 makes it as wide as the layers")
    head: str = option(
        "softmax", "output: softmax, tied (has the embedding's weights), sampled or adaptive"
    )
    samples: int = option(0, "head=sampled: words that a training step compares the right one with")
    cutoffs: tuple[int, ...] = option((), "head=adaptive: first ids of the clusters of rare words")
    init: str = option(
        "default", f"how cells begin: {', '.join(INITIALIZERS)}, or uniform within --scale"
    )
    scale: float = option(
        0.1, "embedding and output weights (not of adaptive) begin between -scale and scale"
    )
    forget_bias: float = option(-1.0, "where the forget gate's bias begins; -1 leaves it to --init")
    dropout: float = option(0.0, "share of zeros in the inputs and outputs of all layers")
    dropout_input: float = option(-1.0, "of the embedded words alone; -1: as --dropout")
    dropout_hidden: float = option(-1.0, "between layers alone; -1: as --dropout")
    dropout_words: float = option(0.0, "share of the vocabulary whose embedding is left out")
    locked: bool = option(False, "one dropout mask for all steps of a window (Gal 2016)")
    weight_drop: float = option(0.0, "share of the recurrent weights that is left out of a window")
    activation_penalty: float = option(
        0.0, "times the mean square of the outputs (AR, Merity 2018)"
    )
    change_penalty: float = option(0.0, "times that of their change from step to step (TAR)")
    loss_per: str = option(
        "token", "what gradients are a mean over: token, or row (sum over steps, Zaremba 2014)"
    )
    driver: str = option("auto", f"how time is walked: {', '.join(DRIVERS)}")
    credit: str = option(
        BPTT, "how gradients of the recurrent layer are made: bptt within a window; or while"
        f" walking, beyond its border too: {', '.join(METHODS)}"
    )  # fmt: skip

    def rate(self, name: str) -> float:
        """The share of zeros called ``dropout_<name>``, ``dropout`` where that is -1.

        >>> LanguageModelConfig(dropout=0.5, dropout_input=0.1).rate("input")
        0.1
        """
        rate: float = getattr(self, f"dropout_{name}")
        return self.dropout if rate == -1 else rate


def validate(config: LanguageModelConfig) -> None:
    """Checks what no model can be made of; ``heads.head`` checks the head and its options.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
    checks.positive("layers", config.layers)
    checks.positive("hidden", config.hidden)
    checks.lookup("loss_per", {"token": 0, "row": 0}, config.loss_per)
    if config.embedding:
        checks.positive("embedding", config.embedding)
    for name in ("dropout", "dropout_words", "weight_drop"):
        checks.fraction(name, getattr(config, name))
    for name in ("input", "hidden"):
        checks.fraction(f"dropout_{name}", config.rate(name))
    for name in ("scale", "activation_penalty", "change_penalty"):
        if not 0 <= getattr(config, name) < math.inf:
            raise ValueError(f"{name}: got {getattr(config, name)}, want a number of 0 or more")
    if not math.isfinite(config.forget_bias):
        raise ValueError(f"forget_bias: got {config.forget_bias}, want a number")
    if config.dropout_hidden > 0 and config.layers == 1:
        raise ValueError("dropout_hidden: got a rate, but one layer has nothing between layers")
    if config.head == "tied" and config.layers == 1 and widths(config)[1] != [config.hidden]:
        raise ValueError(
            f"hidden: got {config.hidden}, but with head=tied the last layer, here the only one, is"
            f" as wide as the embedding; want {config.embedding}, or more layers"
        )
    _validate_credit(config)


def _validate_credit(config: LanguageModelConfig) -> None:
    """What no method of ``online`` can serve: the influence is that of one layer, without noise."""
    method = checks.lookup("credit", {BPTT: None, **METHODS}, config.credit)
    if method is None:
        return
    want = f"with credit={config.credit}"
    if config.layers != 1:
        raise ValueError(f"layers: got {config.layers}, want 1 {want}")
    if config.rate("input"):
        raise ValueError(
            f"dropout_input: got {config.rate('input')}, want 0 {want}, which has no noise before"
            " the recurrent layer; --dropout then is of its outputs"
        )
    for name in ("dropout_words", "weight_drop"):
        if getattr(config, name):
            raise ValueError(f"{name}: got {getattr(config, name)}, want 0 {want}")
    if reason := method.unsupported(cell(config, config.hidden)):
        raise ValueError(f"credit: got {config.credit}: {reason}")


def widths(config: LanguageModelConfig) -> tuple[int, list[int]]:
    """Of the embedding, and of each layer: with tied weights the last is as wide as the first.

    >>> widths(LanguageModelConfig(layers=3, hidden=200, embedding=100, head="tied"))
    (100, [200, 200, 100])
    """
    embedding = config.embedding or config.hidden
    layers = [config.hidden] * config.layers
    if config.head == "tied":
        layers[-1] = embedding
    return embedding, layers


def cell(config: LanguageModelConfig, hidden: int) -> Cell:
    """The recurrence of one layer of that many units.

    Raises:
      ValueError: for an unknown cell or init, or a forget bias that the cell does not have.

    >>> cell(LanguageModelConfig(cell="gru"), 8).width
    8
    """
    make: Callable[..., Cell] = checks.lookup("cell", CELLS, config.cell)
    initializers = {**INITIALIZERS, "uniform": uniform(config.scale)}
    options: dict[str, Any] = {"init": checks.lookup("init", initializers, config.init)}
    if config.forget_bias != -1:
        if "forget_bias" not in inspect.signature(make).parameters:
            raise ValueError(f"forget_bias: got {config.forget_bias}, but {config.cell} has none")
        options["forget_bias"] = config.forget_bias
    recurrence = make(hidden, **options)
    return weight_drop(recurrence, config.weight_drop) if config.weight_drop else recurrence
