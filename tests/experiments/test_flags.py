"""Configs become flags, flags become configs again."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from absl import flags as absl_flags
from paths import ROOT

from experiments import flags
from experiments.processes import ProcessConfig
from experiments.training import SeedsConfig
from seqjax.basics.options import option
from seqjax.tasks.tagging.config import CONFIGS


@dataclasses.dataclass(frozen=True)
class Model:
    cell: str = option("lstm", "the recurrence")
    hidden: int = option(256, "units of a layer")
    cutoffs: tuple[int, ...] = option((7, 8), "first ids of the clusters")
    tied: bool = option(True, "one matrix for both ends")

    def __post_init__(self):
        if self.hidden < 1:
            raise ValueError(f"hidden: got {self.hidden}, want 1 or more")


@dataclasses.dataclass(frozen=True)
class Training:
    rate: float = option(1, "learning rate")


def given(*arguments, configs=(Model, Training)):
    values = absl_flags.FlagValues()
    flags.define(*configs, values=values)
    values(["program", *arguments])
    return values


def test_defaults_are_those_of_the_configs():
    values = given()
    assert flags.parse(Model, values) == Model()
    assert flags.parse(Training, values) == Training()
    assert isinstance(flags.parse(Training, values).rate, float)
    assert flags.changed(values) == set()


def test_every_type_is_read(tmp_path):
    recipe = tmp_path / "recipe.txt"
    recipe.write_text("# a comment\n--rate=0.25\n--hidden=64\n")
    values = given(f"--flagfile={recipe}", "--hidden=32", "--cell", "gru", "--cutoffs=1,22")
    assert flags.parse(Model, values) == Model("gru", 32, (1, 22), True)
    assert flags.parse(Training, values) == Training(0.25)
    assert flags.changed(values) == {"rate", "hidden", "cell", "cutoffs"}
    values = given("--notied", "--cutoffs=", "--hidden=256")
    assert flags.parse(Model, values) == Model(cutoffs=(), tied=False)
    assert flags.changed(values) == {"tied", "cutoffs", "hidden"}  # given, though not different


@pytest.mark.parametrize(
    "argument",
    [
        "--hidden=1.5",
        "--rate=fast",
        "--cutoffs=1,x",
        "--cutoffs=1,,2",
        "--tied=perhaps",
        "--hiden=1",
    ],
)
def test_bad_values_are_absls_errors(argument):
    with pytest.raises(absl_flags.Error, match=argument.strip("-").split("=")[0]):
        given(argument)


def test_a_config_checks_itself():
    with pytest.raises(ValueError, match="hidden: got 0"):
        flags.parse(Model, given("--hidden=0"))


@dataclasses.dataclass(frozen=True)
class Twice:
    hidden: int = option(1, "the same name again")


@dataclasses.dataclass(frozen=True)
class Strange:
    table: complex = option(1j, "no flag has this type")


@dataclasses.dataclass(frozen=True)
class Bare:
    hidden: int


@dataclasses.dataclass(frozen=True)
class Unexplained:
    hidden: int = 3


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ((Model, Twice), "Twice.hidden: Model has a field of this name too"),
        ((Strange,), r"Strange.table: got type <class 'complex'>, want int"),
        ((Bare,), "Bare.hidden: want a default and a help"),
        ((Unexplained,), "Unexplained.hidden: want a default and a help"),
    ],
)
def test_configs_that_cannot_be_flags(configs, message):
    with pytest.raises(ValueError, match=message):
        given(configs=configs)


LAUNCH = '''
"""Trains a toy."""
import dataclasses
from experiments import flags, launch

@dataclasses.dataclass(frozen=True)
class Model:
    hidden: int = dataclasses.field(default=256, metadata={"help": "units of a layer"})
    cutoffs: tuple[int, ...] = dataclasses.field(default=(7, 8), metadata={"help": "clusters"})

def main():
    print(flags.parse(Model))
    return 7

if __name__ == "__main__":
    flags.define(Model)
    launch.run(main)
'''


def test_a_launch_as_a_newcomer_meets_it(tmp_path):
    script = tmp_path / "toy.py"
    script.write_text(LAUNCH)

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, script, *arguments], cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    commands = [
        ("--help",),
        ("--hidden=3", "-h"),
        ("--hidden=3",),
        ("--hidden=x",),
        ("--hiden=3",),
        ("--cutoffs", "1", "2"),
    ]
    runs = [start(*command) for command in commands]
    results = [(*run.communicate(timeout=60), run.returncode) for run in runs]
    outs, errors, codes = zip(*results, strict=True)
    assert codes == (0, 0, 7, 1, 1, 1)
    assert all("Traceback" not in error for error in errors)

    shown = [line.strip() for line in outs[0].splitlines() if line.startswith("    --")]
    assert shown == ["--hidden", "--cutoffs", "--flagfile"]
    assert "Trains a toy." in outs[0]
    assert "Model:\n" in outs[0]
    assert "clusters (default: 7,8)" in outs[0]
    assert outs[1] == outs[0]
    assert outs[2] == "Model(hidden=3, cutoffs=(7, 8))\n"
    assert "flag --hidden=x" in errors[3]
    assert "Unknown command line flag 'hiden'. Did you mean: hidden" in errors[4]
    assert errors[5] == "error: got '2', want flags alone, such as --name=value\n"


def test_the_common_flags_of_a_task_come_first():
    """Then its dataclasses, each under the first line of its docstring."""
    done = subprocess.run(
        [sys.executable, "-m", "experiments.tag", "--help"], cwd=ROOT, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    titles = [line for line in done.stdout.splitlines() if line[:1].strip() and line[-1] == ":"]
    assert titles[0] == "Common flags:"
    assert titles[1].startswith("The run: ")
    assert titles[2].startswith("The data: ")
    assert titles[-3:-1] == [
        "Runs trained together by one program: seeds, and numbers as in --rate=0.1,0.3:",
        "Several processes that train one model together, on one machine or on many:",
    ]
    assert len(titles) == 9  # and --flagfile at the end
    flags_shown = [line.strip() for line in done.stdout.splitlines() if line.startswith("    --")]
    assert flags_shown[:3] == ["--data", "--vectors", "--workdir"]
    assert len(flags_shown) == len(set(flags_shown))
    configs = (*CONFIGS, SeedsConfig, ProcessConfig)
    fields = {field.name for config in configs for field in dataclasses.fields(config)}
    names = {name.removeprefix("--").removeprefix("[no]") for name in flags_shown}
    assert names == fields | {"flagfile"}


def test_numbers_may_be_several_where_that_is_said():
    values = absl_flags.FlagValues()
    flags.define(Model, Training, values=values, several=[Training])
    values(["program", "--rate=0.1,3e-2,1"])
    assert flags.parse(Training, values) == Training((0.1, 0.03, 1.0))
    values(["program", "--rate=0.5"])
    assert flags.parse(Training, values) == Training(0.5)
    for wrong in ("0.1,fast", "0.1,", "fast"):
        with pytest.raises(absl_flags.IllegalFlagValueError, match="rate"):
            values(["program", f"--rate={wrong}"])
    with pytest.raises(absl_flags.IllegalFlagValueError, match="rate"):
        given("--rate=0.1,0.3")
