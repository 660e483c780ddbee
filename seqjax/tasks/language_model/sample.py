"""Text drawn from a language model."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax import decoding
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.models.language_model import LanguageModel
from seqjax.tasks.language_model.score import power_of_two
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.encode import encode, predicted
from seqjax.tasks.settings import from_settings

SHORTEST = 8
"""Prompts of up to so many tokens share a program."""


@dataclasses.dataclass(frozen=True)
class SampleOptions:
    """What is drawn."""

    count: int = option(1, "texts, drawn at once")
    length: int = option(300, "most tokens of each after the prompt")
    temperature: float = option(0.8, "below 1 safer, above 1 wilder, 0 the likeliest token always")
    top_k: int = option(0, "draw from the k likeliest tokens alone; 0: all")
    top_p: float = option(
        1.0, "draw from the likeliest tokens that together reach this probability"
    )
    seed: int = option(0, "the same seed writes the same text")


def sample(loaded: Loaded, prompt: str = "", **options: Any) -> list[str]:
    """Texts, prompt included, each up to the model's end of text or the limit.

        run.sample("The ", count=3, length=200, temperature=0.8, seed=1)

    Args:
      prompt: the text that is continued.
      options: count, length, temperature, top_k, top_p and seed: those of ``SampleOptions``.

    Raises:
      ValueError: for options that are unknown or out of range.
    """
    (settings,) = from_settings([SampleOptions], options)
    for name in ("count", "length"):
        checks.positive(name, getattr(settings, name))
    checks.natural("top_k", settings.top_k)
    checks.seed(settings.seed)
    vocabulary, data = loaded.vocabulary, loaded.record["data"]
    if not isinstance(prompt, str):
        raise ValueError(f"prompt: got {prompt!r}, want a text")
    words = loaded.tokenizer.split(prompt)
    end = vocabulary.eos if loaded.record["config"]["sentences"] else None
    draw = _sampler(
        loaded.model,
        settings.length,
        min(settings.top_k, predicted(data, vocabulary)) or None,
        tuple(id for id in (vocabulary.unk, vocabulary.bos, vocabulary.pad) if id is not None),
        end,
    )
    prompt_ids = np.zeros(max(SHORTEST, power_of_two(len(words))), np.int32)
    prompt_ids[: len(words)] = encode(data, vocabulary, words)
    _check_choice(predicted(data, vocabulary), settings)
    tokens, lengths = draw(
        loaded.params,
        jnp.full(settings.count, loaded.first, jnp.int32),
        jnp.tile(prompt_ids[:, None], (1, settings.count)),
        jnp.full(settings.count, len(words), jnp.int32),
        settings.temperature,
        settings.top_p,
        jax.random.key(settings.seed),
    )
    decoding.check_chosen(np.asarray(tokens))
    texts = []
    for row, length in zip(np.asarray(tokens).T, np.asarray(lengths), strict=True):
        new = [id for id in row[len(words) : length] if id != end]
        # The prompt as it was given: ids have forgotten what the model does not know.
        texts.append(loaded.tokenizer.join([*words, *vocabulary.decode(new)]))
    return texts


def unknown(loaded: Loaded, text: str) -> list[str]:
    """The tokens of a text that the model does not know, each once."""
    words = dict.fromkeys(loaded.tokenizer.split(text))
    return [word for word in words if word not in loaded.vocabulary]


@functools.lru_cache(maxsize=4)
def _sampler(
    model: LanguageModel, steps: int, top_k: int | None, forbid: tuple[int, ...], eos: int | None
) -> Callable[..., tuple[Array, Array]]:
    """(params, first [B], prompt [P, B], lengths of prompts, temperature, top_p, key), compiled."""

    def draw(
        params: Params,
        first: Array,
        prompt: Array,
        lengths: Array,
        temperature: Array,
        top_p: Array,
        key: Array,
    ) -> tuple[Array, Array]:
        choose = functools.partial(
            decoding.choose, temperature=temperature, top_k=top_k, top_p=top_p, forbid=forbid
        )
        drawn = decoding.sample(
            functools.partial(model.step, params),
            model.start(params, len(first)),
            first,
            steps=steps,
            choose=choose,
            eos=eos,
            prompt=prompt,
            prompt_lengths=lengths,
            key=key,
        )
        return drawn.tokens, drawn.lengths

    return jax.jit(draw)


def _check_choice(vocabulary: int, options: SampleOptions) -> None:
    """Raises what ``choose`` says of values that it cannot see in a compiled program."""
    choose = functools.partial(
        decoding.choose, temperature=options.temperature, top_p=options.top_p
    )
    logits = jax.ShapeDtypeStruct((1, vocabulary), jnp.float32)
    jax.eval_shape(lambda logits, key: choose(logits, key=key), logits, jax.random.key(0))
