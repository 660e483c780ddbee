"""Every side of the benchmark computes the same function; the floor counts and multiplies right."""

from __future__ import annotations

import time
from functools import cache
from importlib.util import find_spec

import jax
import numpy as np
import pytest
import references
from jax.experimental import rnn

from experiments.benchmark import measure as benchmark_measure
from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.floor import candidates, factors, fastest, floor
from experiments.benchmark.problem import Unsupported, differences, peer, problem, reference
from experiments.benchmark.products import Product, flops
from experiments.benchmark.sides import cudnn as benchmark_cudnn
from experiments.benchmark.sides.jax_peers import jax_peers
from experiments.benchmark.sides.seqjax import seqjax_side
from experiments.benchmark.sides.torch import torch_side

pytestmark = pytest.mark.usefixtures("frozen")

PLAIN = Shape(2, 4, 5, 3)
DEEP = PLAIN._replace(layers=2)
PADDED = Shape(3, 5, 4, 3, layers=2, bidirectional=True, padded=True)
CELLS = ("lstm", "gru", "rnn")


def builders(cell: str) -> dict:
    ours = {"seqjax": seqjax_side, "torch": lambda case, given: torch_side(case, given, 1)}
    return ours | jax_peers(cell)


# haiku's gru and rnn are other functions; jax.experimental.rnn wants a GPU.
LSTMS = [name for name in builders("lstm") if "experimental" not in name]
GRADIENTS = [(cell, name) for cell in CELLS for name in ("seqjax", "torch")]
GRADIENTS += [("lstm", "flax OptimizedLSTMCell"), ("gru", "flax GRUCell"), ("lstm", "haiku")]
GRADIENTS += [("gru", "equinox"), ("gru", "keras")]
FORWARD = [("lstm", "flax LSTMCell"), ("rnn", "flax SimpleCell"), ("lstm", "equinox")]
FORWARD += [("lstm", "keras"), ("rnn", "keras"), ("lstm", "torch"), ("rnn", "seqjax")]


@cache
def answer(case: Case) -> tuple:
    """(problem, reference) of a gradient, which has in it what the other modes give."""
    given = problem(case)
    return given, reference(case, given)


def expected(case: Case) -> tuple:
    given, want = answer(case._replace(dtype="float32", mode="gradient"))
    names = {"gradient": ("params", "xs"), "train": ("params",)}.get(case.mode, ())
    return given, want._replace(gradients={name: want.gradients[name] for name in names})


def build(name: str, case: Case):
    library = name.split()[0]
    if library in ("torch", "haiku", "equinox", "keras") and not find_spec(library):
        pytest.skip(f"{library} is not installed")
    return builders(case.cell)[name](case, expected(case)[0])


def found(name: str, case: Case) -> tuple[float, float]:
    """The differences of a side that has been run before, as it is when it is measured."""
    side = build(name, case)
    side.run()
    side.run()
    assert side.compile_seconds >= 0
    return differences(side.results(), expected(case)[1])


@pytest.mark.parametrize(("cell", "name"), GRADIENTS)
def test_gradients_are_those_of_the_reference(cell, name) -> None:
    outputs, gradients = found(name, Case(cell, PLAIN, "float32", "gradient"))
    assert outputs < 1e-6
    assert gradients < 2e-6


@pytest.mark.parametrize(("cell", "name"), FORWARD)
def test_outputs_are_those_of_the_reference(cell, name) -> None:
    outputs, gradients = found(name, Case(cell, PLAIN, "float32", "forward"))
    assert outputs < 1e-6
    assert np.isnan(gradients)


@pytest.mark.parametrize("name", ["keras", "flax SimpleCell", "torch"])
def test_padded_layers_in_both_directions(name) -> None:
    assert found(name, Case("rnn", PADDED, "float32", "forward"))[0] < 1e-6


@pytest.mark.parametrize(("cell", "name"), [("rnn", "seqjax"), ("gru", "torch"), ("lstm", "torch")])
def test_padded_gradients(cell, name) -> None:
    assert max(found(name, Case(cell, PADDED, "float32", "gradient"))) < 2e-6


@pytest.mark.parametrize(
    ("cell", "name"),
    [("rnn", "seqjax"), ("gru", "torch"), ("rnn", "keras"), ("lstm", "haiku"), ("lstm", "torch")],
)
def test_training_updates_by_the_gradient(cell, name) -> None:
    outputs, gradients = found(name, Case(cell, PLAIN, "float32", "train"))
    assert np.isnan(outputs)
    assert gradients < 2e-6


@pytest.mark.parametrize("name", LSTMS)
def test_tokens_one_by_one(name) -> None:
    """The carries of two layers are handed on."""
    outputs, _ = found(name, Case("lstm", DEEP, "float32", "latency"))
    assert outputs < 1e-6


