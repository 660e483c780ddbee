"""A formula that many notebooks copy, here as a warning; ``debias`` has the right one."""

from __future__ import annotations

import numpy as np


def equalize_as_often_copied(
    first: np.ndarray, second: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Equalizes a pair with the wrong denominator. Do not use it on vectors that matter.

        w = ν + sqrt(|1 - ‖ν‖²|) (w_B - μ_B) / ‖(w - ν) - μ_B‖      copied
        w = ν + sqrt(1 - ‖ν‖²) (w_B - μ_B) / ‖w_B - μ_B‖            Bolukbasi et al. 2016

    (w - ν) - μ_B is w - μ, half the difference of the pair, and longer than w_B - μ_B unless the
    pair differs in the direction alone. The result is shorter than 1 and nearer to the neutral
    words than it should be; the absolute value hides inputs that are not unit vectors.
    """
    g = direction / np.linalg.norm(direction)
    mean = (first + second) / 2
    within = (mean @ g) * g
    nu = mean - within
    height = np.sqrt(abs(1 - nu @ nu))
    made = []
    for word in (first, second):
        side = (word @ g) * g - within
        made.append(nu + height * side / np.linalg.norm((word - nu) - within))
    return made[0], made[1]
