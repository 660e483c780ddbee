"""Every side of the benchmark computes the same function, or says what it cannot."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import jax
import numpy as np
import pytest
from benchmarks import DEEP, PADDED, PLAIN, expected
from covering import marked
from jax.experimental import rnn

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.problem import differences, make_problem
from experiments.benchmark.sides import cudnn, peer_sides
from experiments.benchmark.sides.seqjax import seqjax_side
from experiments.benchmark.sides.torch import torch_side

pytestmark = pytest.mark.usefixtures("frozen")

CELLS = ("lstm", "gru", "rnn")
HEADS = PLAIN._replace(heads=3)
builders = partial(peer_sides, threads=1, device="cpu")

# haiku's gru and rnn are other functions; jax.experimental.rnn wants a GPU.
OF_OTHER_CELLS = ("jax.experimental.rnn", "jax.lax.associative_scan", "memax")
LSTMS = ["seqjax", *(name for name in builders("lstm") if name not in OF_OTHER_CELLS)]
GRADIENTS = [(cell, name) for cell in CELLS for name in ("seqjax", "torch")]
GRADIENTS += [("lstm", "flax OptimizedLSTMCell"), ("gru", "flax GRUCell"), ("lstm", "haiku")]
GRADIENTS += [("gru", "equinox"), ("gru", "keras")]
FORWARD = [("lstm", "flax LSTMCell"), ("rnn", "flax SimpleCell"), ("lstm", "equinox")]
FORWARD += [("lstm", "keras"), ("rnn", "keras"), ("lstm", "torch"), ("rnn", "seqjax")]
TRAINED = [("rnn", "seqjax"), ("gru", "torch"), ("rnn", "keras"), ("lstm", "haiku")]
TRAINED += [("lstm", "torch")]
OF_PADDED = [("rnn", "seqjax"), ("gru", "torch")]
"""Of these the ordinary suite has the gradients of padded layers in both directions."""


def once(rows: list[tuple[str, str]], number: int) -> list[Any]:
    """The first rows; a side of the others has its cell and its mode in other tests."""
    return marked(rows, rows[:number])


def build(name: str, case: Case):
    library = name.split()[0]
    if library in ("torch", "haiku", "equinox", "keras", "memax") and not find_spec(library):
        pytest.skip(f"{library} is not installed")
    side = seqjax_side if name == "seqjax" else builders(case.cell)[name]
    return side(case, expected(case)[0])


def errors_of(name: str, case: Case) -> tuple[float, float]:
    """The differences of a side that has been run before, as it is when it is measured."""
    side = build(name, case)
    side.run()
    side.run()
    assert side.compile_seconds >= 0
    return differences(side.results(), expected(case)[1])


@pytest.mark.parametrize(
    ("cell", "name"), marked(GRADIENTS, [row for row in GRADIENTS if row not in OF_PADDED])
)
def test_gradients_are_those_of_the_reference(cell, name) -> None:
    outputs, gradients = errors_of(name, Case(cell, PLAIN, "float32", "gradient"))
    assert outputs < 1e-6
    assert gradients < 2e-6


def test_cells_that_libraries_have_not_and_heads() -> None:
    for case in (
        Case("min_gru", PLAIN, "float32", "gradient"),
        Case("peephole_lstm", HEADS, "float32", "gradient"),
    ):
        outputs, gradients = errors_of("seqjax", case)
        assert outputs < 1e-6, case
        assert gradients < 2e-6, case


EVEN = PLAIN._replace(inputs=4, hidden=4)
"""Complex states come in pairs, and memax has D = H."""


@pytest.mark.parametrize("cell", ["min_gru", "lru"])
def test_the_scan_of_published_code(cell) -> None:
    case = Case(cell, EVEN, "float32", "gradient")
    assert max(errors_of("jax.lax.associative_scan", case)) < 2e-6


def test_memax_has_a_unit_of_its_own() -> None:
    """It is another function, whose weights have gradients."""
    side = build("memax", Case("lru", EVEN, "float32", "gradient"))
    (weights, xs), ys = side.run()
    assert ys.shape == xs.shape and all(abs(leaf).max() > 0 for leaf in jax.tree.leaves(weights))
    assert side.results is None


@pytest.mark.parametrize(("cell", "name"), once(FORWARD, 4))
def test_outputs_are_those_of_the_reference(cell, name) -> None:
    outputs, gradients = errors_of(name, Case(cell, PLAIN, "float32", "forward"))
    assert outputs < 1e-6
    assert np.isnan(gradients)


@pytest.mark.parametrize("name", ["keras", "flax SimpleCell", "torch"])
def test_padded_layers_in_both_directions(name) -> None:
    assert errors_of(name, Case("rnn", PADDED, "float32", "forward"))[0] < 1e-6


@pytest.mark.parametrize(("cell", "name"), marked([*OF_PADDED, ("lstm", "torch")], OF_PADDED))
def test_padded_gradients(cell, name) -> None:
    assert max(errors_of(name, Case(cell, PADDED, "float32", "gradient"))) < 2e-6


@pytest.mark.parametrize(("cell", "name"), once(TRAINED, 4))
def test_training_updates_by_the_gradient(cell, name) -> None:
    outputs, gradients = errors_of(name, Case(cell, PLAIN, "float32", "train"))
    assert np.isnan(outputs)
    assert gradients < 2e-6


@pytest.mark.parametrize("name", LSTMS)
def test_tokens_one_by_one(name) -> None:
    """The carries of two layers are handed on."""
    outputs, _ = errors_of(name, Case("lstm", DEEP, "float32", "latency"))
    assert outputs < 1e-6


@pytest.mark.parametrize(("cell", "name"), [("gru", "seqjax"), ("gru", "torch"), ("gru", "keras")])
def test_tokens_of_a_cell_with_one_state(cell, name) -> None:
    assert errors_of(name, Case(cell, PLAIN, "float32", "latency"))[0] < 1e-6


@pytest.mark.parametrize("name", [name for name in LSTMS if name != "flax LSTMCell"])
def test_bfloat16_is_bfloat16(name) -> None:
    outputs, _ = errors_of(name, Case("lstm", PLAIN, "bfloat16", "forward"))
    assert 1e-3 < outputs < 3e-2


@pytest.mark.parametrize("name", ["seqjax", "torch"])
def test_gradients_in_bfloat16(name) -> None:
    outputs, gradients = errors_of(name, Case("gru", PLAIN, "bfloat16", "gradient"))
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
        ("torch", Case("cifg_lstm", PLAIN, "float32", "forward"), "torch has no cifg_lstm"),
        ("keras", Case("gru", HEADS, "float32", "forward"), "keras has no heads"),
        ("jax.lax.associative_scan", Case("gru", PLAIN, "float32", "forward"), "not linear"),
        ("jax.lax.associative_scan", Case("min_gru", PADDED, "float32", "forward"), "no lengths"),
        ("memax", Case("gru", PLAIN, "float32", "forward"), "gru is not compared with"),
        ("memax", Case("lru", PLAIN._replace(hidden=4), "float32", "forward"), "D = H"),
    ],
)
def test_what_a_peer_has_not(name, case, reason) -> None:
    with pytest.raises(Unsupported, match=reason):
        build(name, case)


@pytest.mark.parametrize("driver", ["hoisted", "native", "fused"])
def test_a_driver_that_does_not_walk_the_cell(driver: str) -> None:
    """It is left out of the row, which is no failure."""
    case = Case("min_gru", PLAIN, "float32", "forward")
    with pytest.raises(Unsupported, match=f"driver: {driver} cannot serve min_gru"):
        seqjax_side(case, make_problem(case), driver)


def test_a_cell_without_heads() -> None:
    with pytest.raises(Unsupported, match="min_gru has no heads"):
        make_problem(Case("min_gru", HEADS, "float32", "forward"))


def test_torch_wants_the_device_it_is_to_use() -> None:
    torch = pytest.importorskip("torch")
    case = Case("lstm", PLAIN, "float32", "forward")
    if not torch.cuda.is_available():
        with pytest.raises(Unsupported, match="no CUDA device"):
            torch_side(case, make_problem(case), 1, "cuda")


@pytest.mark.parametrize("mode", ["forward", "gradient", "latency"])
def test_weights_as_cudnn_packs_them(mode, monkeypatch) -> None:
    """jax's own unpacking and its own loops in the place of cuDNN."""

    def plain(x, h, c, weights, lengths, inputs, hidden, layers, dropout, both):
        parts = rnn.unpack_lstm_weights(weights, inputs, hidden, layers, both)
        return rnn.lstm_ref(x, h, c, *parts, lengths, inputs, hidden, layers, dropout, both)

    monkeypatch.setattr(cudnn.rnn, "lstm", plain)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    shapes = {"forward": DEEP._replace(bidirectional=True), "gradient": PLAIN, "latency": DEEP}
    shape = shapes[mode]
    outputs, gradients = errors_of("jax.experimental.rnn", Case("lstm", shape, "float32", mode))
    assert outputs < 1e-6
    assert np.isnan(gradients) if mode != "gradient" else gradients < 2e-6
    with pytest.raises(Unsupported, match="no gru in bfloat16"):
        cudnn.cudnn_side(Case("gru", shape, "bfloat16", mode), None)