@pytest.mark.parametrize("mode", ["forward", "train", "latency"])
def test_reference_of_other_modes(mode) -> None:
    case = Case("rnn", PLAIN, "float32", mode)
    got, want = reference(case, problem(case)), expected(case)[1]
    np.testing.assert_allclose(got.outputs, want.outputs, atol=1e-15)
    jax.tree.map(np.testing.assert_allclose, got.gradients, want.gradients)


@pytest.mark.parametrize(("cell", "name"), [("gru", "seqjax"), ("gru", "torch"), ("gru", "keras")])
def test_tokens_of_a_cell_with_one_state(cell, name) -> None:
    assert found(name, Case(cell, PLAIN, "float32", "latency"))[0] < 1e-6


@pytest.mark.parametrize("name", [name for name in LSTMS if name != "flax LSTMCell"])
def test_bfloat16_is_bfloat16(name) -> None:
    outputs, _ = found(name, Case("lstm", PLAIN, "bfloat16", "forward"))
    assert 1e-3 < outputs < 3e-2


@pytest.mark.parametrize("name", ["seqjax", "torch"])
def test_gradients_in_bfloat16(name) -> None:
    outputs, gradients = found(name, Case("gru", PLAIN, "bfloat16", "gradient"))
    assert 1e-3 < outputs < 3e-2
    assert 1e-3 < gradients < 3e-2


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_another_function_gives_no_results(cell) -> None:
    side = build("haiku", Case(cell, PLAIN, "float32", "forward"))
    side.run()
    assert side.results is None
    assert side.note.startswith("another function")


def test_memory_of_the_compiled_program() -> None:
    side = build("seqjax", Case("lstm", PLAIN, "float32", "gradient"))
    assert side.temporary_bytes >= 4 * PLAIN.steps * PLAIN.batch * 4 * PLAIN.hidden
    assert side.compile_seconds > 0


@pytest.mark.parametrize(
    ("name", "case", "reason"),
    [
        ("haiku", Case("lstm", PADDED, "float32", "forward"), "haiku has cells alone"),
        ("equinox", Case("gru", PADDED, "float32", "forward"), "equinox has cells alone"),
        ("equinox", Case("rnn", PLAIN, "float32", "forward"), "no simple recurrent cell"),
        ("jax.experimental.rnn", Case("lstm", PLAIN, "float32", "forward"), "GPU, got cpu"),
    ],
)
def test_what_a_peer_has_not(name, case, reason) -> None:
    with pytest.raises(Unsupported, match=reason):
        build(name, case)


def test_what_no_side_can() -> None:
    with pytest.raises(Unsupported, match="token by token"):
        problem(Case("lstm", PADDED, "float32", "latency"))
    with pytest.raises(Unsupported, match="no_such_library is not installed"):
        peer("no_such_library")
    torch = pytest.importorskip("torch")
    case = Case("lstm", PLAIN, "float32", "forward")
    if not torch.cuda.is_available():
        with pytest.raises(Unsupported, match="no CUDA device"):
            torch_side(case, problem(case), 1, "cuda")


@pytest.mark.parametrize("mode", ["forward", "gradient", "latency"])
def test_weights_as_cudnn_packs_them(mode, monkeypatch) -> None:
    """jax's own unpacking and its own loops in the place of cuDNN."""

    def plain(x, h, c, weights, lengths, inputs, hidden, layers, dropout, both):
        parts = rnn.unpack_lstm_weights(weights, inputs, hidden, layers, both)
        return rnn.lstm_ref(x, h, c, *parts, lengths, inputs, hidden, layers, dropout, both)

    monkeypatch.setattr(benchmark_cudnn.rnn, "lstm", plain)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    shapes = {"forward": DEEP._replace(bidirectional=True), "gradient": PLAIN, "latency": DEEP}
    shape = shapes[mode]
    outputs, gradients = found("jax.experimental.rnn", Case("lstm", shape, "float32", mode))
    assert outputs < 1e-6
    assert np.isnan(gradients) if mode != "gradient" else gradients < 2e-6
    with pytest.raises(Unsupported, match="no gru in bfloat16"):
        benchmark_cudnn.cudnn_side(Case("gru", shape, "bfloat16", mode), None)


