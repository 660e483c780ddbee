"""What is written can be read again, and what is kept; what cannot be is refused by name."""

from __future__ import annotations

import ast
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from checkpoint_toys import fill, params, shapes
from paths import ROOT
from walking import same

from seqjax.training.checkpoints import Checkpoints, DamagedCheckpoint


class Pair(NamedTuple):
    first: Any
    second: Any


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


def test_the_two_newest_and_the_best_remain(checkpoints: Checkpoints) -> None:
    kept = []
    for step, loss in {1: 5.0, 2: 3.0, 3: 4.0, 4: 4.5, 6: 2.0, 7: float("nan"), 8: 2.0}.items():
        fill(checkpoints, {step: loss})
        kept.append((checkpoints.steps(), checkpoints.best()))
        folders = sorted(int(path.name) for path in checkpoints._folder.iterdir())
        assert folders == checkpoints.steps()
    assert kept == [
        ([1], 1), ([1, 2], 2), ([2, 3], 2), ([2, 3, 4], 2), ([4, 6], 6), ([6, 7], 6), ([7, 8], 8)
    ]  # fmt: skip
    same(checkpoints.restore(8, {"params": params()})["params"], params(8))


def test_best_survives_a_restart(tmp_path: Path) -> None:
    for losses in ({1: 1.0, 2: 2.0}, {3: 3.0}, {4: 0.5}, {5: 0.7}):
        with Checkpoints(tmp_path) as each:
            fill(each, losses)
    with Checkpoints(tmp_path) as each:
        assert (each.steps(), each.best(), each.latest()) == ([4, 5], 4, 5)
        fill(each, {6: 0.9, 7: 0.8})
        assert (each.steps(), each.best(), each.latest()) == ([4, 6, 7], 4, 7)


def test_the_two_newest_alone(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, keep_best=False) as each:
        fill(each, {1: 1.0, 2: 2.0, 3: 3.0})
        assert each.steps() == [2, 3]
        assert each.figures(3) == {"loss": 3.0}


def test_another_figure_and_checkpoints_without_any(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, monitor="bpc") as each:
        each.save(1, {}, {}, {})
        assert each.best() is None
        each.save(2, {}, {}, {"bpc": jnp.float32(1.5), "loss": 0})
        each.save(3, {}, {}, {})
        each.save(4, {}, {}, {})
        assert (each.steps(), each.best(), each.figures(3)) == ([2, 3, 4], 2, {})
        with pytest.raises(ValueError, match="figures: got loss, want bpc among them"):
            each.save(5, {}, {}, {"loss": 1.0})


def test_same_step_twice(checkpoints: Checkpoints) -> None:
    fill(checkpoints, {3: 1.0})
    checkpoints.save(3, {"params": params(9)}, {}, {"loss": 9.0})
    assert checkpoints.steps() == [3]
    assert checkpoints.figures(3) == {"loss": 1.0}
    with pytest.raises(ValueError, match="step: got 2, want more than 3, the newest"):
        fill(checkpoints, {2: 1.0})


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


def test_figures_as_older_checkpoints_have_them(tmp_path: Path) -> None:
    """In a file that orbax wrote by itself; and they have no checksums."""
    with Checkpoints(tmp_path) as each:
        fill(each, {1: 1.0, 2: 2.0})
    for step, loss in ((1, 2.0), (2, 1.0)):
        (tmp_path / f"{step}" / "metrics").mkdir()
        (tmp_path / f"{step}" / "metrics" / "metrics").write_text(f'{{"loss": {loss}}}')
        (tmp_path / f"{step}" / "checksums.json").unlink()
    with Checkpoints(tmp_path) as each:
        assert (each.best(), each.figures(1), each.damaged()) == (2, {"loss": 2.0}, {})
        (tmp_path / "1" / "metrics" / "metrics").write_text("[1]")
        with pytest.raises(DamagedCheckpoint, match="1: is damaged"):
            each.figures(1)
        same(each.restore(1, {"params": params()})["params"], params(1))


def test_a_clock_that_went_back_changes_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    """The newest is that of the highest step."""
    with Checkpoints(tmp_path) as each:
        fill(each, {1: 1.0})
    monkeypatch.setattr("time.time", lambda: 1e6)
    with Checkpoints(tmp_path) as each:
        fill(each, {2: 2.0})
    os.utime(tmp_path / "2", (0, 0))
    with Checkpoints(tmp_path) as each:
        fill(each, {3: 3.0})
        assert (each.steps(), each.latest(), each.best()) == ([1, 2, 3], 3, 1)


def test_nothing_that_is_read_is_executed() -> None:
    """No module imports what makes objects, or code, of bytes; nor is any text evaluated."""
    makers = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
    names = {*makers, "eval", "exec", "__import__", "allow_pickle"}
    for path in (*(ROOT / "seqjax").rglob("*.py"), *(ROOT / "experiments").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if names & set(re.findall(r"\w+", text)) else ():
            imported = [
                alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")
            ]
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not makers & {name.partition(".")[0] for name in imported}, path
            if isinstance(node, ast.Call):
                assert getattr(node.func, "id", "") not in ("eval", "exec", "__import__"), path
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.literal_eval(node.value) is False, path
