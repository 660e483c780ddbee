"""Runs that read rows of numbers from a file, as networks: regression and transcription."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from experiments.inspection.network import Loss, Network, of_body
from experiments.inspection.words import Words
from seqjax.basics.types import Array, Params
from seqjax.layers.pooling import pooling
from seqjax.models.regressor import RegressorConfig
from seqjax.models.transcriber import TranscriberConfig, stacked
from seqjax.tasks import Loaded
from seqjax.tasks.regression.columns import INPUTS
from seqjax.tasks.regression.encode import normalised
from seqjax.tasks.regression.new_series import series_of_inputs
from seqjax.tasks.settings import of_record
from seqjax.tasks.transcription.inputs import read_inputs


def regression(loaded: Loaded, file: str) -> Network:
    """Of the first series of a file; its tokens are the numbers of the steps."""
    record, params = loaded.record, loaded.params
    config = of_record(RegressorConfig, record)
    series = series_of_inputs(loaded, [file], id="", delimiter="")[0]
    xs = jnp.asarray(normalised(record, INPUTS, series), jnp.float32)[:, None]
    pool = pooling(config.pooling, both_ways=config.bidirectional)
    out, lengths = params["head"], jnp.array([len(xs)])

    def loss(hs: Array) -> Array:
        if config.output == "one":
            hs = pool.apply(params.get("pooling", {}), hs, lengths)[None]
        return (hs[-1] @ out["w"] + out["b"]).sum()

    about = Words(
        "the last number that is predicted (added over the targets, as they were normalised)",
        "마지막 예측값(정규화한 목표 열에 대해 더한 것)",
    )
    return _network(xs, config, params["body"], loss, about)


def transcription(loaded: Loaded, file: str) -> Network:
    """Of the first recording of a file or folder; its tokens are the numbers of the steps."""
    record, params = loaded.record, loaded.params
    config = of_record(TranscriberConfig, record)
    _, frames = read_inputs(loaded, [file])[0]
    features = jnp.asarray(frames, jnp.float32)[:, None]
    xs, lengths = stacked(features, jnp.array([len(frames)]), config.stack)
    pool = pooling(config.pooling, both_ways=config.bidirectional)
    out = params["out"]

    def loss(hs: Array) -> Array:
        if config.output == "label":
            hs = pool.apply(params.get("pooling", {}), hs, lengths)[None]
        return -jax.nn.log_softmax(hs @ out["w"] + out["b"]).max(-1).sum()

    about = Words(
        "the loss of the label that the model hears"
        + (", or of none, at each step, added" if config.output == "ctc" else ""),
        ("시점마다 " if config.output == "ctc" else "")
        + "모델이 들은 레이블의 손실"
        + ("을 더한 값(빈 레이블 포함)" if config.output == "ctc" else ""),
    )
    return _network(xs, config, params["body"], loss, about)


def _network(
    xs: Array,
    config: RegressorConfig | TranscriberConfig,
    body: Params,
    loss: Loss,
    about: Words,
) -> Network:
    tokens = [str(number) for number in range(1, len(xs) + 1)]
    return Network(
        tokens, " ", xs, of_body(config, body), config.residual, loss, about, is_text=False
    )
