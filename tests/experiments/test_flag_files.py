"""Files of flags: what is wrong is said by file and line, and what is right is absl's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from absl import flags

from experiments import flag_files
from experiments import flags as config_flags
from seqjax.models.classifier import ClassifierConfig
from seqjax.tasks import TASKS

RIGHT = "# a comment\n\n--hidden=7\n  --bidirectional\n// another\n--cell=lstm # no comment\n"
WRONG = {
    "--hidden=7\nhidden=8\n": "line 2: got 'hidden=8', want --name=value or # and a comment",
    "\n#\n--hiden=7\n": "line 3: got '--hiden=7', want --name=value, with a name that --help lists",
    "--hidden 7\n": "line 1: got '--hidden 7', want --name=value, with a name that --help lists",
    "--hidden=x\n": "line 1: got '--hidden=x' (invalid literal",
    "--hidden\n7\n": "line 1: got '--hidden', want --hidden=VALUE",
    "--nobidirectional=1\n": "line 1: got '--nobidirectional=1', want --nobidirectional without",
    "--flagfile=\n": "line 1: got '--flagfile=', want --flagfile=FILE",
    "--flagfile=a\0b\n": "line 1: got '--flagfile=a\\x00b', want --flagfile=FILE",
    "--flagfile=/nowhere\n": "line 1: /nowhere: No such file or directory; want a text file",
    "--flagfile=/\n": "line 1: /: Is a directory; want a text file",
}


def of_launch() -> flags.FlagValues:
    values = flags.FlagValues()
    config_flags.define(ClassifierConfig, values=values)
    return values


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recipe.flags"


def test_what_is_let_pass_absl_reads(path: Path) -> None:
    path.write_text(RIGHT)
    values = of_launch()
    flag_files.check(path, values)
    assert values(["tag", f"--flagfile={path}"]) == ["tag"]
    assert (values.hidden, values.bidirectional, values.cell) == (7, True, "lstm # no comment")


@pytest.mark.parametrize("content", WRONG)
def test_the_line_is_named(content: str, path: Path) -> None:
    path.write_text(content)
    with pytest.raises(ValueError, match=f"^{path}, {re.escape(WRONG[content])}"):
        flag_files.check(path, of_launch())


def test_one_file_names_another(path: Path) -> None:
    inner = path.with_name("inner.flags")
    path.write_text(f"--hidden=3\n--flagfile={inner}\n")
    inner.write_text("--hidden=x\n")
    with pytest.raises(ValueError, match=f"^{path}, line 2: {inner}, line 1: got '--hidden=x'"):
        flag_files.check(path, of_launch())
    inner.write_text(f"--flagfile={path}\n")
    with pytest.raises(ValueError, match=f"line 1: {path}: got a file that takes in itself"):
        flag_files.check(path, of_launch())


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("utf-8-sig", "begins with a byte-order mark"), ("utf-16", "which looks like UTF-16")],
)
def test_what_other_editors_write(encoding: str, message: str, path: Path) -> None:
    path.write_text(RIGHT, encoding=encoding)
    with pytest.raises(ValueError, match=f"^{path}: .*{message}"):
        flag_files.check(path, of_launch())


def test_a_file_may_name_the_run(tmp_path: Path) -> None:
    """Whose task says which flags there are."""
    (tmp_path / "run.json").write_text('{"format": 2, "task": "tagging", "config": {}, "data": {}}')
    file = tmp_path / "predict.flags"
    file.write_text(f"--run={tmp_path}\n--output=conll\n")
    for arguments in ([f"--flagfile={file}"], ["--flagfile", str(file), "--json"]):
        assert config_flags.options_of_run(arguments) == [TASKS["tagging"].options]
    assert config_flags.options_of_run([f"--flagfile={tmp_path / 'no'}"]) == []


def test_what_a_command_line_names() -> None:
    words = ["--a=1", "--flagfile=x", "-flagfile", "y", "--", "--flagfile=z"]
    assert flag_files.named(words) == [Path("x"), Path("y")]
    assert flag_files.named([]) == []
