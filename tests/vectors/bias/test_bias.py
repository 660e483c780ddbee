"""The direction of a bias and measures of it: by the equations, on planted bias, and refusals."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from vector_toys import drawn, gendered

from seqjax.vectors import KeyedVectors
from seqjax.vectors.bias.biased_analogies import biased_analogies
from seqjax.vectors.bias.direction import Subspace, mean_difference, principal
from seqjax.vectors.bias.linear import logistic
from seqjax.vectors.bias.measures import direct_bias, extremes, indirect_bias, projections
from seqjax.vectors.bias.probes import halves, rbf_classes, two_means
from seqjax.vectors.bias.residual_bias import residual

PAIRS = tuple((f"she{i}", f"he{i}") for i in range(4))
VECTORS, G = gendered(PAIRS)
NEUTRAL = [f"n{i}" for i in range(60)]
KEY = jax.random.key(0)


def unit(word, vectors=VECTORS):
    return vectors[word] / np.linalg.norm(vectors[word])


@pytest.mark.parametrize("find", [mean_difference, principal])
def test_the_planted_direction(find):
    found = find(VECTORS, PAIRS)
    assert found.direction @ G > 0.99, "towards the first words"
    turned = find(VECTORS, [pair[::-1] for pair in PAIRS])
    np.testing.assert_allclose(turned.direction, -found.direction, atol=1e-12)
    assert np.linalg.norm(found.direction) == pytest.approx(1)


def test_the_mean_of_differences():
    differences = [unit(a) - unit(b) for a, b in PAIRS]
    want = np.mean(differences, axis=0)
    found = mean_difference(VECTORS, PAIRS)
    np.testing.assert_allclose(found.direction, want / np.linalg.norm(want), atol=1e-14)
    share = sum((d @ found.direction) ** 2 for d in differences) / sum(d @ d for d in differences)
    assert found.explained == pytest.approx([share])


def test_principal_components_by_the_covariance():
    sets = [PAIRS[0], ("n0", "n1", "n2"), PAIRS[1]]
    c = np.zeros((12, 12))
    for words in sets:
        mu = np.mean([unit(word) for word in words], axis=0)
        for word in words:
            c += np.outer(unit(word) - mu, unit(word) - mu) / len(words)
    values, axes = np.linalg.eigh(c)
    found = principal(VECTORS, sets, 3)
    np.testing.assert_allclose(found.explained[:4], values[::-1][:4] / values.sum(), atol=1e-12)
    np.testing.assert_allclose(np.abs(found.basis @ axes[:, ::-1][:, :3]), np.eye(3), atol=1e-9)


def test_the_principal_direction_of_pairs_as_scikit_learn_has_it():
    decomposition = pytest.importorskip("sklearn.decomposition", reason="compared with it")
    rows = []
    for a, b in PAIRS:
        mu = (unit(a) + unit(b)) / 2
        rows += [unit(a) - mu, unit(b) - mu]
    peer = decomposition.PCA(n_components=4).fit(np.array(rows))
    found = principal(VECTORS, PAIRS)
    assert abs(found.direction @ peer.components_[0]) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found.explained[:4], peer.explained_variance_ratio_, atol=1e-12)


def test_pairs_that_are_missing():
    found = principal(VECTORS, [("x", "he0"), *PAIRS])
    assert (found.used, found.missing) == (PAIRS, (("x", "he0"),))
    np.testing.assert_array_equal(found.basis, principal(VECTORS, PAIRS).basis)


def test_projections_do_not_depend_on_lengths():
    longer = VECTORS.replaced(VECTORS.matrix * np.linspace(0.1, 9, len(VECTORS))[:, None])
    want = [unit(word) @ G for word in NEUTRAL]
    np.testing.assert_allclose(projections(VECTORS, NEUTRAL, G), want, atol=1e-14)
    np.testing.assert_allclose(projections(longer, NEUTRAL, 7 * G), want, atol=1e-12)


def test_direct_bias():
    cosines = np.abs([unit(word) @ G for word in NEUTRAL])
    found = direct_bias(VECTORS, [*NEUTRAL, "unknown"], G)
    assert found == (pytest.approx(cosines.mean()), 60, 61)
    assert direct_bias(VECTORS, NEUTRAL, G, 2).value == pytest.approx((cosines**2).mean())
    assert direct_bias(VECTORS, NEUTRAL, G, 0).value == 1
    none = KeyedVectors(("a", "b"), np.array([[0.0, 1], [1, 1]]))
    assert direct_bias(none, ["a", "b"], np.array([1.0, 0]), 0).value == 0.5


def test_indirect_bias():
    space = Subspace(G[None], np.ones(1), (), ())
    w, v = unit("n0"), unit("n2")
    w_, v_ = (x - (x @ G) * G for x in (w, v))
    cosine = w_ @ v_ / np.linalg.norm(w_) / np.linalg.norm(v_)
    assert indirect_bias(VECTORS, "n0", "n2", space) == pytest.approx((w @ v - cosine) / (w @ v))
    plain = KeyedVectors(
        ("x", "y", "xy", "g", "xg", "yg"),
        np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1.0]]),
    )
    space = Subspace(np.array([[0, 0, 1.0]]), np.ones(1), (), ())
    assert indirect_bias(plain, "x", "xy", space) == pytest.approx(0)
    assert indirect_bias(plain, "xg", "yg", space) == pytest.approx(1), "similar by g alone"
    assert np.isnan(indirect_bias(plain, "x", "y", space))
    assert np.isnan(indirect_bias(plain, "x", "g", space))


def test_the_most_biased_words():
    first, second = extremes(VECTORS, NEUTRAL, G, 5)
    order = sorted(NEUTRAL, key=lambda word: -(unit(word) @ G))
    assert (first, second) == (order[:5], order[::-1][:5])


def test_two_clusters_as_scikit_learn_finds_them():
    cluster = pytest.importorskip("sklearn.cluster", reason="compared with it")
    points = np.random.default_rng(0).normal(size=(80, 3)) + np.repeat(
        [[0, 0, 0], [2, 1, 0]], 40, 0
    )
    found = two_means(points, key=KEY)
    peer = cluster.KMeans(2, n_init=10, random_state=0).fit(points)
    assert (found == peer.labels_).mean() in {0, 1}
    np.testing.assert_array_equal(found, two_means(points, key=KEY))
    assert set(two_means(np.ones((6, 2)), key=KEY)) == {0}


@pytest.mark.parametrize("penalty", [0.01, 1, 100])
def test_logistic_regression_as_scikit_learn_has_it(penalty):
    models = pytest.importorskip("sklearn.linear_model", reason="compared with it")
    draw = np.random.default_rng(0)
    xs = draw.normal(size=(90, 6))
    ys = xs @ draw.normal(size=6) + 0.5 * draw.normal(size=90) > 0.7
    found = logistic(xs, ys, penalty=penalty)
    peer = models.LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000).fit(xs, ys)
    np.testing.assert_allclose(found.weight, peer.coef_[0], rtol=1e-4, atol=1e-6)
    assert found.bias == pytest.approx(peer.intercept_[0], rel=1e-4)
    # At the minimum the gradient is zero, to rounding.
    p = 1 / (1 + np.exp(-(xs @ found.weight + found.bias)))
    np.testing.assert_allclose(xs.T @ (p - ys) + penalty * found.weight, 0, atol=1e-6)
    np.testing.assert_array_equal(found.predict(xs), peer.predict(xs))


def test_the_kernel_as_scikit_learn_has_it():
    ridge = pytest.importorskip("sklearn.kernel_ridge", reason="compared with it")
    draw = np.random.default_rng(0)
    xs, others = draw.normal(size=(60, 4)), draw.normal(size=(300, 4))
    ys = np.linalg.norm(xs, axis=1) > 1.9
    peer = ridge.KernelRidge(alpha=1.0, kernel="rbf", gamma=1 / (4 * xs.var()))
    want = peer.fit(xs, np.where(ys, 1.0, -1.0)).predict(others) > 0
    np.testing.assert_array_equal(rbf_classes(xs, ys, others), want)
    assert 0.2 < want.mean() < 0.8


def test_halves_of_each_side():
    chosen = halves(10, 7, key=KEY)
    assert (chosen[:10].sum(), chosen[10:].sum()) == (5, 3)
    assert (chosen != halves(10, 7, key=jax.random.key(1))).any()


def test_what_remains_when_the_direction_is_gone():
    first, second = extremes(VECTORS, NEUTRAL, G, 25)
    gone = VECTORS.replaced(VECTORS.matrix - np.outer(VECTORS.matrix @ G, G))
    found = residual(gone, first, second, key=KEY)
    assert np.abs(projections(gone, NEUTRAL, G)).max() < 1e-12
    assert min(found.clusters, found.linear, found.rbf) > 0.9, "planted in a second coordinate"
    other = np.eye(12)[1]
    both = gone.replaced(gone.matrix - np.outer(gone.matrix @ other, other))
    blind = residual(both, first, second, key=KEY)
    assert max(blind.linear, blind.rbf, blind.clusters) < 0.8
    assert found.words == blind.words == 50


def test_biased_analogies_by_brute_force():
    found = biased_analogies(VECTORS, G, count=6, distance=1.1, without=["she0", "he0"])
    words = [word for word in VECTORS.words if word not in {"she0", "he0"}]
    pairs = []
    for x in words:
        for y in words:
            difference = unit(x) - unit(y)
            size = np.linalg.norm(difference)
            if 0 < size <= 1.1:
                pairs.append((difference @ G / size, x, y))
    want, used = [], (set(), set())
    # The pairs that the bias was planted in all have the score 1: of these the commoner words'.
    rows = VECTORS.index
    for score, x, y in sorted(pairs, key=lambda p: (-round(p[0], 9), rows[p[1]], rows[p[2]])):
        if x not in used[0] and y not in used[1]:
            want.append((x, y, pytest.approx(score, abs=1e-9)))
            used[0].add(x)
            used[1].add(y)
    assert found == want[:6]
    assert biased_analogies(VECTORS, G, commonest=2, without=["she0", "he0"]) == []
    assert biased_analogies(VECTORS.first(2), G, distance=0.001) == []


WRONG = {
    "no pair": (lambda: mean_difference(VECTORS, [("a", "b", "c")]), "pairs: got .*want two words"),
    "one word": (lambda: principal(VECTORS, [("she0",)]), "sets: got .*want two words or more"),
    "not covered": (lambda: principal(VECTORS, [("a", "b")]), "got 1, none of them with vectors"),
    "cancels": (lambda: mean_difference(VECTORS, [PAIRS[0], PAIRS[0][::-1]]), "sum is zero"),
    "too many": (lambda: principal(VECTORS, PAIRS, 2), "components: got 2, want 1 at most"),
    "a word with itself": (lambda: principal(VECTORS, [("n0", "n0")]), "got 1, want 0 at most"),
    "width": (lambda: projections(VECTORS, ["n0"], G[:3]), r"direction: got shape \(3,\)"),
    "no direction": (lambda: projections(VECTORS, ["n0"], 0 * G), "length 0"),
    "no words": (lambda: direct_bias(VECTORS, ["x"], G), "words: got 1, none of them"),
    "strictness": (lambda: direct_bias(VECTORS, ["n0"], G, -1), "strictness: got -1"),
    "too few": (lambda: extremes(VECTORS, NEUTRAL, G, 31), "count: got 31 with 60 words"),
    "small sides": (lambda: residual(VECTORS, ["n0"] * 3, NEUTRAL, key=KEY), "got 3 and 60"),
    "distance": (lambda: biased_analogies(VECTORS, G, distance=3), "distance: got 3"),
    "one class": (lambda: logistic(np.ones((3, 1)), np.ones(3, bool)), "ys: got one class"),
    "labels": (lambda: logistic(np.ones((3, 1)), np.ones(3)), "ys: got float64"),
    "penalty": (lambda: logistic(np.eye(2), np.array([True, False]), penalty=0), "penalty: got 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_vector_of_zeros_is_named():
    vectors = KeyedVectors(("a", "b"), np.array([[0.0, 0], [1, 1]]))
    with pytest.raises(ValueError, match="got 'a', whose vector is zero"):
        projections(vectors, ["a", "b"], np.array([1.0, 0]))
    assert [pair.first for pair in biased_analogies(drawn(9), np.eye(8)[0], count=1)]
