"""The driver cudnn: cuDNN itself on an NVIDIA GPU; elsewhere the two calls that JAX makes into it
are computed by JAX's own reference of them, and all else is as on a GPU."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import cudnn_on_cpu
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import rnn
from jax.sharding import PartitionSpec as P
from walking import close, quick, random_like, same

from seqjax.basics.build import fused
from seqjax.basics.types import Cell
from seqjax.cells import (
    clip_backward,
    gru,
    layer_norm,
    locked_dropout,
    lstm,
    peephole_lstm,
    residual,
    weight_drop,
    zoneout,
)
from seqjax.drivers import auto, chunked, cudnn, cudnn_check, door, hoisted, sequential
from seqjax.drivers.auto import choose
from seqjax.drivers.cudnn import platform
from seqjax.drivers.sequential import walk_steps
from seqjax.layers import bidirectional, recurrent

T, B, D, H = 6, 4, 3, 5
LENGTHS = np.array([T, 0, 1, 3])
XS = random_like(np.zeros((T, B, D), np.float32), 1, 1.0)
ON_GPU = platform() == "cuda"
without_gpu = pytest.mark.skipif(ON_GPU, reason="there is an NVIDIA GPU")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine where cudnn walks; products in full float32."""
    if not ON_GPU:
        cudnn_on_cpu.install()
        monkeypatch.setattr(rnn, "gpu_rnn", cudnn_on_cpu.LIBRARY)
        for module in ("cudnn", "auto"):
            module = importlib.import_module(f"seqjax.drivers.{module}")
            monkeypatch.setattr(module, "platform", lambda: "cuda")
    with jax.default_matmul_precision("highest"):
        yield


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the check of the first walk found: nothing yet."""
    monkeypatch.setattr(cudnn_check, "_found", {})
    return cudnn_check._found


def params_of(cell: Cell, d: int = D) -> Any:
    """Float32, nothing at zero."""
    return random_like(jax.eval_shape(lambda: cell.init(jax.random.key(0), d)), 3)


def both(function: Any, *args: Any) -> tuple:
    """function(driver, *args) by cudnn and by sequential, compiled as one program."""
    return quick(lambda *args: [function(driver, *args) for driver in (cudnn, sequential)])(*args)


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("way", "padded", "start"),
    [
        ("forward", True, "learned"), ("forward", False, "given"),
        ("reverse", True, "given"), ("reverse", False, "learned"),
    ],
)  # fmt: skip
def test_equals_sequential(way: str, padded: bool, start: str) -> None:
    """Values and gradients, from a state handed on or a learned one; an empty row keeps it."""
    cell, lengths = lstm(H, learn_start=start == "learned"), LENGTHS if padded else None
    params = params_of(cell)
    carry = random_like(cell.start(params, (B,)), 2) if start == "given" else None

    def answers(drive: Any, params: Any, xs: Any, carry: Any) -> tuple:
        def of(params: Any, xs: Any, carry: Any) -> tuple:
            return drive(cell, params, xs, lengths, carry, reverse=way == "reverse")

        out, pull = jax.vjp(of, params, xs, carry)
        return out, pull(random_like(out, 5, 1.0))

    got, want = both(answers, params, XS, carry)
    close(got, want, 2e-6)
    if padded:
        (last, hs), (_, dxs, _) = got
        same([a[1] for a in last], [a[1] for a in carry or cell.start(params, (B,))])
        for row, length in enumerate(LENGTHS):
            assert not np.any(hs[length:, row]) and not np.any(dxs[length:, row])


@pytest.mark.usefixtures("gpu")
def test_padding_may_hold_anything() -> None:
    cell = lstm(H)
    params = params_of(cell)
    dirty = XS.at[3:, 3].set(jnp.nan).at[:, 1].set(jnp.inf)

    def loss(params: Any, xs: Any) -> Any:
        (h, c), hs = cudnn(cell, params, xs, LENGTHS, reverse=True)
        return (h * c).sum() + (hs**2).sum()

    gradient = quick(jax.value_and_grad(loss))
    same(gradient(params, dirty), gradient(params, XS))


@pytest.mark.usefixtures("gpu")
def test_inputs_of_another_precision_are_cast_as_by_sequential() -> None:
    cell = lstm(H)
    params, xs = params_of(cell), XS.astype(jnp.bfloat16)
    got, want = (drive(cell, params, xs, LENGTHS) for drive in (cudnn, sequential))
    assert got[1].dtype == want[1].dtype == jnp.bfloat16
    close(got, want, 1e-2)
    close(got[0], want[0], 2e-6)


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    "cell", [weight_drop(lstm(H), 0.4), locked_dropout(lstm(H), inputs=0.4, hidden=0.0)]
)
def test_noise_drawn_before_the_walk(cell: Cell) -> None:
    """Wrappers that leave every step alone are served."""
    params, xs = cell.perturb(params_of(cell), XS, jax.random.key(4))
    close(cudnn(cell, params, xs, LENGTHS), sequential(cell, params, xs, LENGTHS), 2e-6)


@pytest.mark.usefixtures("gpu")
def test_auto_takes_it_in_both_directions() -> None:
    def layer(driver: Any) -> Any:
        return bidirectional(recurrent(lstm(H), driver), recurrent(lstm(H), driver, reverse=True))

    def gradient(driver: Any, params: Any, xs: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            carry_and_hs = layer(auto if driver is cudnn else driver).apply(params, xs, LENGTHS)
            return sum((leaf**2).sum() for leaf in jax.tree.leaves(carry_and_hs))

        return jax.value_and_grad(loss, (0, 1))(params, xs)

    params = random_like(jax.eval_shape(lambda: layer("auto").init(jax.random.key(0), D)), 3)
    close(*both(gradient, params, XS), 2e-6)
    walk = jax.make_jaxpr(layer("auto").apply)(params, XS, LENGTHS)
    assert str(walk).count(" rnn_fwd[") == 2


def squares(drive: Any, params: Any, xs: Any) -> Any:
    return (drive(lstm(H), params, xs, LENGTHS)[1] ** 2).sum()


def _in_batches(drive: Any, params: Any) -> Any:
    """Gradients for many weights at once, and one through many inputs at once."""
    many, rows = jax.tree.map(lambda a: jnp.stack([a, -a]), params), jnp.stack([XS, 2 * XS])
    each = jax.vmap(jax.grad(lambda p: squares(drive, p, XS)))(many)
    mean = jax.grad(lambda p: jax.vmap(lambda xs: squares(drive, p, xs))(rows).mean())(params)
    return each, mean


def _in_a_loop(drive: Any, params: Any, xs: Any) -> Any:
    """Training on split rows, with what a step keeps made again."""

    def body(params: Any, xs: Any) -> tuple:
        slope = jax.grad(jax.checkpoint(lambda p: squares(drive, p, xs)))(params)
        return jax.tree.map(lambda p, g: p - 0.01 * g, params, slope), None

    return jax.lax.scan(body, params, jnp.stack([xs, 2 * xs]))[0]


def _split(drive: Any, params: Any) -> Any:
    mesh = jax.make_mesh((1,), ("rows",), axis_types=(jax.sharding.AxisType.Auto,))
    return jax.shard_map(
        lambda p, xs: _in_a_loop(drive, p, xs),
        mesh=mesh, in_specs=(P(), P(None, "rows")), out_specs=P(), check_vma=False,
    )(params, XS)  # fmt: skip


@pytest.mark.usefixtures("gpu")
def test_the_first_walk_may_be_inside_transformations(unchecked: dict) -> None:
    close(*both(_split, params_of(lstm(H))), 3e-6)
    assert unchecked == {(H, D, False): ""}


@pytest.mark.usefixtures("gpu")
def test_batches_of_walks() -> None:
    close(*both(_in_batches, params_of(lstm(H))), 3e-6)


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("tf32", [False, True])
def test_products_are_exact_unless_asked(tf32: bool) -> None:
    cell = lstm(H)
    with jax.default_matmul_precision("tensorfloat32"):
        walk = jax.make_jaxpr(lambda p: cudnn(cell, p, XS, tf32=tf32))(params_of(cell))
    assert f"cudnn_allow_tf32={tf32}" in str(walk)


@without_gpu
@pytest.mark.usefixtures("gpu", "unchecked")
def test_a_library_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """cudnn refuses to go on, auto goes on without it."""
    monkeypatch.setattr(cudnn_on_cpu, "ORDER", [0, 1, 3, 2])
    monkeypatch.setattr(importlib.import_module("seqjax.drivers.auto"), "_said", set())
    cell = lstm(2)
    params = params_of(cell)
    message = r"cudnn and sequential differ at width 2, input width 3: outputs \d.*, of xs \d"
    for _ in range(2):
        with pytest.raises(RuntimeError, match=f"driver: {message}.*; use hoisted"):
            jax.eval_shape(lambda p: cudnn(cell, p, XS, LENGTHS), params)
    with caplog.at_level("INFO", "seqjax"):
        walk = str(jax.make_jaxpr(lambda p: auto(cell, p, XS, LENGTHS))(params))
    assert "rnn_fwd" not in walk
    assert re.search(f"driver hoisted for lstm: {message}", caplog.text)


SPOILT = {
    "outputs": lambda end: end._replace(hs=end.hs.at[0, 0, 0].add(1e-3)),
    "last carry": lambda end: end._replace(carry=(end.carry[0], end.carry[1] * jnp.nan)),
    "of params": lambda end: end._replace(hs=_slope_of(end.hs, 1.001)),
}


@jax.custom_vjp
def _slope_of(x: Any, factor: float) -> Any:
    """x, whose gradient is wrong by a factor."""
    return x


_slope_of.defvjp(lambda x, factor: (x, factor), lambda factor, d: (factor * d, None))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", SPOILT)
def test_the_check_sees_small_errors(name: str) -> None:
    """A thousandth in one output or in gradients, or no number at all."""

    def walk(cell: Cell, params: Any, given: door.Walk, reverse: bool, tf32: bool) -> Any:
        return SPOILT[name](walk_steps(cell, params, given, reverse, False))

    message = cudnn_check.fault(walk, lstm(2), 2, False)
    assert float(re.search(f"{name} ([^,]+)", message)[1]) > 5e-4, message


def test_a_library_that_fails(unchecked: dict) -> None:
    def walk(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("CUDNN_STATUS_EXECUTION_FAILED")

    want = "cudnn fails at width 2, input width 3: CUDNN_STATUS_EXECUTION_FAILED"
    assert cudnn_check.fault(walk, lstm(2), 3, False) == want
    assert unchecked == {(2, 3, False): want}


def _shown_twice(cell: Cell) -> Cell:
    return cell._replace(name="mine", read=lambda carry: 2 * carry[0])


OTHERS = [
    gru(H), peephole_lstm(H), lstm(4, heads=2), lstm(H, projection=2), layer_norm(lstm(H)),
    zoneout(lstm(H)), clip_backward(lstm(H), 1.0), locked_dropout(lstm(H)), residual(lstm(D)),
    _shown_twice(lstm(H)), weight_drop(layer_norm(lstm(H)), 0.1),
]  # fmt: skip


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("cell", OTHERS, ids=lambda cell: cell.name)
def test_other_cells_are_refused(cell: Cell) -> None:
    """By the driver and by a layer; what is made from a cell does not inherit the mark."""
    mark = fused(cell)
    assert mark is None or mark.kind == "gru"
    with pytest.raises(ValueError, match=r"driver: cudnn cannot serve .*; use auto"):
        cudnn(cell, params_of(cell), XS)
    with pytest.raises(ValueError, match="driver: cudnn cannot serve"):
        recurrent(cell, "cudnn")
    driver, why = choose(cell, params_of(cell), T, B, where="cuda")
    assert (driver, why) == (hoisted, "the cell has a gate")


WRONG = {
    "resets": ({"resets": np.zeros((T, B), bool)}, "resets: got some, but cudnn cannot begin anew"),
    "states": ({"states": True}, "states: got True, but cudnn gives the last carry alone"),
    "dtype": ({}, "params: got bfloat16 for b, but cudnn wants float32"),
}


@pytest.mark.usefixtures("gpu", "unchecked")
@pytest.mark.parametrize("name", WRONG)
def test_other_walks_are_refused(name: str) -> None:
    """auto makes them otherwise, and says why."""
    options, message = WRONG[name]
    dtype = jnp.bfloat16 if name == "dtype" else jnp.float32
    params = jax.tree.map(lambda a: a.astype(dtype), params_of(lstm(H)))
    with pytest.raises(ValueError, match=f"^{message}.*; use hoisted$"):
        cudnn(lstm(H), params, XS, LENGTHS, **options)
    driver, why = choose(lstm(H), params, T, B, where="cuda", **options)
    assert driver is hoisted and why.startswith(message)
    jax.eval_shape(lambda: auto(lstm(H), params, XS, LENGTHS, **options))
    assert not cudnn_check._found


@without_gpu
def test_no_gpu() -> None:
    with pytest.raises(ValueError, match=r"^driver: cudnn wants an NVIDIA GPU, got cpu; use auto$"):
        cudnn(lstm(H), params_of(lstm(H)), XS)
    assert choose(lstm(H), params_of(lstm(H)), T, B)[0] is hoisted
    layer = recurrent(lstm(H), "cudnn")  # one step at a time needs none
    carry = layer.start(params_of(lstm(H)), (B,))
    assert layer.step(params_of(lstm(H)), carry, XS[0])[1].shape == (B, H)


@pytest.mark.parametrize(
    ("where", "steps", "driver"),
    [
        ("cuda", T, cudnn), ("rocm", T, hoisted), ("tpu", T, hoisted), ("cpu", T, hoisted),
        ("cuda", 10**8, chunked),
    ],
)  # fmt: skip
def test_what_auto_chooses(where: str, steps: int, driver: Any) -> None:
    cell = lstm(H, learn_start=True)
    assert choose(cell, params_of(cell), steps, B, where=where)[0] is driver
