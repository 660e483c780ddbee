"""A tree as a flat dictionary of arrays, and back into the structure of another tree.

Only the paths of leaves are kept, so NamedTuples, empty tuples and None come back as they stand in
the tree that is restored into.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import mesh
from seqjax.basics.types import Tree
from seqjax.training import processes


def flatten(name: str, tree: Tree) -> dict[str, Any]:
    """Path -> array, the path beginning with ``name``.

    Raises:
      ValueError: for a leaf that is no array.

    >>> flatten("params", {"body": [np.zeros(2)]})
    {"params['body'][0]": array([0., 0.])}
    """
    leaves = {}
    for keys, leaf in jax.tree_util.tree_leaves_with_path(tree):
        path = name + jax.tree_util.keystr(keys)
        if not hasattr(leaf, "dtype"):
            raise ValueError(f"{path}: got {type(leaf).__name__} {leaf!r}, want an array")
        leaves[path] = leaf
    return leaves


def describe(leaves: Mapping[str, Any]) -> dict[str, str]:
    """Path -> dtype and shape, such as float32[3, 4] or key<fry>[].

    >>> describe({"w": jnp.zeros((3, 4))})
    {'w': 'float32[3, 4]'}
    """
    return {path: f"{leaf.dtype}{list(leaf.shape)}" for path, leaf in leaves.items()}


def compare(got: Mapping[str, str], want: Mapping[str, str], where: str) -> None:
    """Checks that two trees have equal descriptions.

    Raises:
      ValueError: names the first leaf in which they differ; ``where`` says what was read.
    """
    for path in [*want, *got]:
        if got.get(path) != want.get(path):
            raise ValueError(
                f"{path}: got {got.get(path, 'nothing')} in {where},"
                f" want {want.get(path, 'nothing')}"
            )


def owned(leaf: Any) -> Any:
    """A copy that outlives the leaf, even one whose buffer is donated; a typed key as its data."""
    data = jax.random.key_data(leaf) if _is_key(leaf) else leaf
    # Of several processes one writes, which it does by itself for arrays of NumPy alone.
    return np.array(data) if processes.several() else data.copy()


def blanks(leaves: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays to read into what ``owned`` kept of such leaves, of their shapes and dtypes.

    >>> blanks({"key": jax.random.key(0)})["key"].shape
    (2,)
    """
    data = {
        path: jax.eval_shape(jax.random.key_data, leaf) if _is_key(leaf) else leaf
        for path, leaf in leaves.items()
    }
    return {path: np.empty(leaf.shape, leaf.dtype) for path, leaf in data.items()}


def rebuild(name: str, like: Tree, arrays: Mapping[str, np.ndarray]) -> Tree:
    """The tree ``like`` with the arrays in the place of its leaves, and on their devices.

    ``arrays`` are by path, the path beginning with ``name``, as ``flatten`` has them.

    Raises:
      ValueError: for a leaf of ``like`` that is no array.

    >>> rebuild("params", {"b": np.zeros(2)}, {"params['b']": np.ones(2)})
    {'b': array([1., 1.])}
    """
    paths = flatten(name, like)
    leaves = [_put_like(arrays[path], leaf) for path, leaf in paths.items()]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _put_like(array: np.ndarray, like: Any) -> Any:
    """The array in the kind of ``like``: of NumPy or JAX, a typed key, on its device."""
    if isinstance(like, np.ndarray):
        return array
    # Not tied to its device unless the leaf was: jit would take that for another argument.
    sharding = getattr(like, "sharding", None) if getattr(like, "committed", True) else None
    # A copy, since a jax array may otherwise lie in memory of NumPy, which cannot be donated.
    leaf = jnp.array(array, copy=True) if sharding is None else mesh.put(array, sharding)
    return jax.random.wrap_key_data(leaf, impl=_implementation(like)) if _is_key(like) else leaf


def _implementation(key: Any) -> Any:
    """jax.random.key_impl, for shapes of keys too."""
    implementations: list[Any] = []
    jax.eval_shape(lambda k: implementations.append(jax.random.key_impl(k)), key)
    return implementations[0]
