"""Generated functors against float64 JAX: every gated case of the contracts, and random gates."""

from __future__ import annotations

from typing import Any

import functor_toys as toys
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, H
from walking import close, params_of, perturbed, random_like

from seqjax.basics.cell import Gated, split_side
from seqjax.cells import Gate
from seqjax.drivers.kernel_source import Refused, Shapes, functor, gate_graph
from seqjax.drivers.native import compiler

pytestmark = [
    pytest.mark.usefixtures("x64"),
    pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler"),
]
ROWS = 3
REFUSED = {
    "layer_norm_lstm": "the primitive reduce_sum",
    "layer_norm_gru_heads": "the primitive reduce_sum",
    "lstm_projection_learned": r"a carry of \(3, 2\) and \(3, 4\)",
    "peephole_lstm_projection": r"a carry of \(3, 2\) and \(3, 4\)",
    "cifg_lstm_projection": r"a carry of \(3, 4\) and \(3, 5\)",
}
GATED = [case for case in CASES if isinstance(case.cell.recurrence, Gated)]


def of_case(case: Any) -> toys.Problem:
    """One step of a case, with the noise of noisy ones."""
    xs = random_like(jax.ShapeDtypeStruct((2, ROWS, case.d), np.float64), 1, 1.0)
    params, xs = perturbed(case, params_of(case), xs)
    z, side = jax.tree.map(lambda a: a[0], split_side(case.cell.project(params, xs)))
    carry = random_like(case.cell.start(params, (ROWS,)), 2)
    u = random_like(z, 3)
    return toys.Problem(case.cell.recurrence, case.cell.read, params, z, u, carry, side)


UNARY = {
    "exp": lambda x: jnp.exp(jnp.minimum(x, 2)), "log": lambda x: jnp.log(x * x + 0.1),
    "log1p": lambda x: jnp.log1p(x * x), "expm1": lambda x: jnp.expm1(jnp.tanh(x)),
    "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "softplus": jax.nn.softplus,
    "gelu": jax.nn.gelu, "erf": lambda x: jax.nn.gelu(x, approximate=False), "elu": jax.nn.elu,
    "silu": jax.nn.silu, "sqrt": lambda x: jnp.sqrt(x * x + 0.5), "abs": jnp.abs,
    "rsqrt": lambda x: jax.lax.rsqrt(x * x + 0.5), "sin": jnp.sin, "cos": jnp.cos,
    "square": jnp.square, "cube": lambda x: x**3, "inverse": lambda x: (x * x + 1) ** -2,
    "power": lambda x: (x * x + 0.1) ** 0.7, "sign": jnp.sign, "neg": jnp.negative,
    "clip": lambda x: jnp.clip(x, -0.5, 0.5), "scaled": lambda x: 0.3 * x + 1.7,
    "floor": jnp.floor, "ceil": jnp.ceil, "round": jnp.round,
    "where": lambda x: jnp.where(x > 0, x, 2),
    "finite": lambda x: jnp.where(jnp.isfinite(x) & ~(x < -1), x, 0), "softsign": jax.nn.soft_sign,
    "bool": lambda x: (x > 0).astype(x.dtype) * x, "exp2": lambda x: jnp.exp2(jnp.tanh(x)),
    "remat": jax.checkpoint(lambda x: jnp.tanh(x) * x), "jit": jax.jit(lambda x: x * jnp.tanh(x)),
}  # fmt: skip
BINARY = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "maximum": jnp.maximum,
    "minimum": jnp.minimum, "divide": lambda x, y: x / (y * y + 1),
    "lerp": lambda x, y: x + 0.3 * (y - x), "where": lambda x, y: jnp.where(x < y, x * y, y),
    "hypot": lambda x, y: jnp.sqrt(x * x + y * y + 1),
    "xor": lambda x, y: jnp.where((x > 0) ^ (y > 0) | (x >= 1), x, y), "logaddexp": jnp.logaddexp,
}  # fmt: skip


def of_chance(seed: int) -> toys.Problem:
    """A gate of 25 random operations on blocks, parameters, a side and both parts of a carry."""
    choice = np.random.default_rng(seed)
    letters = ["", "-", "st", "r", "ts-", "s--"][seed % 6]
    blocks = len(letters) or 2
    plan = [
        (kind := choice.choice(["unary", "binary"]),
         str(choice.choice([*(UNARY if kind == "unary" else BINARY)])), *choice.integers(0, 99, 2))
        for _ in range(25)
    ]  # fmt: skip
    if seed == 0:  # each of them once
        plan = [("unary", name, i, i) for i, name in enumerate(UNARY)]
        plan += [("binary", name, i, i + 1) for i, name in enumerate(BINARY)]
    outside = jnp.asarray(choice.normal(size=H))

    def combine(params: Any, given: Any, carry: Any, side: Any) -> Any:
        values = jnp.split(given, blocks, -1) if not letters else jax.tree.leaves(given)
        masks, extra = side
        a, b = jnp.split(params["pair"], 2)
        values = [*values, *carry, a * carry[0], b + carry[1], extra, params["one"] * carry[1]]
        values += [values[0] * params["rows"], values[1] + outside]
        for kind, name, i, j in plan:
            x, y = values[-1 - i % len(values)], values[j % len(values)]
            new = UNARY[name](x) if kind == "unary" else BINARY[name](x, y)
            values.append(jnp.tanh(new / 2))
        joined = jnp.concatenate(values[-2:], -1)
        return jnp.where(masks, joined[..., :H], carry[0]), joined[..., H:] + carry[1] * values[3]

    draw = np.random.default_rng(seed + 100)
    params = {"pair": (2 * H,), "one": (), "rows": (ROWS, H), "bias": (letters.count("-") * H,)}
    params = {name: jnp.asarray(draw.normal(size=shape)) for name, shape in params.items()}
    z, u = (jnp.asarray(draw.normal(size=(ROWS, blocks * H))) for _ in range(2))
    carry = tuple(jnp.asarray(draw.normal(size=(ROWS, H))) for _ in range(2))
    side = (jnp.asarray(draw.random((ROWS, H)) < 0.5), jnp.asarray(draw.normal(size=(ROWS, H))))
    gate = Gate(combine, letters, "bias" if "-" in letters else None)
    gated = Gated(lambda params, carry: carry[0] * params["rows"] - params["one"] * carry[1], gate)
    return toys.Problem(gated, lambda carry: 2 * carry[1] - carry[0], params, z, u, carry, side)


