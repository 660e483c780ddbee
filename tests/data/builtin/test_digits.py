"""Digits by rows and pixels, beside scikit-learn's own arrays."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.data.builtin.digits import digits

datasets = pytest.importorskip("sklearn.datasets")


def test_parts_hold_every_image_once() -> None:
    parts = digits()
    found = datasets.load_digits()
    inputs = np.concatenate([part.inputs for part in parts.values()])
    targets = np.concatenate([part.targets for part in parts.values()])
    assert inputs.shape == (1797, 8, 8)
    ours = sorted(
        (*(16 * image).ravel().tolist(), label)
        for image, label in zip(inputs, targets, strict=True)
    )
    theirs = sorted(
        (*image.ravel().tolist(), label)
        for image, label in zip(found.images, found.target, strict=True)
    )
    assert ours == theirs


def test_one_order_of_pixels_for_all_images() -> None:
    plain, permuted = (digits(pixels=True, permuted=p)["test"] for p in (False, True))
    assert (plain.targets == permuted.targets).all()
    assert (digits()["test"].inputs.reshape(300, 64) == plain.inputs[..., 0]).all()
    assert not (plain.inputs == permuted.inputs).all()
    # A column of one is a column of the other; which one, the corners say that are always empty.
    columns = [tuple(column) for column in plain.inputs[..., 0].T.tolist()]
    assert sorted(columns) == sorted(tuple(c) for c in permuted.inputs[..., 0].T.tolist())
    rows = digits(permuted=True)["test"].inputs
    plain_rows = digits()["test"].inputs
    order = [next(i for i in range(8) if (rows[:, t] == plain_rows[:, i]).all()) for t in range(8)]
    assert sorted(order) == list(range(8)) != order
