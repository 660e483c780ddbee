"""How dense kernels of fused are cut for a GPU, and what is refused before one is compiled."""

from __future__ import annotations

import itertools
import re
import sys
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from emulated_gpu import emulated

from seqjax.basics import precision
from seqjax.cells import CELLS, Cell, Gate, gated_cell, gru, layer_norm, lstm
from seqjax.drivers import fused, fused_with
from seqjax.drivers.auto import choose as choose_driver
from seqjax.drivers.fused import support
from seqjax.drivers.fused.dense import device, host
from seqjax.drivers.fused.dense.call import SLOTS
from seqjax.drivers.fused.dense.layouts import MEASURED, ROW_WORDS, ROWS, Layout, Sizes, choose
from seqjax.drivers.fused.dense.plan import PLACES, functor_of, shapes_of_step
from seqjax.drivers.fused.dense.source import FACTORS, KERNELS, source, with_headers
from seqjax.drivers.fused.options import Options
from seqjax.drivers.inputs import ScanInputs, prepare
from seqjax.layers import recurrent

SIZES = [
    Sizes(*sizes)
    for sizes in itertools.product(
        (False, True), (1, 3, 4), (8, 9, 129, 200, 512, 650, 1024, 1200), (1, 2, 3, 8), (1, 2)
    )
]


@pytest.mark.parametrize("multiprocessors", [16, 78, 132])
def test_a_layout_holds_the_whole_problem(multiprocessors: int) -> None:
    """Every unit, row and k block has its place, once, and each block a multiprocessor."""
    found = [(sizes, choose(sizes, multiprocessors)) for sizes in SIZES]
    for sizes, layout in found:
        if layout is None:
            continue
        columns, groups = sizes.blocks(layout)
        assert columns * groups <= multiprocessors and columns % layout.cluster == 0
        assert columns * layout.units >= -(-sizes.units // sizes.depth) * sizes.depth
        assert sizes.tiles <= groups * layout.tiles < sizes.tiles + layout.tiles
        assert layout.cluster * layout.warps * layout.pieces >= sizes.k_blocks
        assert sizes.weight_registers(layout) <= 128 and layout.pieces <= 16
        assert layout.units % 2 == 0 and ROWS * layout.units % 32 == 0
    assert any(layout for _, layout in found)
    assert multiprocessors == 132 or not all(layout for _, layout in found)


def test_measured_layouts_come_first() -> None:
    """On a GPU that has room for them; on a smaller one there is another, or none."""
    assert all(choose(sizes, 132) == layout for sizes, layout in MEASURED.items())
    widest = Sizes(False, 4, 1024, 1)
    assert choose(widest, 128) == MEASURED[widest] and choose(widest, 60) is None
    assert choose(Sizes(False, 4, 768, 1), 80) == Layout(12, 1, 8, 3, 1)


def test_what_does_not_fit() -> None:
    """An LSTM of 1,500 units still has a layout with 132 multiprocessors, one of 2,048 none."""
    assert choose(Sizes(False, 4, 1500, 1), 132) and not choose(Sizes(False, 4, 2048, 1), 132)
    assert not choose(Sizes(True, 4, 768, 64), 132)
    tf32 = [Sizes(backward, 4, 768, 1, 1) for backward in (False, True)]  # twice the registers
    assert all(choose(sizes, 132) for sizes in tf32)
    assert not choose(Sizes(True, 4, 1200, 1, 1), 132) and choose(Sizes(True, 4, 1200, 1), 132)


def test_sizes_are_those_of_the_kernels() -> None:
    """Constants that both languages have."""
    ring, arguments = ((KERNELS / f"{name}.h").read_text() for name in ("ring", "arguments"))
    assert f"SLOTS = {SLOTS}, ROWS = {ROWS}, ROW_WORDS = {ROW_WORDS}," in ring
    assert f"PLACES = {PLACES};" in arguments
    layout = Layout(8, 4, 4, 6, 1)  # bytes counted by hand, as Shape::BYTES has them
    assert (
        Sizes(True, 4, 768, 1).shared_bytes(layout) == 4 * (2 * 4 * 4 * 128 + 2 * 4 * 16 * 8) + 16
    )


def test_a_source_is_whole() -> None:
    """Each header once and in order, and nothing to include but what tests put there."""
    ways = {sizes: MEASURED[sizes] for sizes in list(MEASURED)[:2]}
    text = source("{ };", FACTORS["bfloat16"], ways).text
    assert re.findall("#include .*", text) == ['#include "emulation.h"']
    assert text.count("struct Product {") == text.count("struct Pair {") == 1
    assert "Shape<8, 32, 1, 4, 6, 1, 2>" in text and "Shape<8, 8, 4, 4, 6, 1, 2>" in text
    other = source("{ };", FACTORS["float16"], ways)
    assert other.name != source("{ };", FACTORS["bfloat16"], ways).name
    assert "Float16, Shape" in other.text and "#define TANH ::tanhf" not in other.text
    assert "#define TANH ::tanhf" in source("{ };", FACTORS["tf32"], ways).text
    assert with_headers('#include "nobody.h"') == '#include "nobody.h"'


def inputs_of(cell: Cell, dtype: Any = jnp.bfloat16, batch: int = 3) -> ScanInputs:
    """Numbers do not matter."""
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), 3))
    params = jax.tree.map(lambda a: jnp.zeros(a.shape, dtype), shapes)
    return prepare(cell, params, jnp.zeros((2, batch, 3), dtype))


