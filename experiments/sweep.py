r"""Searches over flags of a launch: python -m experiments.sweep --launch=tag --out=runs/sweep.

    python -m experiments.sweep --launch=tag --out=runs/sweep --grid="cell=lstm,gru" \
        --random="rate=log:1e-4..1e-1; dropout=0..0.5" --trials=20 --jobs=2 -- --epochs=3

Every draw of --random is tried with every combination of --grid and --zip; flags of all trials
stand behind --. Values have commas between them, or | where they hold commas: "cutoffs=1,2|3,4". A
range is LOW..HIGH, or log:LOW..HIGH.

Each trial is a run of its own, runs/sweep/trials/0001 and so on. The same command goes on where it
stopped, --retry runs again what failed, more --trials extend it. --out alone shows the table.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
from absl import flags as absl_flags

from experiments import flags, launch
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.plan import Search
from experiments.sweeps.work import sweep

SEARCH = {
    "grid": '"NAME=VALUE,VALUE; ...": every combination',
    "zip": '"NAME=VALUE,VALUE; ...": the first values of all, the second ones, and so on',
    "random": '"NAME=LOW..HIGH; NAME=log:LOW..HIGH; NAME=VALUE,VALUE": --trials draws',
}


def main(words: Sequence[str]) -> int:
    """Runs, resumes or shows a sweep; returns the exit status."""
    jax.config.update("jax_platforms", "cpu")  # devices are for the trials
    with launch.mistakes():
        config = flags.parse(SweepConfig)
    search = Search(*(absl_flags.FLAGS[name].value or [] for name in SEARCH))
    return sweep(config, search, words)


if __name__ == "__main__":
    for name, about in SEARCH.items():
        absl_flags.DEFINE_multi_string(name, [], f"{about}; may be given several times")
    flags.define(SweepConfig)
    launch.run(main, words=True)
