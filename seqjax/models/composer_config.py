"""What a one-to-many model is made of: every default, and what may not be combined."""

from __future__ import annotations

import dataclasses

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.models.body import BodyConfig

CONDITIONS = ("input", "start")


@dataclasses.dataclass(frozen=True)
class ComposerConfig(BodyConfig):
    """Recurrent layers that are fed what they gave out, and perhaps a label."""

    embedding: int = option(32, "text: width of the embedding of a character")
    condition: str = option(
        "input", "how a label goes in: input (its embedding at every step) or start (the state"
        " before the first step)"
    )  # fmt: skip
    label_embedding: int = option(16, "condition=input: width of the embedding of a label")


def validate(config: ComposerConfig, labels: int) -> None:
    """Raises a ValueError for what no model can be made of. The body looks at its own options."""
    checks.lookup("condition", dict.fromkeys(CONDITIONS), config.condition)
    for name in ("embedding", "label_embedding"):
        checks.positive(name, getattr(config, name))
    default = ComposerConfig()
    unused = []
    if not labels:
        unused = [(name, "without labels") for name in ("condition", "label_embedding")]
    elif config.condition != "input":
        unused = [("label_embedding", f"with condition={config.condition}")]
    for name, why in unused:
        if (value := getattr(config, name)) != getattr(default, name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")
