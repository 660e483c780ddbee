"""An output depends on its past and on nothing else."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from cases import B, T, over_ways
from walking import answer, cotangents, numbers_like, plain, problem

pytestmark = pytest.mark.usefixtures("x64")


def influence(case, driver, given, reverse):
    """[T, T, B]: the size of d hs[t] / d xs[s] in each row."""
    carry, hs, states = jax.tree.map(np.zeros_like, cotangents(case, given))
    weights = numbers_like(hs, 1)
    rows = []
    for t in range(T):
        out = carry, np.where(np.arange(T)[:, None, None] == t, weights, 0), states
        rows.append(abs(np.asarray(answer(case, driver, given, out, reverse).dxs)).sum(-1))
    return np.stack(rows)


@over_ways(every_cell=False)
def test_no_output_knows_its_future(case, driver, way):
    """d hs[t] / d xs[s] is exactly 0 for s after t, in the order of walking, and not 0 before."""
    given = plain(problem(case))
    if "relu" in case.name:  # a bias that keeps all units alive: a dead one closes a way for good
        given = given._replace(params={**given.params, "b": given.params["b"] + 5})
    sizes = influence(case, driver, given, way == "reverse")
    past = np.tril(np.ones((T, T), bool)) if way == "forward" else np.triu(np.ones((T, T), bool))
    assert (sizes[~past] == 0).all()
    # Masks may close a way in some rows, not in all.
    assert (sizes[past].max(-1) > 0).all()


@over_ways(every_cell=False)
def test_no_document_knows_another(case, driver, way):
    """With resets the same holds for documents: 0 between two of them, in either direction."""
    given = plain(problem(case))._replace(resets=problem(case).resets)
    sizes = influence(case, driver, given, way == "reverse")
    document = np.cumsum(np.asarray(given.resets), 0)
    for row in range(B):
        apart = document[:, None, row] != document[None, :, row]
        assert (sizes[..., row][apart] == 0).all()
        assert row > 1 or apart.any()
