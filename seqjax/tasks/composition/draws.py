"""Random draws from a composer, many pieces at once, each from a random key of its own."""

from __future__ import annotations

import functools
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax import decoding
from seqjax.basics.types import Array, Params
from seqjax.decoding.frames import sample_frames
from seqjax.models.composer import Composer


def keys_of(seed: int, names: Sequence[str]) -> Array:
    """A random key for each piece, [N], from the name of what it begins with.

    The first piece of a name always gets the same key, and so does the second: what a piece is does
    not depend on others that are composed with it.

    >>> one, other = keys_of(0, ["a", "b"]), keys_of(0, ["b"])
    >>> bool(one[1] == other[0])
    True
    """
    times: Counter[str] = Counter()
    occurrences = []
    for name in names:
        occurrences.append(times[name])
        times[name] += 1
    hashes = [zlib.crc32(name.encode("utf-8", "surrogatepass")) for name in names]
    fold = jax.vmap(jax.random.fold_in)
    keys = fold(jnp.broadcast_to(jax.random.key(seed), len(names)), np.array(hashes, np.uint32))
    return fold(keys, np.array(occurrences, np.uint32))


def batches(count: int, size: int) -> Iterator[tuple[np.ndarray, int]]:
    """(indices of a batch, how many of them are real): all batches of a size, if there are several.

    The last one is filled up with its last index, so that nothing is compiled for it.

    >>> [(rows.tolist(), real) for rows, real in batches(5, 3)]
    [([0, 1, 2], 3), ([3, 4, 4], 2)]
    """
    rows = min(size, count)
    for begin in range(0, count, rows):
        real = min(rows, count - begin)
        yield np.minimum(np.arange(begin, begin + rows), count - 1), real


@functools.lru_cache(maxsize=8)
def draw_frames(model: Composer, steps: int) -> Callable[..., Array]:
    """(params, prompts bool [N, P, K], keys [N], temperature) -> bool [N, P + steps, K]."""

    def one(params: Params, prompt: Array, key: Array, temperature: Array) -> Array:
        step, carry = functools.partial(model.step, params), model.start(params, 1)
        options: Any = {"steps": steps, "temperature": temperature, "key": key}
        return sample_frames(step, carry, prompt[:, None], **options)[:, 0]

    return jax.jit(jax.vmap(one, (None, 0, 0, None)))


@functools.lru_cache(maxsize=8)
def draw_tokens(
    model: Composer, steps: int, eos: int, forbid: tuple[int, ...]
) -> Callable[..., tuple[Array, Array]]:
    """(params, labels int [N], keys [N], temperature) -> tokens int [N, steps], lengths int [N]."""

    def one(params: Params, label: Array, key: Array, temperature: Array) -> tuple[Array, Array]:
        choose = functools.partial(decoding.choose, temperature=temperature, forbid=forbid)
        samples = decoding.sample(
            functools.partial(model.step, params),
            model.start(params, 1, label[None]),
            jnp.full(1, -1, jnp.int32),
            steps=steps,
            choose=choose,
            eos=eos,
            key=key,
        )
        return samples.tokens[:, 0], samples.lengths[0]

    return jax.jit(jax.vmap(one, (None, 0, 0, None)))
