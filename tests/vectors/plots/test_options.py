"""What pictures are refused for before any vectors are read."""

from __future__ import annotations

import pytest

from seqjax.vectors.plots.options import ENDINGS, check


def test_every_kind_of_file_is_drawn():
    paths = [f"a{spelled}" for ending in ENDINGS for spelled in (ending, ending.upper())]
    check(paths, [["a", "b", "c", "d"]], "tsne", 5.0)


@pytest.mark.parametrize(
    ("paths", "parallelograms", "method", "perplexity", "message"),
    [
        (["a.png", "b.gif"], [], "pca", 30.0, "ending of out: got '.gif'"),
        ([], [["a", "b", "c"]], "pca", 30.0, "parallelogram: got 'a b c', want four words"),
        ([], [], "umap", 30.0, "method: got 'umap'"),
        ([], [], "tsne", 0.0, "perplexity: got 0.0, want more than 0"),
        ([], [], "tsne", float("nan"), "perplexity: got nan"),
    ],
)
def test_refuses(paths, parallelograms, method, perplexity, message):
    with pytest.raises(ValueError, match=message):
        check(paths, parallelograms, method, perplexity)
