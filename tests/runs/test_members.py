"""The runs that seeds and several values make, which begin only where all are right."""

from __future__ import annotations

import dataclasses

import pytest

from seqjax.runs.members import members, several
from seqjax.tasks.settings import RunConfig
from seqjax.training.config import Optimization


def test_numbers_and_seeds_are_a_product() -> None:
    configs = [RunConfig(workdir="x", seed=9), Optimization(rate=(0.1, 2.0), clip=(0.0, 1e-7))]
    made = members(configs, [4, 0])
    assert [(run.seed, o.rate, o.clip) for run, o in made] == [
        (seed, rate, clip) for rate in (0.1, 2.0) for clip in (0.0, 1e-7) for seed in (4, 0)
    ]
    assert made[0][0].workdir == "x/rate0.1_clip0_seed4"
    assert made[-1][0].workdir == "x/rate2_clip1e-07_seed0"
    assert len({run.workdir for run, _ in made}) == 8
    kept = dataclasses.replace(made[0][0], workdir="x", seed=9)
    assert kept == configs[0]


def test_one_run_is_not_several() -> None:
    assert several([RunConfig(), Optimization(rate=(0.1, 2.0))])
    assert not several([RunConfig(), Optimization()])
    with pytest.raises(ValueError, match=r"seeds: got \[3\], want two or more"):
        members([RunConfig()], [3])
    with pytest.raises(ValueError, match="workdir: got none"):
        members([RunConfig(workdir="")], [3, 4])
    with pytest.raises(ValueError, match=r"rate: got \[0.1, 0.1\], want different ones"):
        members([RunConfig(), Optimization(rate=(0.1, 0.1))], [3])
