"""The loss of every model is a mean over what it says, so that batches can be added up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from walking import quick, random_like

from seqjax import models
from seqjax.models.classifier import classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.encoder_decoder import encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.output_spaces import tokens
from seqjax.models.regressor import RegressorConfig, regressor
from seqjax.models.tagger import TaggerConfig, tagger
from seqjax.models.transcriber import TranscriberConfig, transcriber

SMALL = {"cell": "rnn", "hidden": 3, "driver": "sequential"}
T, B, V = 5, 4, 6
DRAW = np.random.default_rng(0)
IDS = DRAW.integers(0, V, (T, B)).astype(np.int32)
LENGTHS = np.array([5, 4, 2, 0], np.int32)
ROWS = np.array([1, 1, 1, 0], np.float32)
NUMBERS = DRAW.normal(size=(T, B, 2)).astype(np.float32)
UNKNOWN = IDS.copy()
UNKNOWN[0, 0] = -1
WORDS = {"words": IDS, "lengths": LENGTHS}
SERIES = {"inputs": NUMBERS, "lengths": LENGTHS, "rows": ROWS}
SOUND = {"features": NUMBERS, "lengths": LENGTHS, "rows": ROWS}
PAIRS = {
    "source": IDS, "inputs": IDS, "targets": IDS[::-1].copy(),
    "source_lengths": np.maximum(LENGTHS, 1), "target_lengths": LENGTHS,
}  # fmt: skip


def of_classes(output: str, classes: int, targets: np.ndarray) -> tuple[Any, dict[str, Any]]:
    config = ClassifierConfig(**SMALL, embedding=3, output=output, smoothing=0.1, dropout=0.0)
    model = classifier(config, V, classes, weights=np.arange(1.0, classes + 1))
    return model, {**WORDS, "rows": ROWS, "targets": targets}


def of_tags(head: str, tags: np.ndarray) -> tuple[Any, dict[str, Any]]:
    config = TaggerConfig(**SMALL, embedding=3, head=head, characters="none", constrained=False)
    return tagger(config, V, 0, V), {**WORDS, "tags": tags}


def of_numbers(output: str, targets: np.ndarray) -> tuple[Any, dict[str, Any]]:
    model = regressor(RegressorConfig(**SMALL, output=output), 2, 2)
    return model, {**SERIES, "targets": targets}


def of_sound(output: str, **labels: np.ndarray) -> tuple[Any, dict[str, Any]]:
    return transcriber(TranscriberConfig(**SMALL, output=output), 2, 3), {**SOUND, **labels}


CASES: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "classes": lambda: of_classes("multiclass", 3, IDS[0] % 3),
    "labels": lambda: of_classes("multilabel", 3, (NUMBERS[:3, :, 0].T > 0).astype(np.float32)),
    "tags": lambda: of_tags("softmax", UNKNOWN),
    "a chain of tags": lambda: of_tags("crf", UNKNOWN),
    "numbers": lambda: of_numbers("one", NUMBERS[0]),
    "a number a step": lambda: of_numbers("each", NUMBERS[::-1].copy()),
    "frames to labels": lambda: of_sound(
        "ctc", labels=IDS[:1] % 3, labels_lengths=np.minimum(LENGTHS, 1)
    ),
    "pieces": lambda: (
        composer(ComposerConfig(**SMALL), tokens(V, 3)), {"targets": IDS, "lengths": LENGTHS}
    ),
    "sentences to sentences": lambda: (
        encoder_decoder(EncoderDecoderConfig(**SMALL, dropout=0.0), V, V), PAIRS
    ),
}  # fmt: skip


def part(batch: dict[str, Any], rows: list[int]) -> dict[str, Any]:
    """The batch with nothing in its other rows."""
    there = np.isin(np.arange(B), rows)
    counted = {"lengths", "rows", "target_lengths", "labels_lengths"} & batch.keys()
    return batch | {name: batch[name] * there.astype(batch[name].dtype) for name in counted}


@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_a_mean_over_its_count(name: str) -> None:
    """Σ count · loss / Σ count over two unequal batches, and one of padding, is that of all."""
    model, batch = CASES[name]()
    params = random_like(jax.eval_shape(model.init, jax.random.key(0)), 0)
    start = model.start(params) if name == "sentences to sentences" else ()
    loss = quick(model.loss)

    def of(rows: list[int]) -> tuple[float, float]:
        value, (_, metrics) = loss(params, start, part(batch, rows))
        return float(value), float(metrics.get("weight", metrics["loss"])[1])

    whole, count = of([0, 1, 2])
    parts = [of([0]), of([1, 2])]
    assert count == sum(each for _, each in parts)
    assert parts[0][1] != parts[1][1]
    total = sum(value * each for value, each in parts)
    assert total / count == pytest.approx(whole, rel=1e-5)
    assert of([3]) == (0.0, 0.0)


def test_all_models_are_among_them() -> None:
    """Those that train on batches of rows; the language model is in test_accumulation."""
    assert {"classifier", "composer", "encoder_decoder", "regressor", "tagger", "transcriber"} <= {
        name for name in dir(models) if not name.startswith("_")
    }