def test_every_gated_case_and_random_gates():
    """Values and all gradients, by one library."""
    served = [case for case in GATED if case.name not in REFUSED]
    problems = {case.name: of_case(case) for case in served}
    problems |= {f"chance {seed}": of_chance(seed) for seed in range(6)}  # each form of gate
    codes = toys.functors([*problems.values()])
    made, wanted = toys.compiled(codes), toys.by_jax([*problems.values()])
    for i, (name, problem) in enumerate(problems.items()):
        got, want = toys.by_code(problem, codes[i], getattr(made, f"run{i}")), wanted[i]
        clipped = name.startswith("clip")  # whose gradient is that of the gate, all of it
        try:
            close(got, want, 1e-11)
        except AssertionError as error:
            raise AssertionError(f"{name}, clipped {clipped}: {error}") from error


@pytest.mark.parametrize("name", REFUSED)
def test_refused_cases(name):
    """What has no code is named."""
    problem = of_case(next(case for case in CASES if case.name == name))
    with pytest.raises(Refused, match=REFUSED[name]):
        toys.functors([problem])


OTHERS = {
    "dot_general": lambda x, p: x @ jnp.ones((H, H)),
    "cumsum": lambda x, p: jnp.cumsum(x, -1),
    "reduce_max": lambda x, p: x - x.max(-1, keepdims=True),
    "reduce_sum": lambda x, p: x - x.sum(0),
    "rev": lambda x, p: x[..., ::-1],
    "scan": lambda x, p: jax.lax.fori_loop(0, 3, lambda i, a: 2 * a, x),
    "slice that cuts": lambda x, p: jnp.concatenate([x[..., :1], x[..., 1:]], -1),
    "slice of rows": lambda x, p: x[:1] + x,
    "transpose": lambda x, p: x + (x.T @ x).T[:1],
}


def test_a_gate_without_a_derivative():
    """The reason is JAX's own."""

    def combine(params: Any, blocks: Any, carry: Any, side: Any) -> Any:
        return jax.lax.while_loop(lambda a: a.sum() < 1, lambda a: 2 * a, carry + blocks[0])

    zeros = jnp.zeros((ROWS, H))
    with pytest.raises(Refused, match=r"a function without a derivative .*while_loop"):
        gate_graph(
            Gated(lambda params, carry: carry, Gate(combine, "t")), lambda carry: carry,
            Shapes({}, zeros, zeros, None),
        )  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_refused_primitives(name):
    """A reduction, a product or what moves units is refused by its name."""
    gate = Gate(lambda params, blocks, carry, side: OTHERS[name](blocks[0] * carry, params), "t")
    zeros = jnp.zeros((ROWS, H))
    with pytest.raises(Refused, match=f"the primitive {name.split()[0]}"):
        gate_graph(
            Gated(lambda params, carry: carry, gate), lambda carry: carry,
            Shapes({}, zeros, zeros, None),
        )  # fmt: skip


KEPT = {
    "lstm": (4, (True, True)), "gru": (4, (True,)), "rnn_tanh": (1, (True,)),
    "peephole_lstm": (4, (True, True)), "cifg_lstm": (3, (True, True)),
    "gru_simple": (2, (True,)), "residual_lstm": (4, (True, True, False)),
    "residual_zoneout_locked_gru": (4, (True, False)),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept(name):
    """No more than the activations, and of the carry what the derivative looks at."""
    problem = of_case(next(case for case in CASES if case.name == name))
    (code,) = toys.functors([problem])
    assert (code.kept, code.keeps) == KEPT[name]


def test_text_is_the_same_every_time():
    """Or nothing would be found in the cache."""
    problem = of_case(next(case for case in CASES if case.name == "peephole_lstm"))
    first, second = (functor(gate_graph(problem.gated, problem.read, problem.shapes)) for _ in "ab")
    assert first.body == second.body
    assert first.body.count("tanh(") == 3  # two forward; of c once more backward


def test_what_parameters_alone_make_is_made_once():
    """The rate of the leaky cell comes before the steps, as does what is made of it alone."""
    problem = of_case(next(case for case in CASES if case.name == "template"))
    (code,) = toys.functors([problem])
    before, after = code.body.split("void forward(")
    assert "READY = 1" in before and before.count("logistic") == 1 and "logistic" not in after
