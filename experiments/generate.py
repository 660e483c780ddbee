"""Writes text with a trained language model: python -m experiments.generate --run=FOLDER."""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from experiments import flags, launch
from seqjax import decoding, runs
from seqjax.basics import checks
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class GenerateConfig:
    """What to write."""

    run: str = option("runs/language_model", "folder of a trained language model")
    prompt: str = option("", "the text that is continued")
    count: int = option(1, "texts, drawn at once")
    length: int = option(300, "most tokens of each after the prompt")
    temperature: float = option(0.8, "below 1 safer, above 1 wilder, 0 the likeliest token always")
    top_k: int = option(0, "draw from the k likeliest tokens alone; 0: all")
    top_p: float = option(
        1.0, "draw from the likeliest tokens that together reach this probability"
    )
    seed: int = option(0, "the same seed writes the same text")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def generate(loaded: runs.Loaded, config: GenerateConfig) -> list[str]:
    """The texts, prompt included, each up to the model's end of text or the limit.

    Raises:
      ValueError: for options out of range, or a prompt with tokens that the model does not know.
    """
    for name in ("count", "length"):
        checks.positive(name, getattr(config, name))
    if config.top_k < 0:
        raise ValueError(f"top_k: got {config.top_k}, want 0 or more")
    vocabulary, model, params = loaded.vocabulary, loaded.model, loaded.params
    prompt = vocabulary.encode(loaded.tokenizer.split(config.prompt))
    forbid = [id for id in (vocabulary.unk, vocabulary.bos, vocabulary.pad) if id is not None]
    choose = functools.partial(
        decoding.choose,
        temperature=config.temperature,
        top_k=min(config.top_k, len(vocabulary)) or None,
        top_p=config.top_p,
        forbid=forbid,
    )
    first = jnp.full(config.count, loaded.first, jnp.int32)
    draw = functools.partial(
        decoding.sample,
        functools.partial(model.step, params),
        steps=config.length,
        choose=choose,
        eos=vocabulary.eos if loaded.record["config"]["sentences"] else None,
        prompt=jnp.tile(jnp.asarray(prompt, jnp.int32)[:, None], (1, config.count)),
    )
    drawn = jax.jit(draw)(model.start(params, config.count), first, key=jax.random.key(config.seed))
    rows = np.asarray(drawn.tokens).T
    lengths = np.asarray(drawn.lengths)
    return [_text(loaded, row[:length]) for row, length in zip(rows, lengths, strict=True)]


def _text(loaded: runs.Loaded, ids: np.ndarray) -> str:
    ended = loaded.record["config"]["sentences"] and len(ids) and ids[-1] == loaded.vocabulary.eos
    return loaded.tokenizer.join(loaded.vocabulary.decode(ids[:-1] if ended else ids))


def main() -> None:
    """Prints the texts, lines of dashes between them."""
    with launch.mistakes():
        config = flags.parse(GenerateConfig)
        texts = generate(runs.load(config.run, config.checkpoint), config)
    print(f"\n{'-' * 40}\n".join(texts))


if __name__ == "__main__":
    flags.define(GenerateConfig)
    launch.run(main)
