"""The driver fused in interpret mode: what the contract suites do not ask of it."""

from __future__ import annotations

import sys
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import H, T
from native_toys import answers, problem
from walking import close, quick, random_like

from seqjax.basics.cell import Gated
from seqjax.cells import (
    Cell,
    Gate,
    cifg_lstm,
    clip_backward,
    gated_cell,
    gru,
    gru_reset_before,
    layer_norm,
    locked_dropout,
    lstm,
    min_gru,
    residual,
    rnn,
    zoneout,
)
from seqjax.drivers import fused, fused_with, hoisted, sequential
from seqjax.drivers.auto import choose
from seqjax.drivers.fused import products, self_check, support
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.pointwise import Pointwise
from seqjax.drivers.inputs import prepare
from seqjax.layers import recurrent

interpreted = fused_with(interpret=True)


def scaled(name: str = "scaled") -> Cell:
    """A gate with a number, a clip and a division that is 0/0 in columns that are filled up."""

    def combine(params: Any, blocks: Any, h: Any, side: Any) -> Any:
        f, n = blocks
        shift = params["shift"]
        return f * h * params["scale"] + (1 - f) * jnp.clip(n, -0.9, 0.9) + shift * h**2 / shift

    def more(key: Any, h: int) -> Any:
        return {"scale": jnp.float32(0.9), "shift": jnp.full(h, 0.1)}

    return gated_cell(name, H, Gate(combine, "st"), more=more)


def zeros(cell: Cell, dtype: Any) -> Any:
    """Parameters for inputs of width 3."""
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), 3))
    return jax.tree.map(lambda a: np.zeros(a.shape, dtype), shapes)


def gate_of(combine: Any, activations: str = "st") -> Cell:
    return gated_cell("mine", H, Gate(combine, activations), blocks=2)


