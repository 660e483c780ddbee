"""Words in the plane, to look at: distances are to be computed in the full space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.whole_file import whole_file
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.plots.labels import label, readable
from seqjax.vectors.unit_rows import ROUNDING

METHODS = {"pca": 0, "tsne": 0}
WARNING = "Distances in this picture mislead; compute them in all dimensions."
COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown")


class Picture(NamedTuple):
    """Words and where they are drawn."""

    words: tuple[str, ...]
    points: np.ndarray
    """[N, 2]"""
    about: str
    """how it was made: method, seed, share of the variance or perplexity, and the warning"""


def project(
    vectors: KeyedVectors,
    words: Sequence[str],
    *,
    method: str = "pca",
    perplexity: float = 30.0,
    seed: int = 0,
) -> Picture:
    """Unit vectors of words in two dimensions.

    pca: the two directions of largest variance, each turned so that its largest weight is positive;
    no chance in it. tsne: scikit-learn's, from the PCA; neighbours stay together, everything else
    may go anywhere. Its perplexity is lowered to (N - 1) / 3 for few words.

    Raises:
      ValueError: for an unknown method, fewer than 3 words, a word twice, without a vector or with
        one of zeros; words whose vectors all point the same way, which no picture tells apart.
      ImportError: for tsne without scikit-learn.

    >>> picture = project(KeyedVectors(("a", "b", "c"), np.eye(3)), ["a", "b", "c"])
    >>> picture.points.shape, picture.about.split(". ")[0]
    ((3, 2), 'PCA, 100% of the variance')
    """
    checks.lookup("method", METHODS, method)
    if len(words) < 3 or len(set(words)) < len(words):
        raise ValueError(f"words: got {list(words)}, want three or more, each once")
    rows = vectors.units(words)
    centred = rows - rows.mean(axis=0)
    spread = np.linalg.norm(centred, axis=1).max()
    if not spread > ROUNDING:
        raise ValueError(f"words: got {len(words)} whose vectors all point the same way, want some"
                         " that differ")  # fmt: skip
    points, share = pca(rows)
    if method == "pca":
        about = f"PCA, {share:.0%} of the variance"
        return Picture(tuple(words), points, f"{about}. {WARNING}")
    perplexity = min(perplexity, (len(words) - 1) / 3)
    # scikit-learn's own PCA divides by the spread in float32, and wants two columns.
    start = points / np.std(points[:, 0]) * 1e-4
    tsne = optional_module("sklearn.manifold", "plots").TSNE(
        perplexity=perplexity, init=start, learning_rate="auto", random_state=seed
    )
    points = tsne.fit_transform((centred / spread).astype(np.float32))
    about = f"t-SNE, perplexity {perplexity:.3g}, seed {seed}"
    return Picture(tuple(words), np.asarray(points), f"{about}. {WARNING}")


def pca(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """(points [N, 2], their share of the variance) of rows [N, D].

    With a single column, the second coordinate is 0; rows that are all equal have the share 0.

    >>> points, share = pca(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]))
    >>> points[:, 0].round(6).tolist(), share
    ([-2.0, 0.0, 2.0], 1.0)
    """
    centred = rows - rows.mean(axis=0)
    left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    first = axes[:2]
    signs = np.sign(first[np.arange(len(first)), np.abs(first).argmax(axis=1)])
    points = np.zeros((len(rows), 2))
    points[:, : len(first)] = left[:, :2] * sizes[:2] * signs
    total = np.sum(sizes**2)
    return points, float(np.sum(sizes[:2] ** 2) / total) if total > 0 else 0.0


def draw(
    picture: Picture,
    paths: Sequence[str | Path],
    *,
    parallelograms: Sequence[Sequence[str]] = (),
    title: str = "",
) -> None:
    """Writes the picture to files; their endings say how: .png, .svg, .pdf.

    ``parallelograms`` are analogies (a, b, c, d): their sides a-b and c-d are drawn as arrows, a-c
    and b-d as dashes. They would be parallel if the analogy held exactly. Equal input, equal files.

    Raises:
      ValueError: for a parallelogram that is not of four words of the picture.
      ImportError: without matplotlib.
    """
    where = dict(zip(picture.words, picture.points, strict=True))
    for words in parallelograms:
        if len(words) != 4 or not set(words) <= set(where):
            raise ValueError(f"parallelograms: got {list(words)}, want four words of the picture")
    figure, axes = canvas(title, picture.about)
    axes.scatter(*picture.points.T, s=12, color="0.3", zorder=3)
    for number, words in enumerate(parallelograms):
        a, b, c, d = (where[word] for word in words)
        colour = COLOURS[number % len(COLOURS)]
        for start, end in ((a, b), (c, d)):
            arrow = {"arrowstyle": "->", "color": colour, "lw": 1.2}
            axes.annotate("", xy=end, xytext=start, arrowprops=arrow)
        for start, end in ((a, c), (b, d)):
            axes.plot(*zip(start, end, strict=True), color=colour, lw=0.8, ls="--")
    axes.set_xticks([])
    axes.set_yticks([])
    label(figure, axes, picture.words, picture.points)
    save(figure, paths)


def canvas(title: str, about: str, size: tuple[float, float] = (9, 7)) -> tuple[Any, Any]:
    """A figure and its axes, with no window and no global state.

    Raises:
      ImportError: without matplotlib.
    """
    figure = optional_module("matplotlib.figure", "plots").Figure(
        figsize=size, dpi=120, layout="constrained"
    )
    axes = figure.add_subplot()
    axes.set_title(readable(title), parse_math=False)
    figure.supxlabel(readable(about), fontsize=7, color="0.4", parse_math=False)
    axes.margins(0.08)
    return figure, axes


def save(figure: Any, paths: Sequence[str | Path]) -> None:
    """Writes the figure to files, whose endings say how, without the time of writing.

    Raises:
      ImportError: without matplotlib.
    """
    with optional_module("matplotlib", "plots").rc_context(
        {"svg.hashsalt": "seqjax", "svg.fonttype": "none"}
    ):
        for path in map(Path, paths):
            dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
            with whole_file(path) as temporary:
                figure.savefig(
                    temporary, format=path.suffix[1:] or None, metadata=dated.get(path.suffix)
                )
