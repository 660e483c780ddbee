from __future__ import annotations

import logging
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from walking import same

from seqjax.training.checkpoints import Checkpoints


class Pair(NamedTuple):
    first: Any
    second: Any


def params(seed: int = 0) -> dict:
    draw = np.random.default_rng(seed)
    return {"lstm": {"w.x": jnp.asarray(draw.normal(size=(3, 4)), jnp.float32)}, "b": jnp.zeros(0)}


def shapes(tree: Any) -> Any:
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), tree)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Iterator[Checkpoints]:
    with Checkpoints(tmp_path / "run" / "checkpoints") as made:
        yield made


def fill(checkpoints: Checkpoints, losses: dict[int, float]) -> None:
    for step, loss in losses.items():
        checkpoints.save(step, {"params": params(step)}, {"at": step}, {"loss": loss})


def test_one_writes_and_another_reads(tmp_path: Path) -> None:
    """Written by one, read by another that knows nothing but the shapes."""
    position = {"epoch": 3, "losses": [1.5, 0.25], "iterator": {"a/b": None, "ß": "\t"}}
    with Checkpoints(tmp_path) as writer:
        writer.save(7, {"params": params(), "more": {"n": jnp.arange(3)}}, position, {"loss": 0.5})
    with Checkpoints(tmp_path) as reader:
        assert (reader.steps(), reader.latest(), reader.best()) == ([7], 7, 7)
        assert reader.position(7) == position
        assert reader.figures(7) == {"loss": 0.5}
        same(reader.restore(7, {"params": shapes(params())}), {"params": params()})


def test_only_the_items_asked_for_are_read(tmp_path: Path, checkpoints: Checkpoints) -> None:
    checkpoints.save(1, {"params": params(), "optimizer": params(1)}, {}, {"loss": 1.0})
    checkpoints.wait()
    for file in (tmp_path / "run/checkpoints/1/optimizer").rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    same(checkpoints.restore(1, {"params": params()}), {"params": params()})


def test_every_kind_of_tree(checkpoints: Checkpoints) -> None:
    chain = optax.chain(optax.clip(1.0), optax.adam(lambda count: 0.1))
    items = {
        "optimizer": chain.init(params()),
        "steps": optax.MultiSteps(chain, 2).init(params()),
        "odd": Pair((), [None, {}, {"x": (jnp.ones((2, 1), jnp.bfloat16),)}]),
        "scalars": (jnp.array(3), np.float32(2.5), jnp.array(True), jnp.uint8(7)),
        "empty": ((), None, {}, optax.EmptyState()),
        "alone": jnp.arange(4),
        "key": jax.random.key(3),
        "keys": {"a": jax.random.split(jax.random.key(4), 3), "b": jax.random.key(5, impl="rbg")},
    }
    checkpoints.save(1, items, {}, {})
    for like in (items, jax.eval_shape(lambda: items)):
        got = checkpoints.restore(1, like)
        assert jax.tree.structure(got) == jax.tree.structure(items)
        for (path, a), b in zip(
            jax.tree_util.tree_leaves_with_path(got), jax.tree.leaves(items), strict=True
        ):
            where = jax.tree_util.keystr(path)
            assert (a.dtype, a.shape) == (b.dtype, b.shape), where
            if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
                assert jax.random.key_impl(a) == jax.random.key_impl(b)
                a, b = jax.random.key_data(a), jax.random.key_data(b)
            np.testing.assert_array_equal(a, b, err_msg=where)
    assert jax.random.bits(got["key"]) == jax.random.bits(jax.random.key(3))


def test_kind_of_array_follows_like(checkpoints: Checkpoints) -> None:
    device = jax.devices()[0]
    item = {
        "numpy": np.arange(3.0),
        "jax": jnp.ones(2),
        "tied": jax.device_put(jnp.ones(2), device),
    }
    checkpoints.save(1, {"item": item}, {}, {})
    got = checkpoints.restore(1, {"item": item})["item"]
    assert isinstance(got["numpy"], np.ndarray)
    assert got["numpy"].dtype == np.float64
    assert (got["jax"].committed, got["tied"].committed) == (False, True)


def test_restored_arrays_can_be_donated(checkpoints: Checkpoints) -> None:
    big = {"w": jnp.ones((256, 256))}
    checkpoints.save(1, {"params": big}, {}, {})
    got = checkpoints.restore(1, {"params": shapes(big)})["params"]
    jax.jit(lambda tree: jax.tree.map(lambda a: a + 1, tree), donate_argnums=0)(got)
    assert got["w"].is_deleted()


