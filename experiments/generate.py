"""Writes text with a trained language model: python -m experiments.generate --run=FOLDER."""

from __future__ import annotations

import dataclasses
import functools
import sys

import jax
import jax.numpy as jnp
import numpy as np

from experiments import flags, launch, pretrained
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
      ValueError: for options out of range.
    """
    for name in ("count", "length"):
        checks.positive(name, getattr(config, name))
    flags.natural("top_k", config.top_k)
    flags.seed(config.seed)
    vocabulary, model, params = loaded.vocabulary, loaded.model, loaded.params
    words = loaded.tokenizer.split(config.prompt)
    prompt = jnp.asarray(pretrained.encode(loaded.record, vocabulary, words))
    forbid = [id for id in (vocabulary.unk, vocabulary.bos, vocabulary.pad) if id is not None]
    choose = functools.partial(
        decoding.choose,
        temperature=config.temperature,
        top_k=min(config.top_k, pretrained.predicted(loaded.record, vocabulary)) or None,
        top_p=config.top_p,
        forbid=forbid,
    )
    end = vocabulary.eos if loaded.record["config"]["sentences"] else None
    draw = functools.partial(
        decoding.sample,
        functools.partial(model.step, params),
        steps=config.length,
        choose=choose,
        eos=end,
        prompt=jnp.tile(prompt[:, None], (1, config.count)),
    )
    first = jnp.full(config.count, loaded.first, jnp.int32)
    drawn = jax.jit(draw)(model.start(params, config.count), first, key=jax.random.key(config.seed))
    texts = []
    for row, length in zip(np.asarray(drawn.tokens).T, np.asarray(drawn.lengths), strict=True):
        new = [id for id in row[len(words) : length] if id != end]
        # The prompt as it was given: ids have forgotten what the model does not know.
        texts.append(loaded.tokenizer.join([*words, *vocabulary.decode(new)]))
    return texts


def unknown(loaded: runs.Loaded, text: str) -> list[str]:
    """The tokens of a text that the model does not know, each once."""
    words = dict.fromkeys(loaded.tokenizer.split(text))
    return [word for word in words if word not in loaded.vocabulary]


def main() -> None:
    """Prints the texts, lines of dashes between them."""
    with launch.mistakes():
        config = flags.parse(GenerateConfig)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, kind="language_model")
        texts = generate(loaded, config)
    if strange := unknown(loaded, config.prompt):
        words = ", ".join(map(repr, strange))
        print(f"note: the prompt has {words}, unknown to the model", file=sys.stderr)
    print(f"\n{'-' * 40}\n".join(texts))


if __name__ == "__main__":
    flags.define(GenerateConfig)
    launch.run(main)
