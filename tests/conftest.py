"""Repeatable JAX for all tests: on CPU unless JAX_PLATFORMS says otherwise, chance seeded."""

from __future__ import annotations

import atexit
import gc
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import one_context
import xla_flags

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # also for programs that tests start
if os.environ["JAX_PLATFORMS"] == "cpu" and "PYTEST_XDIST_WORKER" not in os.environ:
    # The processes of pytest-xdist, and programs that tests start, inherit what is found here.
    quick = " ".join(xla_flags.known(xla_flags.QUICK))
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {quick}".strip()
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # What one test process or program has compiled the others read; nothing outlives the tests.
    os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="seqjax_tests_")
    atexit.register(shutil.rmtree, os.environ["JAX_COMPILATION_CACHE_DIR"], ignore_errors=True)
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import hypothesis
import jax
import numpy as np
import pytest

gc.set_threshold(200_000, 20, 100)  # tracing makes many small objects, of which few are garbage
jax.config.update("jax_platforms", os.environ["JAX_PLATFORMS"])
# Rank promotion stays allowed: a bias [kH] is added to [T, B, kH] everywhere, and means just that.

# The same examples at every run; and compilation makes the first of them slow.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, max_examples=20
)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test begins with the same global generators, whichever ran before it."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


one_context.share()

PROGRAMS = 500
"""So many lowered programs are kept, for the sake of memory: a process of tests then holds 1.1 GB,
with 4,000 of them 2 GB."""
_lowered = [0]


def _count_lowered(event: str, duration_secs: float, **_: str | int) -> None:
    _lowered[0] += event == "/jax/core/compile/jaxpr_to_mlir_module_duration"


jax.monitoring.register_event_duration_secs_listener(_count_lowered)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Between what shares no program, JAX forgets programs where there are many."""
    shared = nextitem and scope(item.nodeid) == scope(nextitem.nodeid)
    if _lowered[0] >= PROGRAMS and not shared and "PYTEST_XDIST_WORKER" in os.environ:
        jax.clear_caches()
        _lowered[0] = 0


@pytest.fixture
def frozen() -> Iterator[None]:
    """gc.collect, with which measurements begin, passes over what other tests have left."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def x64() -> Iterator[None]:
    """float64 during the test: ``@pytest.mark.usefixtures("x64")`` or an argument ``x64``."""
    with jax.enable_x64(True):
        yield


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, driven by playwright; that of the system, or its own."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with driver.sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=installed)
        except driver.Error as error:
            pytest.skip(f"no Chromium starts here: {str(error).splitlines()[0]}")
        yield started
        started.close()


SLOW = set((Path(__file__).parent / "slow.txt").read_text(encoding="utf-8").split())
"""The table of slow tests: files, and functions as ``file::function``."""
FAST_CASES = {"rnn_tanh", "template", "lstm", "gru", "zoneout_lstm"}
ON_DEMAND = {"long", "fuzz", "kill", "cuda", "product", "scaling"}
"""Suites of many minutes, and rows of products, which run where -m asks for them."""
COLLECTED = pytest.StashKey[list[pytest.Item]]()


def is_slow(item: pytest.Item) -> bool:
    """Whether the table names it; of the contracts, also all cases but a few."""
    path, _, test = item.nodeid.partition("::")
    case = item.callspec.params.get("case") if hasattr(item, "callspec") else None
    other = path.startswith("tests/contracts/") and getattr(case, "name", "lstm") not in FAST_CASES
    return other or path in SLOW or f"{path}::{test.partition('[')[0]}" in SLOW


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is slow as a whole is not even imported by ``make fast``."""
    name = collection_path.relative_to(config.rootpath).as_posix()
    return True if config.option.markexpr == "not slow" and name in SLOW else None


@pytest.fixture
def collected(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """All tests that were found, those that -m and -k leave out too."""
    return request.config.stash[COLLECTED]


@pytest.hookimpl(tryfirst=True)  # before marked tests are left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the slow tests; their files come first, so that all processes end at about one time.

    What is on demand is left out, unless -m speaks of it.
    """
    left_out = {name for name in ON_DEMAND if name not in config.option.markexpr}
    deselected = [item for item in items if left_out & {mark.name for mark in item.iter_markers()}]
    if deselected:
        items[:] = [item for item in items if item not in set(deselected)]
        config.hook.pytest_deselected(items=deselected)
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)
    config.stash[COLLECTED] = [*items]
    slow_files = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow_files)


def scope(nodeid: str) -> str:
    """What shares programs or runs with others: a file, a task, or a case of the contract suites.

    The tests of a task share its trained run; a case is compiled once for all suites.
    """
    path, _, test = nodeid.partition("::")
    case = test.partition("[")[2].rstrip("]").split("-")[0]
    if path.startswith("tests/contracts/") and case:
        return case
    return path.rpartition("/")[0] if path.startswith("tests/tasks/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes, all tests of a scope go to one: they share what it has made."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    config.option.loadscopereorder = False  # by the order of the tests, not by their number
    return ByFile(config, log)


@pytest.fixture(scope="module")
def short_runs():
    """Runs of a module's tests compile fast, and read a part of data sets that need no file."""
    import launches
    from short_data import shorten

    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        shorten(patch.setattr)
        yield
