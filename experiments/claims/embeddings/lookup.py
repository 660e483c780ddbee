"""An embedding is a table or a matrix: the same numbers, not the same cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.shared.curves import curves
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.timing import by_turns
from experiments.claims.shared.wording import chosen
from seqjax.basics.types import Array, Params
from seqjax.diagnostics.plots import style
from seqjax.layers import embedding

SIZES = (100, 1_000, 10_000, 100_000)
"""Words of the vocabulary, V."""
WIDTH, IDS = 64, 128
WAYS = ("lookup", "product")
NAMES = {
    "lookup": Text("lookup", "조회"), "product": Text("one-hot product", "원-핫 곱"),
    "lookup gradient": Text("lookup, gradient", "조회, 기울기"),
    "product gradient": Text("one-hot product, gradient", "원-핫 곱, 기울기"),
}  # fmt: skip
PARTS = {"forward": Text("forward", "순전파"), "gradient": Text("gradient", "기울기")}
SAME, CHEAP, DEAR = 1e-5, 10.0, 30.0
"""Of the rule: how far gradients may differ; growth of what is cheap, of what is dear."""


def programs(vocabulary: int) -> dict[str, Callable[[Params, Array, Array], Array]]:
    """Both ways from ids [N] to vectors [N, D], and the gradients of Σ c ⊙ vectors for w [V, D]."""
    layer = embedding(vocabulary, WIDTH)

    def lookup(params: Params, ids: Array) -> Array:
        vectors: Array = layer.apply(params, ids[None])[1][0]
        return vectors

    def product(params: Params, ids: Array) -> Array:
        return jnp.matmul(jax.nn.one_hot(ids, vocabulary), params["w"], precision="highest")

    made: dict[str, Callable[[Params, Array, Array], Array]] = {}
    for name, way in (("lookup", lookup), ("product", product)):
        made[name] = jax.jit(lambda params, ids, c, way=way: way(params, ids))
        gradient = jax.grad(lambda params, ids, c, way=way: (way(params, ids) * c).sum())
        made[f"{name} gradient"] = jax.jit(lambda p, ids, c, g=gradient: g(p, ids, c)["w"])
    return made


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """By size: the largest differences by seed, and seconds [seeds] of the four programs."""
    found: dict[str, Any] = {"sizes": list(SIZES), "forward": [], "gradient": []}
    seconds: dict[str, list[list[float]]] = {name: [] for name in NAMES}
    for vocabulary in SIZES:
        made, times = programs(vocabulary), []
        differences: dict[str, list[float]] = {"": [], " gradient": []}
        for seed in seeds:
            keys = jax.random.split(jax.random.key(seed), 3)
            params = embedding(vocabulary, WIDTH).init(keys[0], vocabulary)
            ids = jax.random.randint(keys[1], (IDS,), 0, vocabulary)
            c = jax.random.normal(keys[2], (IDS, WIDTH))
            for part, each in differences.items():
                first, second = (np.asarray(made[way + part](params, ids, c)) for way in WAYS)
                each.append(float(np.abs(first - second).max() / np.abs(second).max()))
            times.append(by_turns({name: partial(f, params, ids, c) for name, f in made.items()}))
        found["forward"].append(differences[""])
        found["gradient"].append(differences[" gradient"])
        for name, by_size in seconds.items():
            by_size.append([one[name] for one in times])
        say(f"{vocabulary:,} words: product {mean(seconds['product'][-1]) * 1e3:.2f} ms")
    return found | {"seconds": seconds}


def growth(results: Results, name: str) -> float:
    """Time at the largest vocabulary over that at 1,000 words."""
    times = results["seconds"][name]
    return mean(times[-1]) / mean(times[results["sizes"].index(1_000)])


def verdict(results: Results) -> Verdict:
    """By the rule."""
    forward, gradient = np.max(results["forward"]), np.max(results["gradient"])
    cheap, dear = growth(results, "lookup"), growth(results, "product")
    kind = FAILS
    if forward == 0 and gradient <= SAME:
        kind = HOLDS if cheap < CHEAP and dear > DEAR else IN_PART
    return Verdict(
        kind,
        Text(
            f"The outputs differ by {forward:.1g}, the gradients by {gradient:.1g} of the largest"
            f" at most. From 1,000 to 100,000 words the time of the lookup grows {cheap:.2g} fold,"
            f" that of the product {dear:.3g} fold.",
            f"출력의 차이는 최대 {forward:.1g}, 기울기의 차이는 가장 큰 값의 {gradient:.1g}"
            f" 이하이다. 단어가 1,000개에서 100,000개로 늘 때 조회 시간은 {cheap:.2g}배,"
            f" 곱의 시간은 {dear:.3g}배가 된다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Milliseconds, and differences."""
    sizes = [Text(f"V = {size:,}", f"V = {size:,}") for size in results["sizes"]]
    seeds = len(results["forward"][0])
    times: list[list[str | Text]] = [
        [
            NAMES[name],
            *(spread([second * 1e3 for second in each]) for each in results["seconds"][name]),
        ]
        for name in NAMES
    ]
    differences: list[list[str | Text]] = [
        [label, *(f"{max(each):.1g}" for each in results[part])] for part, label in PARTS.items()
    ]
    return [
        Table(
            [
                Text("way (gradient: forward and backward)", "방법(기울기: 순전파와 역전파)"),
                *sizes,
            ],
            times,
            Text(
                f"Milliseconds for {IDS} words of width {WIDTH}, by words of the vocabulary. Mean ±"
                f" standard deviation over {seeds} seeds.",
                f"너비 {WIDTH}인 단어 {IDS}개에 걸리는 밀리초, 어휘 크기별. 시드 {seeds}개의 평균 ±"
                " 표준편차.",
            ),
        ),
        Table(
            [Text("what", "대상"), *sizes],
            differences,
            Text(
                f"Largest difference between both ways over {seeds} seeds, relative to the largest"
                " number.",
                f"두 방법의 차이 가운데 가장 큰 것, 가장 큰 값에 대한 비율. 시드 {seeds}개.",
            ),
        ),
    ]


