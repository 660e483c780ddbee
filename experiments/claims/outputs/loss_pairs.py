"""Pairs of losses on the same network: where theory says that their gradients are the same.

With y the output of the network, t the target and e = y - t, the gradients at the output are

    squared error e²          2 e             cross-entropy of softmax(y)    p - t
    absolute error |e|        sign(e)         cross-entropy of σ(y)          σ(y) - t

and all that lies below the output multiplies them by the same Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from experiments.claims.claim import Text
from seqjax.basics.types import Array
from seqjax.objectives.classification import sigmoid_loss, softmax_loss
from seqjax.objectives.regression import regression_loss

Loss = Callable[[Array, Array], Array]
"""(outputs [B, C], classes int [B]) -> a number"""
SMOOTHING = 0.1


class Pair(NamedTuple):
    """Two losses whose gradients are compared."""

    text: Text
    same: bool
    """what theory says"""
    first: Loss
    second: Loss
    direction: bool = False
    """of the gradients, whatever their length"""


def _one_hot(y: Array, classes: Array) -> Array:
    return jax.nn.one_hot(classes, y.shape[-1], dtype=y.dtype)


def _index(y: Array, classes: Array) -> Array:
    return softmax_loss(y, classes).mean()


def _vector(y: Array, classes: Array) -> Array:
    return softmax_loss(y, _one_hot(y, classes)).mean()


def _smoothed(y: Array, classes: Array) -> Array:
    return softmax_loss(y, classes, smoothing=SMOOTHING).mean()


def _first_two(y: Array, classes: Array) -> Array:
    return softmax_loss(y[:, :2], classes % 2).mean()


def _difference(y: Array, classes: Array) -> Array:
    return sigmoid_loss(y[:, 1] - y[:, 0], classes % 2).mean()


def _each_class(y: Array, classes: Array) -> Array:
    return sigmoid_loss(y, _one_hot(y, classes)).sum(-1).mean()


def _same_error(y: Array, classes: Array) -> Array:
    """½ squared error whose e is p - t: the target is y - (p - t), as numbers."""
    target = jax.lax.stop_gradient(y - jax.nn.softmax(y) + _one_hot(y, classes))
    return 0.5 * regression_loss("mse")(y, target).sum(-1).mean()


def _squared_shares(y: Array, classes: Array) -> Array:
    return regression_loss("mse")(jax.nn.softmax(y), _one_hot(y, classes)).sum(-1).mean()


def _number(name: str, delta: float = 1.0, scale: float = 1.0) -> Loss:
    """A regression of the first output on (class - 1), such a target as is far from it or near."""

    def loss(y: Array, classes: Array) -> Array:
        target = classes.astype(y.dtype) - 1
        return scale * regression_loss(name, delta=delta)(y[:, 0], target).mean()

    return loss


def _one_row(loss: Loss) -> Loss:
    """Of the first row of the batch alone."""
    return lambda y, classes: loss(y[:1], classes[:1])


WIDE, NARROW = 1e3, 1e-3
"""Huber's delta, above and below every error."""
PAIRS = {
    "index, one-hot": Pair(
        Text("class index / one-hot vector", "클래스 번호 / 원-핫 벡터"), True, _index, _vector
    ),
    "softmax, sigmoid": Pair(
        Text("softmax of 2 / sigmoid of the difference", "2클래스 소프트맥스 / 차의 시그모이드"),
        True, _first_two, _difference,
    ),
    "cross-entropy, squared": Pair(
        Text("cross-entropy / ½ squared, same error", "교차 엔트로피 / ½ 제곱, 같은 오차"),
        True, _index, _same_error,
    ),
    "huber, squared": Pair(
        Text("Huber, wide / ½ squared error", "후버(넓은 폭) / ½ 제곱 오차"),
        True, _number("huber", WIDE), _number("mse", scale=0.5),
    ),
    "huber, absolute": Pair(
        Text("Huber, narrow / absolute error, scaled", "후버(좁은 폭) / 절대 오차, 배율 조정"),
        True, _number("huber", NARROW), _number("mae", scale=NARROW),
    ),
    "one row": Pair(
        Text("squared / absolute, one row, direction", "제곱 / 절대 오차, 한 행, 방향"),
        True, _one_row(_number("mse")), _one_row(_number("mae")), direction=True,
    ),
    "batch": Pair(
        Text("squared / absolute, batch, direction", "제곱 / 절대 오차, 배치, 방향"),
        False, _number("mse"), _number("mae"), direction=True,
    ),
    "smoothed": Pair(
        Text("class index / smoothed target", "클래스 번호 / 평활화한 목표"),
        False, _index, _smoothed,
    ),
    "shares": Pair(
        Text("cross-entropy / squared, of p, direction", "교차 엔트로피 / p의 제곱 오차, 방향"),
        False, _index, _squared_shares, direction=True,
    ),
    "each class": Pair(
        Text("softmax / a sigmoid for each class", "소프트맥스 / 클래스별 시그모이드"),
        False, _index, _each_class,
    ),
}  # fmt: skip


def unlike(first: Array, second: Array, *, direction: bool) -> Array:
    """|g - g'| / |g| of two gradients [P]; with ``direction``, of both scaled to length 1.

    >>> float(unlike(jnp.array([3.0, 4.0]), jnp.array([6.0, 8.0]), direction=True))
    0.0
    """
    if direction:
        first, second = (each / jnp.linalg.norm(each) for each in (first, second))
    return jnp.linalg.norm(first - second) / jnp.linalg.norm(first)
