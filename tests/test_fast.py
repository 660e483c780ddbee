"""What ``make fast`` leaves: some test of every package, and a table of slow tests that is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ROOT

TABLE = ROOT / "tests" / "slow.txt"


@pytest.fixture
def tests(collected: list[pytest.Item]) -> list[pytest.Item]:
    """All tests of the project. Where only some were asked for, nothing can be said."""
    slow = {ROOT / line for line in TABLE.read_text(encoding="utf-8").split()}
    if not {*(ROOT / "tests").rglob("test_*.py")} - slow <= {test.path for test in collected}:
        pytest.skip("only some of the tests were collected")
    return collected


def folder_of(package: Path) -> Path:
    """The folder of tests of a package: that of tests/ with its name."""
    path = package.relative_to(ROOT)
    return ROOT / "tests" / (path if path.parts[0] != "seqjax" else path.relative_to("seqjax"))


def test_every_package_has_a_fast_test(tests: list[pytest.Item]) -> None:
    """In the folder of the package, or in files of its name in the folder above."""
    fast = {test.path for test in tests if not test.get_closest_marker("slow")}
    packages = [
        path.parent
        for top in ("seqjax", "experiments")
        for path in (ROOT / top).rglob("__init__.py")
    ]
    assert len(packages) > 30
    for package in packages:
        folder = folder_of(package)
        of_its_name = {*folder.parent.glob(f"test_{folder.name}*.py")}
        assert fast & {*folder.glob("test_*.py"), *of_its_name}, package


def test_the_table_of_slow_tests_names_what_is_there(tests: list[pytest.Item]) -> None:
    files = {test.path for test in tests}
    functions = {test.nodeid.partition("[")[0] for test in tests}
    lines = TABLE.read_text(encoding="utf-8").split()
    assert lines == sorted(set(lines))
    for line in lines:
        path = ROOT / line.partition("::")[0]
        assert path.is_file(), line
        assert line in functions or "::" not in line or path not in files, line
