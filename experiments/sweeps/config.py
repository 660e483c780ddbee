"""What ``python -m experiments.sweep`` is asked for."""

from __future__ import annotations

import dataclasses

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.tasks.settings import unused

EXECUTORS = ("local", "slurm", "submitit_local")


@dataclasses.dataclass(frozen=True)
class SweepConfig:
    """The sweep."""

    out: str = option("", "folder of the sweep; the same one again resumes it, alone shows it")
    launch: str = option("", "what is launched, such as language_model; its flags stand behind --")
    trials: int = option(0, "random: draws, each tried with all that --grid and --zip combine")
    seed: int = option(0, "random: of the draws; that of a trial stands behind --")
    halving: int = option(0, "successive halving: of so many trials one goes on; 0: all do")
    min_epochs: int = option(1, "halving: epochs of the first rung at least; --epochs of the last")
    retry: bool = option(False, "run again what has failed")
    jobs: int = option(1, "trials at once, at most")
    devices: str = option("", "executor=local: GPUs by number, 0,1; each trial sees one of them")
    executor: str = option(
        "local", "who runs them: local; slurm or submitit_local, by submitit (seqjax[sweep])"
    )
    slurm: str = option(
        "", 'executor=slurm: "timeout_min=240; gpus_per_node=1; slurm_partition=gpu", as submitit'
        " names them"
    )  # fmt: skip
    sort: str = option("", "column of the table, -NAME from the largest; nothing: figure monitored")
    picture: str = option("", "a .png, .svg or .pdf: parallel coordinates, curves for one setting")


def check(config: SweepConfig, *, searched: bool, random: bool) -> None:
    """Whether the settings of a sweep go together.

    Args:
      searched: whether anything is searched.
      random: whether some of it is drawn.

    Raises:
      ValueError: names the setting, what it got and what it wants.

    >>> check(SweepConfig(launch="tag", out="runs/sweep", jobs=2), searched=True, random=False)
    """
    if not config.out:
        raise ValueError("out: got none, want --out=FOLDER of the sweep")
    if not searched:
        raise ValueError(
            'grid: got nothing to search, want --grid="cell=lstm,gru", --zip or --random'
        )
    checks.positive("jobs", config.jobs)
    checks.seed(config.seed)
    if random:
        checks.positive("trials", config.trials)
    else:
        unused(config, "trials", "seed", why="without --random")
    if config.halving:
        if config.halving < 2:
            raise ValueError(f"halving: got {config.halving}, want 2 or more, or 0 for none")
        checks.positive("min_epochs", config.min_epochs)
    else:
        unused(config, "min_epochs", why="without --halving")
    checks.lookup("executor", dict.fromkeys(EXECUTORS), config.executor)
    if config.executor != "slurm":
        unused(config, "slurm", why=f"with executor={config.executor}")
    if config.executor != "local":
        unused(config, "devices", why=f"with executor={config.executor}")
    if config.devices and config.jobs > len(gpus := config.devices.split(",")):
        raise ValueError(
            f"jobs: got {config.jobs}, want {len(gpus)} at most, as many as --devices has"
        )


def check_alone(config: SweepConfig, *, searched: bool) -> None:
    """The same where no launch is named, and the table of a sweep is all that is wanted.

    Raises:
      ValueError: names the setting.
    """
    if not config.out:
        raise ValueError("launch: got none, want --launch=NAME and --out=FOLDER, or --out alone")
    names = [f.name for f in dataclasses.fields(config) if f.name not in ("out", "sort", "picture")]
    unused(config, *names, why="without --launch")
    if searched:
        raise ValueError("launch: got none, want --launch=NAME of what is searched")
