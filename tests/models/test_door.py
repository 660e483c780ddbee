"""What a model looks up and does not find is named, in parameters and in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.models.classifier import classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.encoder_decoder import encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.models.output_spaces import tokens
from seqjax.models.regressor import RegressorConfig, regressor
from seqjax.models.tagger import TaggerConfig, tagger
from seqjax.models.transcriber import TranscriberConfig, transcriber

IDS, ENDS = np.ones((3, 2), np.int32), np.array([3, 2], np.int32)

# name: (the model, the entry of the parameters and that of a batch which loss looks up first)
MODELS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "language model": (lambda: language_model(LanguageModelConfig(hidden=4), 5), "embed", "inputs"),
    "tagger": (
        lambda: tagger(TaggerConfig(hidden=4, characters="none"), 5, 0, 3), "words", "words",
    ),
    "classifier": (lambda: classifier(ClassifierConfig(hidden=4), 5, 3), "words", "words"),
    "composer": (lambda: composer(ComposerConfig(hidden=4), tokens(5, 4)), "body", "targets"),
    "encoder-decoder": (
        lambda: encoder_decoder(EncoderDecoderConfig(hidden=4), 5, 6), "words", "source",
    ),
    "regressor": (lambda: regressor(RegressorConfig(hidden=4), 3, 1), "body", "inputs"),
    "transcriber": (lambda: transcriber(TranscriberConfig(hidden=4), 3, 4), "body", "features"),
}  # fmt: skip
every = pytest.mark.parametrize("name", MODELS)


def zeros(model: Any) -> Any:
    made = jax.eval_shape(lambda: model.init(jax.random.key(0)))
    return jax.tree.map(lambda a: np.zeros(a.shape, a.dtype), made)


@every
def test_an_empty_batch(name: str) -> None:
    """The entry that is missing, and those that are there."""
    build, _, entry = MODELS[name]
    model = build()
    with pytest.raises(ValueError, match=f"batch: got none, but the {name} looks up '{entry}'"):
        model.loss(zeros(model), (), {})


@every
def test_a_batch_or_parameters_that_are_no_dict(name: str) -> None:
    model = MODELS[name][0]()
    with pytest.raises(ValueError, match=f"batch: got ndarray, want a dict for the {name}"):
        model.loss(zeros(model), (), IDS)
    with pytest.raises(ValueError, match=f"params: got NoneType, want a dict for the {name}"):
        model.evaluate(None, (), {})


@every
def test_a_seed_in_the_place_of_a_key(name: str) -> None:
    with pytest.raises(ValueError, match="key: got 7, want a random key"):
        MODELS[name][0]().init(7)


def test_parameters_of_another_model() -> None:
    """The entry that is missing among them."""
    model, other = MODELS["language model"][0](), MODELS["tagger"][0]()
    batch = {"inputs": IDS, "targets": IDS, "weights": IDS.astype(np.float32)}
    carry = jax.tree.map(lambda a: np.zeros(a.shape, a.dtype),
                         jax.eval_shape(lambda: model.start(zeros(model), 2)))  # fmt: skip
    with pytest.raises(
        ValueError, match="params: got body, head, words, but the language model looks up 'embed'"
    ):
        model.loss(zeros(other), carry, batch)
    with pytest.raises(ValueError, match=r"batch: got inputs, but .* looks up 'weights'"):
        model.loss(zeros(model), carry, {"inputs": IDS})


def test_a_batch_shape_in_the_place_of_a_number() -> None:
    model = MODELS["language model"][0]()
    with pytest.raises(ValueError, match="batch: got tuple, want a dict"):
        model.start(zeros(model), (2,))


def test_compiled_as_before() -> None:
    """The checked functions are traced once for equal shapes."""
    model = MODELS["language model"][0]()
    calls = []

    def start(params: Any) -> Any:
        calls.append(1)
        return model.start(params, 2)

    compiled = jax.jit(start)
    compiled(zeros(model))
    compiled(zeros(model))
    assert len(calls) == 1 and model.loss.__name__ == "loss"
