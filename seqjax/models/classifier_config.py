"""What a classifier is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses
import math

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.layers.pooling import POOLINGS
from seqjax.models.body import BodyConfig

OUTPUTS = ("multiclass", "binary", "multilabel")


@dataclasses.dataclass(frozen=True)
class ClassifierConfig(BodyConfig):
    """Recurrent layers between an embedding and a pooling over time."""

    bidirectional: bool = option(True, "walk each layer from both ends")
    dropout: float = option(0.5, "share of zeros in the inputs of each layer, embeddings included")
    embedding: int = option(100, "width of the embedding")
    pooling: str = option("max", f"how a text becomes one vector: {', '.join(POOLINGS)}")
    output: str = option(
        "multiclass", "one of the classes by a softmax (multiclass), one of two by one sigmoid"
        " (binary), or any number of labels by a sigmoid each (multilabel)"
    )  # fmt: skip
    positions: int = option(
        0, "learned vectors of so many places, the longest text, which are added to the embedding:"
        " where a place means something, as in aligned DNA; 0: none"
    )  # fmt: skip
    dropout_words: float = option(0.0, "share of the words that training replaces by <unk>")
    dropout_output: float = option(0.0, "share of zeros in what the output layer sees")
    smoothing: float = option(0.0, "share of each target that is spread over all classes")
    class_weights: str = option(
        "", "what the loss of each class counts: balanced (less, the more examples it has), or"
        " numbers with commas between them, in the order of the labels; nothing: 1 each"
    )  # fmt: skip


def validate(config: ClassifierConfig) -> None:
    """Checks what no classifier can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
    checks.positive("embedding", config.embedding)
    checks.lookup("pooling", POOLINGS, config.pooling)
    if config.positions < 0:
        raise ValueError(f"positions: got {config.positions}, want 0 or more")
    checks.lookup("output", dict.fromkeys(OUTPUTS), config.output)
    for name in ("dropout_words", "dropout_output", "smoothing"):
        checks.fraction(name, getattr(config, name))


def validate_classes(config: ClassifierConfig, classes: int) -> None:
    """Checks that the output can tell so many classes apart.

    Raises:
      ValueError: for fewer than 2 classes, of multilabel 1, or of binary any other number than 2.
    """
    least = 1 if config.output == "multilabel" else 2
    if classes < least or (config.output == "binary" and classes != 2):
        want = "2" if config.output == "binary" else f"{least} or more"
        raise ValueError(f"classes: got {classes}, want {want} for output={config.output}")


def numbers(text: str, classes: int) -> list[float]:
    """The class weights of ``class_weights=1,2.5``.

    Raises:
      ValueError: for what are no numbers above 0, or another number of them than classes.

    >>> numbers("1,2.5", classes=2)
    [1.0, 2.5]
    """
    try:
        weights = [float(number) for number in text.split(",")]
    except ValueError:
        weights = []
    if len(weights) != classes or not all(0 < weight < math.inf for weight in weights):
        raise ValueError(
            f"class_weights: got {text!r}, want balanced, or {classes} numbers above 0 with commas"
            " between them, one for each label"
        )
    return weights