def draw(results: Results, language: str) -> Any:
    """Time against the vocabulary, both axes logarithmic."""
    with style.context(language):
        figure, axes = style.figure()
        values = {name: (np.asarray(results["seconds"][name]).T * 1e3).tolist() for name in NAMES}
        curves(axes, results["sizes"], values, {k: chosen(v, language) for k, v in NAMES.items()})
        axes.set(xscale="log", yscale="log")
        axes.set_title(chosen(Text("A lookup and the product", "조회와 곱의 비용"), language))
        axes.set_xlabel(chosen(Text("words of the vocabulary", "어휘의 단어 수"), language))
        axes.set_ylabel(chosen(Text("milliseconds", "밀리초"), language))
        axes.legend()
    return figure


CLAIM = Claim(
    name="lookup",
    number=11,
    statement=Text(
        "Looking up an embedding is the product of the embedding matrix and a one-hot vector,"
        " without its cost.",
        "임베딩(embedding) 조회는 임베딩 행렬과 원-핫(one-hot) 벡터의 곱과 같되, 그 비용이 들지"
        " 않는다.",
    ),
    experiment=Text(
        f"The vectors of {IDS} words, and the gradient of the matrix, are computed by lookup and by"
        " the product with one-hot vectors, for vocabularies of 100 to 100,000 words. Numbers and"
        " times are compared.",
        f"단어 {IDS}개의 벡터와 행렬의 기울기(gradient)를 조회로, 또 원-핫 벡터와의 곱으로 구한다."
        " 어휘는 단어 100개에서 100,000개까지이며, 결과와 시간을 비교한다.",
    ),
    rule=Text(
        f"Holds: all outputs are equal bit for bit, gradients differ by at most {SAME:g} of the"
        " largest, and from 1,000 to 100,000 words the time of the forward lookup grows less than"
        f" {CHEAP:g} fold and that of the product more than {DEAR:g} fold. In part: the numbers are"
        " the same, the times are not like that. Else it does not hold here.",
        f"성립: 모든 출력이 비트까지 같고, 기울기의 차이가 가장 큰 값의 {SAME:g} 이하이며, 단어가"
        f" 1,000개에서 100,000개로 늘 때 조회의 순전파 시간은 {CHEAP:g}배 미만, 곱의 시간은"
        f" {DEAR:g}배 넘게 늘어난다. 부분 성립: 결과는 같지만 시간은 그렇지 않다. 그 밖에는 여기서"
        " 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Milliseconds against the size of the vocabulary for lookup and product, forward and with"
        " gradient, both axes logarithmic.",
        "어휘 크기에 따른 조회와 곱의 밀리초. 순전파와 기울기 계산을 나누어 로그 축에 그렸다.",
    ),
)