def test_save_owns_what_it_writes(checkpoints: Checkpoints) -> None:
    step = jax.jit(lambda tree: jax.tree.map(lambda a: a * 0 - 1, tree), donate_argnums=0)
    tree, host = {"w": jnp.arange(2.0**20), "n": jnp.array(5)}, np.arange(2.0**20)
    step(jax.tree.map(jnp.copy, tree))  # compiled before
    want = jax.tree.map(np.array, (tree, host))
    position = {"losses": [1.0]}
    checkpoints.save(1, {"params": tree, "host": host}, position, {})
    donated, pointer = tree["w"], tree["w"].unsafe_buffer_pointer()
    tree = step(tree)
    host[:] = -1
    position["losses"].append(2.0)
    assert donated.is_deleted()
    assert tree["w"].unsafe_buffer_pointer() == pointer, "the buffer was not used again"
    got = checkpoints.restore(1, {"params": shapes(tree), "host": host})
    same((got["params"], got["host"]), want)
    assert checkpoints.position(1) == {"losses": [1.0]}


def test_save_returns_before_the_end(checkpoints: Checkpoints, monkeypatch: Any) -> None:
    import threading

    from orbax.checkpoint.handlers import JsonCheckpointHandler

    go, write = threading.Event(), JsonCheckpointHandler._save_fn

    async def held(self: Any, *args: Any) -> None:
        go.wait(60)
        await write(self, *args)

    monkeypatch.setattr(JsonCheckpointHandler, "_save_fn", held)
    checkpoints.save(1, {"params": params()}, {}, {})
    names = [path.name for path in checkpoints._folder.iterdir()]
    go.set()
    assert "1" not in names
    assert checkpoints.steps() == [1]


def test_newest_and_best_remain(checkpoints: Checkpoints) -> None:
    kept = []
    for step, loss in {1: 5.0, 2: 3.0, 3: 4.0, 4: 4.5, 6: 2.0, 7: float("nan"), 8: 2.0}.items():
        fill(checkpoints, {step: loss})
        kept.append((checkpoints.steps(), checkpoints.best()))
        folders = sorted(int(path.name) for path in checkpoints._folder.iterdir())
        assert folders == checkpoints.steps()
    assert kept == [([1], 1), ([2], 2), ([2, 3], 2), ([2, 4], 2), ([6], 6), ([6, 7], 6), ([8], 8)]
    same(checkpoints.restore(8, {"params": params()})["params"], params(8))


def test_best_survives_a_restart(tmp_path: Path) -> None:
    for losses in ({1: 1.0, 2: 2.0}, {3: 3.0}, {4: 0.5}, {5: 0.7}):
        with Checkpoints(tmp_path) as each:
            fill(each, losses)
    with Checkpoints(tmp_path) as each:
        assert (each.steps(), each.best(), each.latest()) == ([4, 5], 4, 5)


def test_newest_alone(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, keep_best=False) as each:
        fill(each, {1: 1.0, 2: 2.0})
        assert each.steps() == [2]
        assert each.figures(2) == {"loss": 2.0}


def test_another_figure_and_checkpoints_without_any(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, monitor="bpc") as each:
        each.save(1, {}, {}, {})
        assert each.best() is None
        each.save(2, {}, {}, {"bpc": jnp.float32(1.5), "loss": 0})
        each.save(3, {}, {}, {})
        assert (each.steps(), each.best(), each.figures(3)) == ([2, 3], 2, {})
        with pytest.raises(ValueError, match="figures: got loss, want bpc among them"):
            each.save(4, {}, {}, {"loss": 1.0})


def test_same_step_twice(checkpoints: Checkpoints) -> None:
    fill(checkpoints, {3: 1.0})
    checkpoints.save(3, {"params": params(9)}, {}, {"loss": 9.0})
    assert checkpoints.steps() == [3]
    assert checkpoints.figures(3) == {"loss": 1.0}
    with pytest.raises(ValueError, match="step: got 2, want more than 3, the newest"):
        fill(checkpoints, {2: 1.0})