WIDE = lstm(136)
REFUSED = {
    "float32": (fused, inputs_of(WIDE, jnp.float32), "float16 or tf32, got float32"),
    "wide": (fused_with(precision="tf32"), inputs_of(lstm(1200)), "w_h of 4 gates of 1200 units"),
    "no rows": (fused, inputs_of(WIDE, batch=0), "there are no rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_walks(name: str) -> None:
    driver, inputs, named = REFUSED[name]
    with emulated():
        reason = driver.unsupported(WIDE, inputs)
    assert reason.startswith("driver: fused cannot serve lstm: ") and named in reason
    assert reason.endswith("; use hoisted or auto")


@pytest.mark.usefixtures("x64")
def test_float64_is_refused() -> None:
    """It is not rounded to what was chosen for float32."""
    inputs = inputs_of(WIDE, jnp.float64)
    for driver in (fused, fused_with(precision="tf32")):
        with emulated(), precision.using("tf32"):
            assert "w_h is float64, want float32" in driver.unsupported(WIDE, inputs)


def test_a_precision_of_all_products_is_that_of_float32() -> None:
    chosen = Options(None, False)
    with precision.using("tf32"):
        assert chosen.in_force(inputs_of(WIDE, jnp.float32)).precision == "tf32"
        assert chosen.in_force(None).precision == "tf32"
        assert chosen.in_force(inputs_of(WIDE, jnp.bfloat16)).precision is None
        assert Options("float16", False).in_force(None).precision == "float16"


def test_refused_devices() -> None:
    """A GPU of another kind, with too few multiprocessors, or where not all blocks run at once."""
    inputs = inputs_of(WIDE)
    assert "of compute capability 9 or higher, got cpu" in fused.unsupported(WIDE, inputs)
    with emulated(4):
        reason = fused.unsupported(WIDE, inputs)
        assert "4 gates of 136 units with 3 rows does not fit into the registers of 4" in reason
    with emulated() as patch:
        patch.setattr(host, "load", lambda *args: None)
        patch.setattr(host, "room", lambda *args: 16)
        assert "20 blocks would have to run at once, 16 can" in fused.unsupported(WIDE, inputs)


def test_a_gate_without_code_is_refused_with_the_layer() -> None:
    """By the name of the operation, before there is a parameter."""
    with pytest.raises(ValueError, match=r"cannot serve .*: it has the primitive reduce_sum"):
        recurrent(layer_norm(lstm(200)), fused)
    recurrent(lstm(200), fused)


def test_a_gate_of_too_many_arrays_is_refused() -> None:
    """A call has places for so many."""

    def combine(params: Any, blocks: Any, h: Any, side: Any) -> Any:
        return blocks[0] + h * sum(jnp.split(params["many"], 48))

    cell = gated_cell("many", 136, Gate(combine, "t"), vectors={"many": 48})
    inputs = inputs_of(cell)
    with pytest.raises(support.Unsupported, match="its gate has 110 arrays, want at most 96"):
        functor_of(cell, shapes_of_step(cell, inputs.params, inputs.xs, inputs.carry))


MISSING = "driver: fused wants NVIDIA's compiler; use hoisted"


def test_auto_takes_it_where_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """With weights of 16 bits; where a compiler is missing it goes on with ``hoisted``."""
    module = sys.modules["seqjax.drivers.auto"]
    monkeypatch.setattr(module, "cuda_capability", lambda: 9.0)

    def chosen(cell: Cell, dtype: Any = jnp.bfloat16) -> str:
        return choose_driver(cell, inputs_of(cell, dtype))[0].name

    def fails(*args: Any) -> None:
        raise ValueError(MISSING)

    with emulated() as patch:
        patch.setattr(host, "load", lambda *args: None)
        assert chosen(WIDE) == chosen(gru(200), jnp.float16) == "fused"
        assert chosen(WIDE, jnp.float32) == chosen(lstm(2048)) == "hoisted"
        patch.setattr(host, "load", fails)
        assert chosen(WIDE) == "hoisted"
        assert fused.unsupported(WIDE, inputs_of(WIDE)) == MISSING


def test_the_device_is_that_of_jax() -> None:
    here = device.current()
    assert (here.capability, here.kind) == (0.0, jax.devices()[0].device_kind)


def test_every_cell_that_is_pointwise_has_a_source() -> None:
    """The generated code of all gated cells of the library finds its places."""
    served = []
    for name, make in CELLS.items():
        cell = make(136)
        with emulated():
            if not fused.unsupported(cell, None):
                served.append(name)
    assert {"lstm", "gru", "rnn", "peephole_lstm"} <= {*served} and "min_gru" not in served
