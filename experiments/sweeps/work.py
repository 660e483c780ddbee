"""A sweep is planned and worked on: its folder is held, its trials are run, its table is shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments import launch
from experiments.sweeps import config as sweep_config
from experiments.sweeps import picture, state, submitted
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.plan import Plan, Search, plan
from experiments.sweeps.processes import Executor, Processes
from experiments.sweeps.report import show
from experiments.sweeps.running import Running
from experiments.sweeps.state import Sweep
from seqjax.runs.begin import FREE
from seqjax.training.interrupts import stopping


def sweep(config: SweepConfig, search: Search, words: Sequence[str]) -> int:
    """Runs or resumes a sweep, or shows one where no launch is named; returns the exit status.

    0 if all its trials have ended well, 1 if not; 128 and the number of the signal that stopped it.

    Args:
      words: flags of the launch, the same for every trial.
    """
    with launch.mistakes():
        picture.check(config.picture)
        if not config.launch:
            sweep_config.check_alone(config, searched=any(search) or bool(words))
            show(state.read(Path(config.out)), config)
            return 0
        planned = plan(config, search, words)
    with stopping() as stop:
        status = run(planned, config, stop)
    if stop.status:
        say(f"Stopped; the same command resumes, --out={config.out} alone shows the table.")
        return stop.status
    with launch.mistakes():
        show(state.read(planned.sweep.folder), config, write=True)
    return status


def run(plan: Plan, config: SweepConfig, stop: Callable[[], bool]) -> int:
    """Runs what is left of a sweep; 0 if all trials have ended well, else 1."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            stack.enter_context(state.held(plan.sweep.folder))
            resumed = state.resumed(plan.sweep, FREE | plan.launch.task.free)
            executor = executor_of(config, resumed)
            for name in ("trials", "logs"):
                (resumed.folder / name).mkdir(exist_ok=True)
            for trial in resumed.trials if config.retry else ():
                trial.error = ""
            resumed.save()
        say(begins(resumed))
        command = plan._replace(sweep=resumed).command
        running = Running(resumed, executor, command, jobs=config.jobs, say=say)
        running.run(stop)
        if running.hopeless:
            say("The first trials failed before they trained, as the others would: not begun")
        return int(running.unfinished or any(trial.error for trial in resumed.trials))


def executor_of(config: SweepConfig, sweep: Sweep) -> Executor:
    """Who runs the trials.

    Raises:
      ValueError: for parameters of SLURM that there are not, or no SLURM.
      ImportError: without submitit; names the extra.
    """
    if config.executor == "local":
        return Processes(config.devices.split(",") if config.devices else ())
    parameters = submitted.parameters(config.slurm) if config.executor == "slurm" else {}
    return submitted.Submissions(sweep.folder / "jobs", config.executor, parameters)


def begins(sweep: Sweep) -> str:
    """What is done, in a line for a person."""
    ended = sum(bool(trial.figures or trial.error) for trial in sweep.trials)
    resumes = f", {ended} of them run before" if ended else ""
    return f"Sweep of {len(sweep.trials)} trials in {sweep.folder}{resumes}"


def say(line: str) -> None:
    """A line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)