def blocks_of(a: jax.Array, heads: int, head: int) -> Any:
    """The columns of one head of an array as the cell sees it."""
    if not a.ndim:
        return a
    rows = a.reshape(-1, a.shape[-1] // H, heads, H // heads)
    return Columns(tuple(rows[:, q, head] for q in range(rows.shape[1])))


def test_columns_are_moved_as_blocks() -> None:
    """A function of blocks gives the columns of the function of whole arrays, and its vjp too."""

    def moves(w: Any, pre: Any, h: Any, number: Any) -> Any:
        first, second = jnp.split(w, 2)
        a, b, c = jnp.split(pre, 3, axis=-1)
        joined = jnp.concatenate([a * first, jnp.where(b > number, c, 0.0) - second], -1)
        padded = jnp.pad(h, ((0, 0), (H, 0)))
        return jax.nn.relu(padded + joined), jax.jit(jnp.sinh)(pre[:, H : 2 * H]) + w[None, :H]

    def pull(w: Any, pre: Any, h: Any, number: Any, cotangents: Any) -> Any:
        return jax.vjp(lambda pre, h: moves(w, pre, h, number), pre, h)[1](cotangents)

    args = random_like(tuple(map(jnp.zeros, ((2 * H,), (3, 3 * H), (3, H), ()))), 0)
    args = (*args, random_like(jax.eval_shape(moves, *args), 1))

    def both(args: Any) -> Any:
        for function, given in ((moves, args[:-1]), (pull, args)):
            whole = function(*given)
            for head in range(2):
                part = partial(blocks_of, heads=2, head=head)
                got = Pointwise(function, H, given, {})(*jax.tree.map(part, given))
                yield got, jax.tree.map(part, whole)

    for got, want in quick(lambda args: list(both(args)))(args):
        close(got, want, 1e-6)


REFUSED = {
    "a product": (lambda p, b, h, s: b[0] * (h @ jnp.ones((H, H))), "combine has dot_general of"),
    "a sum over H": (lambda p, b, h, s: b[0] - h.sum(-1, keepdims=True), "combine has reduce_sum"),
    "neighbours": (
        lambda p, b, h, s: jnp.roll(h, 1, -1) + b[0],
        "combine has slice of .*whole blocks of H=4",
    ),
    "counting": (lambda p, b, h, s: b[0] * jnp.arange(H), "combine has iota of"),
    "an array": (lambda p, b, h, s: b[0] * np.arange(H), "combine has a constant array"),
    "erf": (lambda p, b, h, s: jax.lax.erf(h) + b[0], "combine has erf of"),
    "a derivative alone": (
        lambda p, b, h, s: summed_back(h) + b[0],
        "the derivative of combine has reduce_sum",
    ),
}


@jax.custom_vjp
def summed_back(h: jax.Array) -> jax.Array:
    return h


summed_back.defvjp(lambda h: (h, None), lambda _, d: (d + d.sum(-1, keepdims=True),))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_pointwise_is_refused_by_name(name: str) -> None:
    """Where a layer is made, with the primitive and the part of the cell that has it."""
    combine, named = REFUSED[name]
    cell = gate_of(combine)
    with pytest.raises(
        ValueError, match=f"driver: fused cannot serve mine: .*{named}.*use hoisted"
    ):
        recurrent(cell, fused)


@pytest.mark.parametrize(
    ("cell", "dtype", "named"),
    [
        (lstm(4, projection=2), np.float32, "combine has dot_general of"),
        (cifg_lstm(4, projection=5), np.float32, r"\[12\] projected inputs for 5 values fed back"),
        (layer_norm(lstm(4)), np.float32, "combine has reduce_sum of"),
        (gru_reset_before(4), np.float32, r"recurrence is not gate\(z, h . w_h, carry\)"),
        (min_gru(4), np.float32, r"recurrence is not gate\(z, h . w_h, carry\)"),
        (gru(258, heads=2), np.float32, "a head has 129 units, want at most 128"),
        (lstm(128), np.float32, "w_h of a head takes 256 KiB in float32, want at most 128"),
        (
            lstm(128),
            jnp.bfloat16,
            "wants an NVIDIA GPU of compute capability 8 or higher, or a TPU, got cpu",
        ),
        (rnn(4), np.float64, "w_h is float64, want float32, bfloat16 or float16"),
    ],
)
def test_refusals(cell: Cell, dtype: Any, named: str) -> None:
    """Each says what the cell or the device has and what it should have."""
    with jax.enable_x64(dtype == np.float64):
        params = zeros(cell, dtype)
        with pytest.raises(ValueError, match=f"driver: fused .*{named}.*use (hoisted|sequential)"):
            fused(cell, params, jnp.zeros((2, 2, 3), dtype))


def test_unknown_settings() -> None:
    with pytest.raises(ValueError, match="precision: got 'half', want one of bfloat16, float16"):
        fused_with(precision="half")
    with pytest.raises(ValueError, match="device: got 'npu', want one of gpu, tpu"):
        fused_with(device="npu")
    with pytest.raises(ValueError, match="interpret: got 1, want True or False"):
        fused_with(interpret=1)  # type: ignore[arg-type]


def test_a_carry_of_integers_is_refused() -> None:
    """A counter in the carry has no derivative that a kernel could hand on."""
    cell = rnn(H)
    counting = cell._replace(
        start=lambda p, shape: (cell.start(p, shape), jnp.zeros((*shape, H), int)),
        read=lambda carry: carry[0],
        recurrence=Gated(lambda p, c: c[0], Gate(lambda p, b, c, s: (b[0], c[1] + 1), "t")),
    )
    assert "its carry has a part of int" in interpreted.unsupported(counting, None)


ALL_KINDS = clip_backward(residual(zoneout(locked_dropout(gru(H)), hidden=0.3)), 0.5)


def noisy_answers(driver: Any, given: Any) -> Any:
    """With masks, inputs and parameters of every row beside the product, and states."""

    def noisy(cell: Cell, params: Any, xs: Any, *args: Any, **options: Any) -> Any:
        params, xs = cell.noise(params, xs, jax.random.key(3))
        return tuple(driver(cell, params, xs, *args, states=True, **options))

    return answers(ALL_KINDS, noisy, given, False, True)


@cache
def right_answers() -> Any:
    return noisy_answers(sequential, problem(ALL_KINDS, T, 17, H))


@pytest.mark.parametrize("device", ["gpu", "tpu"])
def test_wrappers_of_all_kinds(device: str) -> None:
    """What is masked, added and clipped around a cell is walked as by ``sequential``."""
    driver = fused_with(interpret=True, device=device)
    got = noisy_answers(driver, problem(ALL_KINDS, T, 17, H))  # rows of two programs
    close(got, right_answers(), 1e-5)


def test_population_and_second_order() -> None:
    """Products with the Hessian of three networks at once, each the same as by ``sequential``."""
    cell = scaled()
    xs = random_like(jnp.zeros((4, 2, 3)), 2, 1.0)
    one = cell.init(jax.random.key(0), 3)
    seeds = random_like(jax.tree.map(lambda a: jnp.zeros((3, *a.shape)), one), 4, 0.5)

    def curvature(driver: Any) -> Any:
        def loss(params: Any) -> Any:
            return jnp.sum(driver(cell, params, xs, [4, 2]).hs ** 2)

        def product(params: Any) -> Any:
            return jax.jvp(jax.grad(loss), (params,), (params,))

        return quick(jax.vmap(product))(seeds)

    close(curvature(interpreted), curvature(sequential), 1e-5)


def test_products_of_16_bits() -> None:
    """Near those of float32 and not the same; a carry is float32, whatever weights are."""
    cell = rnn(24)  # columns of a head that are no power of two
    given = problem(cell, 4, 3)
    short = fused_with(precision="bfloat16", interpret=True)
    got, want = (answers(cell, d, given, True, True) for d in (short, hoisted))
    close(got, want, 0.02)
    assert {a.dtype for a in jax.tree.leaves(got)} == {jnp.dtype("float32")}
    with pytest.raises(AssertionError):
        close(got, want, 1e-4)
    params, xs = zeros(cell, jnp.bfloat16), jnp.zeros((4, 3, 3), jnp.bfloat16)
    result = jax.eval_shape(lambda: interpreted(cell, params, xs, states=True))
    assert [a.dtype for a in result] == ["float32", "bfloat16", "float32"]


def test_no_rows() -> None:
    """B = 0: empty results of the right shapes, and gradients of zero."""
    cell = rnn(H)
    params = cell.init(jax.random.key(0), 3)
    (carry, hs), pull = jax.vjp(lambda p: tuple(interpreted(cell, p, jnp.zeros((1, 0, 3)))), params)
    assert hs.shape == (1, 0, H) and carry.shape == (0, H)
    assert not any(a.any() for a in jax.tree.leaves(quick(pull)((carry, hs))))


def lowered(function: Any, name: str, *args: Any) -> str:
    """What XLA would get for an NVIDIA GPU or a TPU; a skip where JAX cannot say without one."""
    sharding = pytest.importorskip("jax.sharding")
    if not hasattr(sharding, "AbstractDevice"):
        pytest.skip("this JAX knows no device that is not there")
    kind, cores, platform = {"gpu": ("NVIDIA H200", 132, "cuda"), "tpu": ("TPU v5", 1, "tpu")}[name]
    device = sharding.AbstractDevice(device_kind=kind, num_cores=cores, platform=name)
    with sharding.use_abstract_mesh(sharding.AbstractMesh((), (), abstract_device=device)):
        traced = jax.jit(function).trace(*args)
        text: str = traced.lower(lowering_platforms=(platform,)).as_text()
    return text


LOWERED = {
    "numbers": (scaled(), "gpu", "tf32"),
    "heads of no power of two": (zoneout(gru(48, heads=2, learn_start=True)), "gpu", "bfloat16"),
    "wrappers": (residual(zoneout(scaled())), "tpu", "bfloat16"),
}


@pytest.mark.parametrize("name", LOWERED)
def test_lowers_for_a_device_that_is_not_there(monkeypatch: Any, name: str) -> None:
    """One kernel each way, with masks, noise, numbers and a start."""
    cell, device, precision = LOWERED[name]
    monkeypatch.setattr(support, "on_device", lambda options: True)
    monkeypatch.setattr(self_check, "disagreement", lambda *args: "")
    params = cell.init(jax.random.key(0), 4)
    xs, marks = jnp.zeros((5, 20, 4)), jnp.zeros((5, 20), bool)
    drive = fused_with(precision=precision, device=device)

    def loss(params: Any, lengths: Any) -> Any:
        noisy = cell.noise(params, xs, jax.random.key(0)) if cell.noise else (params, xs)
        result = drive(cell, *noisy, lengths, resets=marks, states=True)
        return sum(a.sum() for a in jax.tree.leaves(result))

    gradients = jax.vmap(jax.grad(loss), (None, 0))
    text = lowered(gradients, device, params, jnp.ones((2, 20), int))
    assert text.count("seqjax_fused_forward") and text.count("seqjax_fused_backward")
    assert ("tanh.approx" in text) == (name == "heads of no power of two")


def test_the_check_at_first_use(monkeypatch: Any) -> None:
    """A kernel that is right is taken; a wrong one, or one that fails, is refused with a reason."""
    cell, options = rnn(16), Options(None, True)
    inputs = prepare(cell, cell.init(jax.random.key(0), 3), jnp.zeros((2, 2, 3)))

    @jax.jit  # as in a training step, which must not get in its way
    def checked(xs: Any) -> Any:
        reasons.append(self_check.disagreement(options, cell, inputs._replace(xs=xs)))
        return xs

    reasons: list[str] = []
    checked(inputs.xs)
    assert reasons == [""]
    self_check._checked.cache_clear()
    right = self_check._answers

    def doubled(options: Any, *problem: Any) -> Any:
        outputs, gradient = right(None, *problem)
        return outputs, jax.tree.map(lambda a: a * (1 + (options is not None)), gradient)

    monkeypatch.setattr(self_check, "_answers", doubled)
    assert "fused differs from sequential by" in self_check.disagreement(options, cell, inputs)
    self_check._checked.cache_clear()
    monkeypatch.setattr(self_check, "_answers", right)
    monkeypatch.delattr(products.Products, "backward")
    assert "failed at its first use, for rnn:" in self_check.disagreement(options, cell, inputs)
    self_check._checked.cache_clear()


def test_auto_takes_it_on_a_gpu(monkeypatch: Any) -> None:
    """For narrow heads whose weights have 16 bits, and for nothing else."""
    module = sys.modules["seqjax.drivers.auto"]
    monkeypatch.setattr(support, "on_device", lambda options: True)
    monkeypatch.setattr(self_check, "disagreement", lambda *args: "")

    def chosen(cell: Cell, dtype: Any) -> str:
        inputs = prepare(cell, zeros(cell, dtype), jnp.ones((2, 2, 3)))
        return choose(cell, inputs)[0].name

    assert chosen(lstm(32), jnp.bfloat16) == "hoisted"
    monkeypatch.setattr(module, "cuda_capability", lambda: 8.0)
    assert chosen(lstm(32), jnp.bfloat16) == chosen(gru(256, heads=2), jnp.float16) == "fused"
    assert chosen(lstm(32), np.float32) == chosen(lstm(256), jnp.bfloat16) == "hoisted"
    assert chosen(gru_reset_before(4), jnp.bfloat16) == "sequential"