KILLED = """
import os, signal, sys, threading
from pathlib import Path
import numpy as np
from orbax.checkpoint.handlers import JsonCheckpointHandler
from seqjax.training.checkpoints import Checkpoints
checkpoints = Checkpoints(Path(sys.argv[1]))
checkpoints.save(1, {"params": {"w": np.ones(1000)}}, {"at": 1}, {"loss": 1.0})
checkpoints.wait()
write = JsonCheckpointHandler._save_fn
async def die(self, item, directory):
    await write(self, item, directory)
    if directory.name.startswith("position"):
        os.kill(os.getpid(), signal.SIGKILL)
JsonCheckpointHandler._save_fn = die
checkpoints.save(2, {"params": {"w": np.zeros(1000)}}, {"at": 2}, {"loss": 0.5})
checkpoints.wait()
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    """By a real process, which dies with half a checkpoint on the disk."""
    died = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert died.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.iterdir() if path.name != "1"]
    assert any(file.is_file() for folder in left for file in folder.rglob("*"))
    with Checkpoints(tmp_path) as each:
        assert (each.steps(), each.latest(), each.best()) == ([1], 1, 1)
        assert all(path.exists() for path in left), "a reader must not disturb a writer"
        like = {"params": {"w": np.zeros(1000)}}
        same(each.restore(1, like), {"params": {"w": np.ones(1000)}})
        each.save(3, like, {}, {"loss": 2.0})
        assert each.steps() == [1, 3]
    assert {path.name for path in tmp_path.iterdir()} == {"1", "3"}


LIKE = {"w": jnp.ones((2, 3)), "cell": Pair(jnp.zeros(4), jax.random.key(0))}


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (LIKE | {"w": jnp.ones((3, 2))}, r"'w'.: got float32\[2, 3\] in .*, want float32\[3, 2\]"),
        (LIKE | {"w": jnp.ones((2, 3), int)}, r"item\['w'\]: got float32.*, want int32\[2, 3\]"),
        (LIKE | {"v": jnp.ones(1)}, r"item\['v'\]: got nothing in .*/1, want float32\[1\]"),
        ({"w": LIKE["w"]}, r"item\['cell'\].first: got float32\[4\] in .*/1, want nothing"),
        (
            LIKE | {"cell": Pair(LIKE["cell"].first, jax.random.key(0, impl="rbg"))},
            r"item\['cell'\].second: got key<fry>\[\] in .*, want key<rbg>\[\]",
        ),
        (LIKE | {"w": 3.0}, r"item\['w'\]: got float 3.0, want an array"),
    ],
)  # fmt: skip
def test_restore_names_the_leaf(saved: Checkpoints, like: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        saved.restore(1, {"item": like})


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkpoints]:
    with Checkpoints(tmp_path_factory.mktemp("saved")) as made:
        made.save(1, {"item": LIKE}, {}, {})
        yield made


def test_restore_names_the_item(saved: Checkpoints) -> None:
    with pytest.raises(ValueError, match=r"params: got no such item in .*/1, which has item$"):
        saved.restore(1, {"params": LIKE})


@pytest.mark.parametrize("read", ["position", "figures", "restore"])
def test_nothing_to_read(saved: Checkpoints, tmp_path: Path, read: str) -> None:
    more = ({},) if read == "restore" else ()
    with pytest.raises(ValueError, match=r"step: got no checkpoint 2 in .*, which has 1$"):
        getattr(saved, read)(2, *more)
    with Checkpoints(tmp_path) as each:
        assert (each.steps(), each.latest(), each.best()) == ([], None, None)
        with pytest.raises(ValueError, match=rf"no checkpoint 2 in {tmp_path}, which has none"):
            getattr(each, read)(2, *more)
    missing = tmp_path / "missing"
    with (
        Checkpoints(missing) as each,
        pytest.raises(ValueError, match=rf"{missing}, a folder that does not exist"),
    ):
        getattr(each, read)(2, *more)
    assert not missing.exists()


def test_refuses_to_save(saved: Checkpoints) -> None:
    with pytest.raises(ValueError, match=r"params\['n'\]: got int 3, want an array"):
        saved.save(2, {"params": {"n": 3}}, {}, {})
    with pytest.raises(ValueError, match="items: got 'position', a name that is taken"):
        saved.save(2, {"position": {}}, {}, {})
    with pytest.raises(ValueError, match=r"position: .*float32 is not JSON serializable"):
        saved.save(2, {}, {"loss": np.float32(1)}, {})
    assert saved.steps() == [1]


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files of more than 64 KiB cannot be written, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def test_failure_to_write_comes_up_at_the_next_call(
    tmp_path: Path, small_files: None, caplog: pytest.LogCaptureFixture
) -> None:
    noise = {"params": np.random.default_rng(0).normal(size=50_000)}
    each = Checkpoints(tmp_path)
    fill(each, {1: 1.0, 2: 2.0})
    each.save(3, noise, {}, {"loss": 0.5})
    with pytest.raises(
        OSError, match=rf"{tmp_path}: a checkpoint could not be written: .*"
    ) as seen:
        each.latest()
    assert "too large" in str(seen.value).lower()
    assert (each.steps(), each.best()) == ([1, 2], 1)
    fill(each, {4: 3.0})  # saving goes on
    assert each.steps() == [1, 4]
    each.save(5, noise, {}, {"loss": 0.1})
    with pytest.raises(OSError, match="could not be written"), each:
        pass
    assert not caplog.records


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        Checkpoints(tmp_path / "file" / "below") as each,
        pytest.raises(OSError, match=r"below: a checkpoint could not be .*Not a directory"),
    ):
        each.save(1, {}, {}, {})


def test_quiet_unless_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    with Checkpoints(tmp_path) as each:
        fill(each, {1: 1.0})
        each.restore(1, {"params": params()})
    assert "".join(capfd.readouterr()) == ""
    assert not caplog.records
    with caplog.at_level(logging.INFO, "absl"), Checkpoints(tmp_path):
        pass
    assert caplog.records
