"""Durian cultivators after orange farmers: what a tagger gains from pretrained vectors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.embeddings.small_vectors import corpus_of, train_vectors
from experiments.claims.embeddings.transfer_report import (
    HELD_OUT,
    KINDS,
    SEEN,
    SIZES,
    accuracy,
    draw,
    tables,
)
from experiments.claims.embeddings.transfer_text import Rows, encoded, side_by_side, time_first
from experiments.claims.shared.numbers import mean, standard_error
from experiments.claims.shared.population import trained
from seqjax.basics.types import Array, Params
from seqjax.data.builtin.growers import TAGS, labelled_parts, unlabelled
from seqjax.models.tagger import Tagger, TaggerConfig, tagger
from seqjax.vectors.training.config import VectorsConfig

SENTENCES = 20_000
"""Without tags, that vectors are trained on."""
WIDTH, HIDDEN, STEPS, BATCH = 16, 12, 200, 32
CLIP = 1e3
"""None: the norm would be that of all taggers together."""
TEST = 400
ENOUGH = 1000
"""Labelled words from which on the verdict looks at words never labelled."""


def names_right(model: Tagger, params: Params, rows: Rows) -> Array:
    """Share of names, both words of each, that are told as a person's or a firm's."""
    batch = time_first(rows)
    named = batch["tags"] > 0
    right = model.predict(params, batch) == batch["tags"]
    return jnp.sum(right & named) / jnp.sum(named)


def pretrained(vocabulary: dict[str, int], say: Callable[[str], None]) -> np.ndarray:
    """Vectors of a text without tags [V, D], of length 1; zeros for words it does not have."""
    config = VectorsConfig(size=WIDTH, window=5, rate=0.1)
    corpus = corpus_of(unlabelled(SENTENCES, seed=0))
    vectors = train_vectors(config, corpus, seeds=[0], epochs=5, say=say, name="pretraining")[0]
    table = np.zeros((len(vocabulary) + 1, WIDTH), np.float32)
    for word, row in vocabulary.items():
        if word in vectors:
            table[row] = vectors.unit[vectors.row(word)]
    return table


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracies by kind of vectors, labelled words, and part of the test.

    The taggers of all kinds and sizes are trained side by side, by one program.
    """
    parts = labelled_parts(SIZES[-1] // 7, TEST, seed=0)
    everything = {word for part in parts.values() for sentence in part for word in sentence.words}
    vocabulary = {word: number for number, word in enumerate(sorted(everything), 1)}
    table = pretrained(vocabulary, say)
    config = TaggerConfig(
        cell="gru", hidden=HIDDEN, embedding=WIDTH, characters="none", dropout=0.0
    )
    model = tagger(config, words=len(table), characters=0, tags=len(TAGS))
    known = jnp.asarray(table.any(axis=1, keepdims=True))
    given = jnp.array([kind != "random" for kind in KINDS])
    kept = jnp.array([kind == "pretrained" for kind in KINDS])

    def init(key: Array) -> Params:
        # Words without a vector of the text begin as all words do without pretraining.
        params, sizes = model.init(key), jnp.arange(len(SIZES))

        def begun(given: Array, size: Array) -> Params:
            w = jnp.where(known & given, table, params["words"]["w"])
            return {**params, "words": {"w": w}}

        return jax.vmap(lambda given: jax.vmap(lambda size: begun(given, size))(sizes))(given)

    def loss_of(params: Params, kept: Array, batch: dict[str, Array]) -> Array:
        w = params["words"]["w"]
        w = jnp.where(known & kept, jax.lax.stop_gradient(w), w)
        return model.loss({**params, "words": {"w": w}}, (), batch)[0]

    def loss(params: Params, rows: Rows, key: Array) -> Array:
        sizes = jax.vmap(time_first)({name: leaf.swapaxes(0, 1) for name, leaf in rows.items()})
        of_sizes = jax.vmap(loss_of, in_axes=(0, None, 0))
        return jax.vmap(of_sizes, in_axes=(0, 0, None))(params, kept, sizes).sum()

    params = trained(
        init, loss, side_by_side(parts, vocabulary), seeds=seeds, steps=STEPS, batch=BATCH,
        clip=CLIP, say=say, name=f"{len(KINDS) * len(SIZES)} taggers",
    )  # fmt: skip
    found: dict[str, np.ndarray] = {}
    for part in (SEEN, HELD_OUT):
        score = functools.partial(names_right, model, rows=encoded(parts[part], vocabulary))
        every = jax.jit(jax.vmap(jax.vmap(jax.vmap(score))))(params)
        found[part] = np.asarray(every, float).round(5)
    runs = [
        {"kind": kind, "size": size}
        | {part: score[:, row, column].tolist() for part, score in found.items()}
        for row, kind in enumerate(KINDS)
        for column, size in enumerate(SIZES)
    ]
    return {"runs": runs}


def gains(results: Results, part: str, size: int) -> list[float]:
    """Accuracy with pretrained vectors minus that without, of each seed."""
    pairs = zip(
        accuracy(results, "pretrained", size, part), accuracy(results, "random", size, part),
        strict=True,
    )  # fmt: skip
    return [a - b for a, b in pairs]


def _surely(values: Sequence[float]) -> bool:
    """Whether the mean is above twice its standard error; for one value, above 0."""
    return mean(values) > 0 and not mean(values) <= 2 * standard_error(values)


def verdict(results: Results) -> Verdict:
    """By the rule below."""
    held = [gains(results, HELD_OUT, size) for size in SIZES if size >= ENOUGH]
    sure = all(mean(some) >= 0.2 and _surely(some) for some in held)
    best = max((gains(results, SEEN, size) for size in SIZES), key=mean)
    seen = [mean(gains(results, SEEN, size)) for size in SIZES]
    shrinks = max(seen) >= 0.05 and _surely(best) and seen[-1] <= max(seen) / 2
    kind = HOLDS if sure and shrinks else IN_PART if sure or shrinks else FAILS
    about = (
        f"{min(mean(some) for some in held):+.2f}", f"{max(seen):+.2f}", f"{seen[-1]:+.2f}"
    )  # fmt: skip
    return Verdict(
        kind,
        Text(
            "With 1,000 labelled words and more the gain for held-out words is {} at least; for"
            " words of the labelled text it is {} at most, and {} with 100,000.".format(*about),
            "라벨 단어 1,000개부터 떼어 둔 단어의 이득은 최소 {}다. 라벨 텍스트에 나오는 단어의"
            " 이득은 최대 {}이고 100,000개에서는 {}다.".format(*about),
        ),
    )


CLAIM = Claim(
    name="transfer",
    number=5,
    statement=Text(
        "Pretrained vectors let a tagger that knows the orange farmer recognise the durian"
        " cultivator, and help the more, the less is labelled.",
        "사전 학습된 단어 벡터가 있으면 'orange farmer'를 배운 태거(tagger)가 'durian"
        " cultivator'도 알아보며, 라벨이 적을수록 도움이 크다.",
    ),
    experiment=Text(
        "A bidirectional GRU tagger tells names of people from names of firms by the noun that"
        " follows, from 100 to 100,000 labelled words. Its embedding begins at random, or with"
        " skip-gram vectors of 20,000 sentences without tags, kept as they are or trained on; it is"
        " tested on sentences of the labelled fruits and nouns and on others, never labelled.",
        "양방향 GRU 태거가 뒤따르는 명사를 보고 사람 이름과 회사 이름을 가린다. 라벨 단어는"
        " 100개에서 100,000개다. 임베딩은 무작위로 시작하거나, 라벨 없는 문장 20,000개의 skip-gram"
        " 벡터로 시작해 그대로 두거나 이어서 학습한다. 라벨이 있던 과일·명사의 문장과 한 번도"
        " 라벨이 없던 과일·명사의 문장으로 시험한다.",
    ),
    rule=Text(
        "Holds: for held-out words the mean gain of kept vectors over random ones is at least 0.2"
        " and more than twice its standard error at each size from 1,000 words on, and for labelled"
        " words the gain with 100,000 is at most half of the largest, which is at least 0.05 and"
        " more than twice its standard error; in part: one of both; else does not hold here. (That"
        " the largest gain exceeds its error was added after a first trial; it is stricter.)",
        "성립: 떼어 둔 단어에서 고정한 벡터의 평균 이득이 1,000단어 이상 모든 크기에서 0.2 이상이고"
        " 표준 오차의 두 배를 넘으며, 라벨이 있던 단어에서는 100,000단어의 이득이 최대 이득(0.05"
        " 이상이고 표준 오차의 두 배를 넘는 것)의 절반 이하다. 일부 성립: 둘 중 하나만 맞다. 그"
        " 밖에는 성립하지 않는다. (최대 이득이 오차를 넘어야 한다는 조건은 첫 시험 뒤에 더했으며 더"
        " 엄격하다.)",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Accuracy on names against the number of labelled words, with random, kept and tuned"
        " vectors; one panel for labelled words and one for held-out words.",
        "라벨 단어 수에 따른 이름 정확도. 무작위, 고정, 이어서 학습한 벡터를 비교하며, 라벨이 있던"
        " 단어와 떼어 둔 단어를 칸을 나누어 그렸다.",
    ),
)
