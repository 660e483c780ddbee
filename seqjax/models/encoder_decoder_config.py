"""What an encoder-decoder is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses
import math

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.cells import CELLS
from seqjax.layers.attention import ATTENTIONS
from seqjax.models.body import BodyConfig
from seqjax.models.decoder_wiring import WIRINGS

FORCING = {"always": 0, "linear": 0, "sigmoid": 0}


@dataclasses.dataclass(frozen=True)
class EncoderDecoderConfig(BodyConfig):
    """An encoder, and a decoder with the same cell, depth and width that walks forwards alone."""

    cell: str = option("gru", f"the recurrence: {', '.join(CELLS)}")
    bidirectional: bool = option(True, "the encoder walks each layer from both ends")
    embedding: int = option(64, "width of embedded words; 0 makes it as wide as the layers")
    attention: str = option("dot", f"of the decoder: {', '.join(ATTENTIONS)} or none")
    attend: str = option(
        "after", "attention enters after the recurrent step (Luong 2015), before it (Bahdanau"
        " 2015), or after it and the next step too (feed: Luong's input feeding)"
    )  # fmt: skip
    attention_width: int = option(0, "of queries and keys, except of dot; 0: as the layers")
    head: str = option("tied", "output: tied (has the target embedding's weights) or softmax")
    scale: float = option(
        0.0, "embedding and output weights begin between -scale and scale; 0: sqrt(3 / width)"
    )
    forcing: str = option(
        "always", "share of decoder inputs that are right and not its own prediction: always all,"
        " or falling with the steps of training: linear or sigmoid (Bengio 2015)"
    )  # fmt: skip
    forcing_steps: int = option(
        0, "linear: steps until the least share; sigmoid: k of k / (k + exp(step / k))"
    )
    forcing_least: float = option(0.0, "linear, sigmoid: the share never falls below this")


def validate(config: EncoderDecoderConfig) -> None:
    """Checks what no model can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
    checks.lookup("attention", {**ATTENTIONS, "none": None}, config.attention)
    checks.lookup("attend", WIRINGS, config.attend)
    checks.lookup("head", {"tied": 0, "softmax": 0}, config.head)
    checks.lookup("forcing", FORCING, config.forcing)
    for name in ("embedding", "attention_width"):
        if getattr(config, name):
            checks.positive(name, getattr(config, name))
    if not 0 <= config.scale < math.inf:
        raise ValueError(f"scale: got {config.scale}, want a number of 0 or more")
    if config.attention == "none" and config.attend != "after":
        raise ValueError(f"attend: got {config.attend!r}, but attention=none: nothing would use it")
    if config.attention_width and config.attention in {"none", "dot"}:
        raise ValueError(
            f"attention_width: got {config.attention_width}, but attention={config.attention} has"
            " none of its own; want 0"
        )
    _forcing(config)


def _forcing(config: EncoderDecoderConfig) -> None:
    if config.forcing == "always":
        for name in ("forcing_steps", "forcing_least"):
            if getattr(config, name):
                raise ValueError(
                    f"{name}: got {getattr(config, name)} with forcing=always: nothing would use it"
                )
        return
    checks.positive("forcing_steps", config.forcing_steps)
    if not 0 <= config.forcing_least <= 1:
        raise ValueError(f"forcing_least: got {config.forcing_least}, want a share in [0, 1]")
