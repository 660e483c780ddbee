"""Pictures of words: where points and labels go, and what the files hold."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from vector_toys import drawn, gendered

from seqjax.vectors import KeyedVectors
from seqjax.vectors.bias.direction import principal
from seqjax.vectors.plots import pictures
from seqjax.vectors.plots.bias_picture import draw_projections
from seqjax.vectors.plots.labels import label_centres, overlap
from seqjax.vectors.plots.pictures import WARNING, Picture, draw, project

VECTORS = drawn(40, 6)
PAIRS = (("she0", "he0"), ("she1", "he1"))


def test_principal_components_as_scikit_learn_has_them():
    decomposition = pytest.importorskip("sklearn.decomposition", reason="compared with it")
    found = project(VECTORS, VECTORS.words[:20])
    peer = decomposition.PCA(2).fit(VECTORS.unit[:20].astype(float))
    want = peer.transform(VECTORS.unit[:20].astype(float))
    signs = np.sign((found.points * want).sum(axis=0))
    np.testing.assert_allclose(found.points * signs, want, atol=1e-6)
    assert f"PCA, {peer.explained_variance_ratio_.sum():.0%} of the variance" in found.about
    assert found.about.endswith(WARNING)


def test_the_orientation_does_not_hang_on_the_solver():
    rows = VECTORS.unit.astype(float)
    points, _ = pictures.pca(rows)
    turned, _ = pictures.pca(-rows)
    np.testing.assert_allclose(turned, -points, atol=1e-12)


def test_tsne_keeps_groups_and_says_its_seed():
    pytest.importorskip("sklearn", reason="t-SNE is its")
    vectors = VECTORS.replaced(np.repeat(np.eye(6)[:2] * 9, 20, axis=0) + VECTORS.matrix / 4)
    threadpoolctl = pytest.importorskip("threadpoolctl")  # scikit-learn's own
    with threadpoolctl.threadpool_limits(1):  # threads would wait for the cores of other tests
        found, again = (
            project(vectors, vectors.words[:30], method="tsne", seed=3) for _ in range(2)
        )
    assert "t-SNE, perplexity 9.67, seed 3" in found.about
    groups = np.arange(30) < 20
    within = found.points[groups] - found.points[groups].mean(axis=0)
    apart = found.points[groups].mean(axis=0) - found.points[~groups].mean(axis=0)
    assert np.linalg.norm(within, axis=1).max() < np.linalg.norm(apart)
    np.testing.assert_array_equal(found.points, again.points)


class FakeTSNE:
    """What is handed to the native library, which ends the process at what is no number."""

    def __init__(self, *, perplexity, init, **_):
        assert perplexity > 0 and np.isfinite(init).all()
        assert np.std(init[:, 0]) == pytest.approx(1e-4) and init.shape[1] == 2
        self.init = init

    def fit_transform(self, rows):
        assert np.isfinite(rows).all() and len(rows) == len(self.init)
        assert np.abs(rows - rows[0]).max() > 0.1, "the scale does not hang on the spread"
        return self.init


ALIKE = {
    "five parallel vectors": np.outer([1, 2, 3, 4, 5], [1, 2, 3]),
    "equal": np.ones((200, 5)),
    "one column": np.array([[1.0], [2], [3]]),
    "apart by rounding": np.ones((9, 4)) + 1e-9 * np.arange(36.0).reshape(9, 4),
}
FEW_DIRECTIONS = {
    "two": np.repeat(np.eye(3)[:2], 3, axis=0),
    "all but one": np.concatenate([np.ones((9, 2)), [[1, -1]]]),
    "opposite": np.array([[1.0, 0], [-1, 0], [2, 0], [-2, 0]]),
    "one column": np.array([[1.0], [2], [-3]]),
    "hardly apart": np.ones((9, 4)) + 1e-4 * np.eye(9)[:, :4],
    "three words": np.eye(3),
}


def named_rows(matrix):
    return KeyedVectors(tuple(f"w{n}" for n in range(len(matrix))), matrix)


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("name", ALIKE)
def test_vectors_that_all_point_the_same_way_are_refused(name, method):
    vectors = named_rows(ALIKE[name])
    with pytest.raises(ValueError, match=r"words: got \d+ whose vectors all point the same way"):
        project(vectors, vectors.words, method=method)


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("name", FEW_DIRECTIONS)
def test_few_directions(name, method, monkeypatch):
    fake = SimpleNamespace(TSNE=FakeTSNE)
    monkeypatch.setattr(pictures, "optional_module", lambda *_: fake)
    vectors = named_rows(FEW_DIRECTIONS[name])
    picture = project(vectors, vectors.words, method=method)
    assert picture.points.shape == (len(vectors), 2) and np.isfinite(picture.points).all()
    assert "nan" not in picture.about


def test_the_share_of_no_variance_is_a_number():
    points, share = pictures.pca(np.ones((5, 3)))
    assert share == 0 and not points.any()


def test_any_word_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    words = ("$x", "a$\\frac$b", "tab\t", "\ud800", "\0", "_^{")
    picture = Picture(words, np.random.default_rng(0).normal(size=(6, 2)), "about $\\q$")
    draw(picture, [tmp_path / "words.svg"], title="$\\no$")
    text = (tmp_path / "words.svg").read_text()
    for shown in (
        "$x",
        "a$\\frac$b",
        "tab\\x09",
        "\\xd800",
        "\\x00",
        "_^{",
        "$\\no$",
        "about $\\q$",
    ):
        assert f">{shown}<" in text
    vectors, _ = gendered((("$she$\\x", "he$"), ("she1", "he1")))
    space = principal(vectors, (("$she$\\x", "he$"),))
    draw_projections(vectors, vectors, ["$she$\\x", "n0"], space, [tmp_path / "bias.svg"])
    assert ">$she$\\x<" in (tmp_path / "bias.svg").read_text()


def test_words_without_a_direction_are_not_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    vectors, _ = gendered(PAIRS)
    matrix = vectors.matrix.copy()
    matrix[vectors.row("n0")] = 0
    path, space = tmp_path / "bias.svg", principal(vectors, PAIRS)
    draw_projections(vectors, vectors.replaced(matrix), ["n0", "n1"], space, [path])
    assert ">n1<" in path.read_text() and ">n0<" not in path.read_text()


def test_labels_stand_off_each_other():
    draw_ = np.random.default_rng(0)
    points = draw_.uniform(0, 600, size=(60, 2))
    points[1] = points[0] + 1
    sizes = np.stack([draw_.uniform(20, 60, size=60), np.full(60, 10.0)], axis=1)
    centres = label_centres(points, sizes)
    pairs = list(itertools.combinations(range(60), 2))
    areas = [overlap(centres[i], sizes[i], centres[[j]], sizes[[j]]) for i, j in pairs]
    assert sum(areas) == 0
    beside = [
        overlap(point, size, points, sizes) for point, size in zip(points, sizes, strict=True)
    ]
    assert sum(beside) > 1000, "labels right on their points would cover each other"
    assert (np.abs(centres - points) <= sizes / 2 + 20).all(), "and each is near its point"


def test_files_that_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    picture = project(VECTORS, ["w1", "w2", "w3", "w4", "w5"])
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        paths = [tmp_path / folder / f"words.{ending}" for ending in ("png", "svg")]
        draw(picture, paths, parallelograms=[("w1", "w2", "w3", "w4")], title="Five words")
    svg = (tmp_path / "one/words.svg").read_text()
    for text in (*picture.words, "Five words", WARNING):
        assert f">{text}<" in svg or text in svg
    assert (tmp_path / "one/words.png").read_bytes().startswith(b"\x89PNG")
    for name in ("words.png", "words.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_projections_before_and_after(tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    vectors, g = gendered(PAIRS)
    after = vectors.replaced(vectors.matrix - np.outer(vectors.matrix @ g, g))
    path = tmp_path / "bias.svg"
    draw_projections(vectors, after, ["n1", "n0", "x"], principal(vectors, PAIRS), [path])
    text = path.read_text()
    assert "cosine with she0 - he0" in text
    assert text.index(">n1<") < text.index(">n0<"), "from he to she, upwards"
    with pytest.raises(ValueError, match="words: got 1, none of them with a vector"):
        draw_projections(vectors, after, ["x"], principal(vectors, PAIRS), [path])


PICTURE = Picture(("a", "b"), np.zeros((2, 2)), "")
WRONG = {
    "method": (lambda: project(VECTORS, ["w1"] * 3, method="umap"), "method: got 'umap'"),
    "few": (lambda: project(VECTORS, ["w1", "w2"]), "want three or more, each once"),
    "twice": (lambda: project(VECTORS, ["w1", "w2", "w1"]), "want three or more, each once"),
    "unknown": (lambda: project(VECTORS, ["w1", "w2", "x"]), "word: got 'x'"),
    "corners": (lambda: draw(PICTURE, [], parallelograms=["abab"[:3]]), "want four words of the"),
    "strangers": (lambda: draw(PICTURE, [], parallelograms=["abcd"]), "want four words of the"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()
