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
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # also for programs that tests start
if os.environ["JAX_PLATFORMS"] == "cpu":
    # Machine code that is made in a third of the time, in one piece as all cores have tests; all
    # that XLA does to a program is there.
    quick = (
        "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
        " --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
    )
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


WHOLE = ("tests/tasks/", "tests/runs/", "tests/drivers/test_native", "tests/test_pip_install.py")
"""Files whose tests share what is slow to make: all tests of one go to one process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes, all tests of a case of a contract suite go to one, which compiles it.

    The rest are handed out one by one.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByCase(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, name = nodeid.partition("::")
            if path.startswith(WHOLE):
                return path
            case = name.partition("[")[2].rstrip("]").split("-")[0]
            return case if path.startswith("tests/contracts/") and case else nodeid

    return ByCase(config, log)