def loops(case: Case, params: list, xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The network in NumPy, row by row."""
    cell = getattr(references, case.cell)(case.shape.hidden)
    for layer in params:
        ys = np.zeros((*xs.shape[:2], len(layer) * case.shape.hidden))
        for direction, p in enumerate(layer):
            part = slice(direction * case.shape.hidden, (direction + 1) * case.shape.hidden)
            for row, length in enumerate(lengths):
                carry = cell.start(p)
                for t in range(length)[:: -1 if direction else 1]:
                    carry = cell.step(p, carry, xs[t, row])
                    ys[t, row, part] = cell.read(carry)
        xs = ys
    return xs


@pytest.mark.parametrize("cell", CELLS)
def test_reference_by_numpy_loops(cell) -> None:
    case = Case(cell, PADDED, "float32", "gradient")
    given, want = answer(case)
    assert sorted(given.lengths) == [1, 3, 5] != list(given.lengths)
    point = jax.tree.map(lambda a: a.astype(np.float64), {"params": given.params, "xs": given.xs})
    outputs = loops(case, *point.values(), given.lengths)
    np.testing.assert_allclose(want.outputs, outputs, atol=1e-12)
    draw = np.random.default_rng(0)
    way = jax.tree.map(lambda a: draw.normal(size=a.shape), point)

    def loss(size: float) -> float:
        moved = jax.tree.map(lambda a, b: a + size * b, point, way)
        return (loops(case, *moved.values(), given.lengths) ** 2).sum()

    slope = sum(jax.tree.leaves(jax.tree.map(lambda a, b: (a * b).sum(), want.gradients, way)))
    assert slope == pytest.approx((loss(1e-5) - loss(-1e-5)) / 2e-5, rel=1e-8)


def test_differences_see_one_wrong_entry() -> None:
    case = Case("gru", PADDED, "float32", "gradient")
    want = answer(case)[1]
    assert differences(want, want) == (0, 0)
    outputs = want.outputs.copy()
    outputs[2, 1, 3] += 0.5 * np.abs(outputs).max()
    params = jax.tree.map(np.copy, want.gradients["params"])
    params[1][1]["b_n"][0] += 0.25 * np.abs(params[1][1]["b_n"]).max()
    wrong = want._replace(outputs=outputs, gradients={"params": params, "xs": want.gradients["xs"]})
    assert differences(wrong, want) == pytest.approx((0.5, 0.25))
    params[0][0]["w_x"][0, 0] = np.nan
    assert np.isnan(differences(wrong, want)[1])


# H = 3 and k = 4 gates: kH = 12. By hand, halved.
COUNTS = [
    (Case("lstm", PLAIN, "float32", "forward"), 8 * 5 * 12 + 8 * 3 * 12),
    (Case("lstm", PLAIN, "float32", "gradient"), 3 * (8 * 5 * 12 + 8 * 3 * 12)),
    (Case("lstm", PLAIN, "float32", "train"), 2 * 8 * 5 * 12 + 3 * 8 * 3 * 12),
    (Case("gru", PLAIN, "bfloat16", "forward"), 8 * 5 * 9 + 8 * 3 * 9),
    (Case("rnn", PLAIN._replace(layers=2), "float32", "latency"), 2 * 5 * 3 + 3 * 2 * 3 * 3),
    # 1 + 3 + 5 real rows; both directions; the second layer sees 2H = 6.
    (Case("rnn", PADDED, "float32", "forward"), 2 * 9 * 3 * (4 + 3 + 6 + 3)),
    (Case("rnn", PADDED, "float32", "train"), 2 * 9 * 3 * (2 * 4 + 3 * 3 + 3 * 6 + 3 * 3)),
]


@pytest.mark.parametrize(("case", "half"), COUNTS)
def test_operations_by_hand(case, half) -> None:
    assert flops(case) == 2 * half


@pytest.mark.parametrize(
    "case", [Case("gru", PADDED, "float32", "gradient"), Case("gru", PLAIN, "bfloat16", "latency")]
)
def test_floor(monkeypatch, case) -> None:
    monkeypatch.setattr(benchmark_measure, "TURN", 1e-4)
    measured = floor(case, threads=1, seconds=0)
    assert measured.seconds == pytest.approx(
        sum(each["seconds"] * each["times"] for each in measured.what.values())
    )
    assert measured.seconds > 0
    assert measured.flops == flops(case)
    names = {name.split(",")[0] for name in measured.what}
    back = {"recurrence back", "gradient of w_x", "gradient of w_h", "gradient of inputs"}
    assert names == {"projection", "recurrence"} | (back if case.mode == "gradient" else set())


@pytest.mark.parametrize(("inner", "columns", "loop"), [(4, 6, 1), (4, 6, 3), (6, 4, 3), (4, 4, 3)])
def test_every_layout_multiplies(inner, columns, loop) -> None:
    product = Product("a", 5, inner, columns, loop, loop, 5)
    x, w = factors(product)
    part = min(inner, columns)
    assert loop == 1 or np.allclose(w[:part, :part] @ w[:part, :part].T, np.eye(part), atol=1e-5)
    for _ in range(loop if loop > 1 else 0):
        x = np.concatenate([(x @ w)[:, :part], x[:, part:]], -1)
    for name, run in candidates(product, "float32", 1, "cpu").items():
        want = x @ w if loop == 1 else x
        want = want.T if "left" in name else want
        # torch's loop walks on from where it was, so the first call counts.
        np.testing.assert_allclose(np.asarray(run()), want, rtol=1e-5, atol=1e-5)


def test_fastest_by_the_median() -> None:
    slow = {"slow": lambda: time.sleep(0.02), "fast": lambda: time.sleep(0.001)}
    name, seconds = fastest(slow, 0)
    assert name == "fast"
    assert 0.001 <= seconds < 0.02
