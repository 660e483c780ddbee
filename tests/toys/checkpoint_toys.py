"""What tests of checkpoints write, and the folders they write it to."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.training.checkpoints import Checkpoints


def params(seed: int = 0) -> dict:
    draw = np.random.default_rng(seed)
    return {"lstm": {"w.x": jnp.asarray(draw.normal(size=(3, 4)), jnp.float32)}, "b": jnp.zeros(0)}


def shapes(tree: Any) -> Any:
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), tree)


def fill(checkpoints: Checkpoints, losses: dict[int, float]) -> None:
    for step, loss in losses.items():
        checkpoints.save(step, {"params": params(step)}, {"at": step}, {"loss": loss})
