"""What a tagger is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.models.body import BodyConfig

HEADS = ("softmax", "sigmoid", "crf")
SPELLINGS = ("none", "recurrent", "convolutional")


@dataclasses.dataclass(frozen=True)
class TaggerConfig(BodyConfig):
    """Recurrent layers over words and their characters, with an output at every step."""

    hidden: int = option(100, "units of a layer, in each direction")
    bidirectional: bool = option(True, "walk each layer from both ends")
    dropout: float = option(0.5, "share of zeros in the inputs of each layer and of the output")
    embedding: int = option(100, "width of the embedding of words")
    dropout_words: float = option(0.0, "share of the words that training replaces by <unk>")
    characters: str = option("convolutional", f"how spellings are read: {', '.join(SPELLINGS)}")
    character_embedding: int = option(25, "width of the embedding of characters")
    character_hidden: int = option(
        25, "characters=recurrent: units in each direction; convolutional: half of the filters"
    )
    character_window: int = option(3, "characters=convolutional: characters that a filter sees")
    head: str = option(
        "softmax", "output: softmax (each word on its own), crf (whole sequences of tags) or"
        " sigmoid (any number of labels for each word)"
    )  # fmt: skip
    constrained: bool = option(True, "head=crf: only tags that may follow each other in --scheme")


def validate(config: TaggerConfig) -> None:
    """Raises a ValueError for what no tagger can be made of. The body is checked by itself."""
    checks.lookup("head", dict.fromkeys(HEADS), config.head)
    checks.lookup("characters", dict.fromkeys(SPELLINGS), config.characters)
    for name in ("embedding", "character_embedding", "character_hidden", "character_window"):
        checks.positive(name, getattr(config, name))
    checks.fraction("dropout_words", config.dropout_words)
