"""The likeliest next tokens of texts."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.models.language_model import LanguageModel
from seqjax.tasks.language_model.score import power_of_two
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.encode import encode, predicted
from seqjax.tasks.text_checks import check_text
from seqjax.tasks.text_input import encoding_of, lines_of


@dataclasses.dataclass(frozen=True)
class NextTokenOptions:
    """Language model: how many next tokens are shown."""

    top: int = option(5, "next tokens of each text, the likeliest first")
    batch: int = option(32, "texts that are read at once")


class NextTokens(NamedTuple):
    """A text, and what the model expects behind it."""

    text: str
    tokens: list[str]
    """the likeliest first; <unk> stands for all that the model does not know, <eos> for the end"""
    probabilities: list[float]
    """of each of them"""


def predict(loaded: Loaded, texts: Sequence[str], options: NextTokenOptions) -> list[NextTokens]:
    """p(w | text) of the likeliest next tokens w of each text, from the beginning of a text on.

    After an empty text they are the likeliest first tokens.

        run.predict(["the cat"], top=3)[0].tokens

    Raises:
      ValueError: for no texts, something else than texts, or options out of range.
    """
    for name in ("top", "batch"):
        checks.positive(name, getattr(options, name))
    if not len(texts):
        raise ValueError("inputs: got no texts, want one or more")
    for number, text in enumerate(texts, 1):
        check_text(text, number)
    vocabulary, data = loaded.vocabulary, loaded.record["data"]
    top = min(options.top, predicted(data, vocabulary))
    rows = [encode(data, vocabulary, loaded.tokenizer.split(text)) for text in texts]
    # Longest first, so that rows of about one length share a batch.
    order = sorted(range(len(rows)), key=lambda n: -len(rows[n]))
    forward, answers = _forward(loaded.model, top), {}
    for begin in range(0, len(rows), options.batch):
        indices = order[begin : begin + options.batch]
        tokens_in, lengths = _padded([rows[n] for n in indices], loaded.first, options.batch)
        probabilities, ids = map(np.asarray, forward(loaded.params, tokens_in, lengths))
        for b, n in enumerate(indices):
            tokens = vocabulary.decode(ids[b])
            answers[n] = NextTokens(texts[n], tokens, probabilities[b].tolist())
    return [answers[n] for n in range(len(rows))]


def _padded(rows: Sequence[np.ndarray], first: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """``first`` and each row behind it, int32 [T, B], and the steps of each, int32 [B]."""
    tokens_in = np.zeros((power_of_two(max(map(len, rows)) + 1), batch), np.int32)
    tokens_in[0], lengths = first, np.ones(batch, np.int32)
    for b, row in enumerate(rows):
        tokens_in[1 : len(row) + 1, b] = row
        lengths[b] = len(row) + 1
    return tokens_in, lengths


@functools.lru_cache(maxsize=4)
def _forward(model: LanguageModel, top: int) -> Callable[..., tuple[Array, Array]]:
    """(params, tokens [T, B], lengths [B]) -> (probabilities [B, top], ids), compiled once."""

    def forward(params: Params, tokens: Array, lengths: Array) -> tuple[Array, Array]:
        # All but the last token as evaluation reads them, at its speed; the last by one step.
        batch = {
            "inputs": tokens,
            "targets": jnp.zeros_like(tokens),
            "weights": jnp.zeros(tokens.shape),
            "lengths": lengths - 1,
        }
        carry, _ = model.evaluate(params, model.start(params, tokens.shape[1]), batch)
        last = jnp.take_along_axis(tokens, lengths[None] - 1, axis=0)[0]
        _, logits = model.step(params, carry, last)
        dtype = jnp.promote_types(logits.dtype, jnp.float32)
        return jax.lax.top_k(jax.nn.softmax(logits.astype(dtype)), top)

    return jax.jit(forward)


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: NextTokenOptions
) -> list[str]:
    """Texts, one a line.

    Raises:
      ValueError: for files that cannot be read, or an empty line.
    """
    return lines_of(texts, files, encoding=encoding_of(loaded.record))


def show(prediction: NextTokens, options: NextTokenOptions) -> str:
    """The text, and behind it each token with its probability."""
    pairs = zip(prediction.tokens, prediction.probabilities, strict=True)
    return f"{prediction.text} -> " + "  ".join(f"{token!r} {share:.3f}" for token, share in pairs)
