"""Labels of new texts by a trained classifier: python -m experiments.classify_text --run=FOLDER.

Texts come from --text, which may be given several times, from --file, or from standard input, one a
line. A line each comes out, with the likeliest labels and their probabilities:

    1 0.942  0 0.058  a warm , funny film .

--json writes {"text": ..., "labels": [...], "probabilities": {...}} instead.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import jax
import numpy as np
from absl import flags as absl_flags

from experiments import flags, given, launch, pretrained
from experiments.classify_data import TextsConfig, fits, tokens_of
from seqjax import kinds, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets

TEXT = "text"


@dataclasses.dataclass(frozen=True)
class ClassifyTextConfig:
    """What is classified, and how it is shown."""

    run: str = option("runs/classify", "folder of a trained classifier")
    file: str = option("", "a text file (UTF-8, plain or gzip), one text a line")
    batch: int = option(50, "texts that are classified at once")
    top: int = option(2, "labels shown for each text, the likeliest first")
    json: bool = option(False, "write one JSON object a line, with all labels")
    checkpoint: str = option("best", "best (by validation error) or newest")


def classify(loaded: runs.Loaded, texts: Sequence[str], batch: int = 50) -> np.ndarray:
    """The probability of each label, float32 [N, C], in the order of the texts.

    Raises:
      ValueError: for no texts, or one without a token; it says which.
    """
    checks.positive("batch", batch)
    if not texts:
        raise ValueError("text: got no texts, want one or more")
    config = kinds.config(TextsConfig, loaded.record)
    words = loaded.vocabularies["words"]
    rows = [pretrained.encode(loaded.record, words, tokens_of(config, text)) for text in texts]
    for number, row in enumerate(rows, 1):
        if not len(row):
            raise ValueError(f"text: got an empty text as number {number}, want words")
    fits(loaded.record["config"].get("positions", 0), max(map(len, rows)))
    predict = jax.jit(loaded.model.predict)
    found = np.zeros((len(rows), len(loaded.vocabularies["labels"])), np.float32)
    for item in buckets([{"words": row} for row in rows], batch, sides={"": ("words",)}):
        real = item["index"] >= 0
        found[item["index"][real]] = np.asarray(predict(loaded.params, item))[real]
    return found


def labels(loaded: runs.Loaded, probabilities: np.ndarray) -> list[str]:
    """Those that a text gets: the likeliest one, or of several labels all above a half."""
    names = loaded.vocabularies["labels"].tokens
    if loaded.record["config"]["output"] != "multilabel":
        return [names[int(probabilities.argmax())]]
    return [name for name, p in zip(names, probabilities, strict=True) if p > 0.5]


def line(
    loaded: runs.Loaded, text: str, probabilities: np.ndarray, config: ClassifyTextConfig
) -> str:
    """What is printed for a text."""
    names = loaded.vocabularies["labels"].tokens
    if config.json:
        by_name = dict(zip(names, map(float, probabilities), strict=True))
        found = {"text": text, "labels": labels(loaded, probabilities), "probabilities": by_name}
        return json.dumps(found, ensure_ascii=False)
    order = np.argsort(-probabilities, kind="stable")[: config.top]
    shown = [f"{names[k]} {probabilities[k]:.3f}" for k in order]
    return "  ".join([*shown, text])


def _texts(config: ClassifyTextConfig, texts: Sequence[str]) -> list[str]:
    rows = given.text(config.file, texts).split("\n")
    found = list(texts) or [row.strip() for row in rows if row.strip()]
    if not found:
        raise ValueError("text: got no texts, want --text, --file or lines on standard input")
    return found


def main() -> None:
    """Prints a line for each text."""
    with launch.mistakes():
        config = flags.parse(ClassifyTextConfig)
        checks.positive("top", config.top)
        loaded = runs.load(config.run, config.checkpoint, kind="classifier")
        texts = _texts(config, absl_flags.FLAGS[TEXT].value or [])
        found = classify(loaded, texts, config.batch)
    for text, probabilities in zip(texts, found, strict=True):
        print(line(loaded, text, probabilities, config))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(TEXT, [], "a text; may be given several times")
    flags.define(ClassifyTextConfig)
    launch.run(main)
