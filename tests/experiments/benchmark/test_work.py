"""What a case has to do at least, counted by hand."""

from __future__ import annotations

import pytest
from benchmarks import PADDED, PLAIN

from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.work import flops, work


def test_work_by_hand():
    """RNN, B=2 T=3 D=4 H=5: w_x 20 numbers, w_h 25 each step, and 4 + 5 + 5 + 5 for each token."""
    case = Case("rnn", Shape(2, 3, 4, 5), "bfloat16", "forward")
    assert work(case) == (3, 6, 2 * 6 * (4 + 5) * 5, 2 * (20 + 3 * 25 + 6 * 19))
    found = work(case._replace(mode="gradient"))
    assert found.bytes == 3 * work(case).bytes and found.operations == 3 * work(case).operations
    latency = work(case._replace(mode="latency"))
    assert latency == (1, 2, 2 * 2 * (4 + 5) * 5, 2 * (20 + 25 + 2 * 19))
    deep = work(Case("lstm", Shape(1, 1, 2, 3, 2, bidirectional=True), "float32", "forward"))
    first, second = 2 * 12 + 3 * 12 + 2 + 24 + 3, 6 * 12 + 3 * 12 + 6 + 24 + 3
    assert deep.bytes == 4 * 2 * (first + second)


# H = 3 and k = 4 gates: kH = 12. By hand, halved.
COUNTS = [
    (Case("lstm", PLAIN, "float32", "forward"), 8 * 5 * 12 + 8 * 3 * 12),
    (Case("lstm", PLAIN, "float32", "gradient"), 3 * (8 * 5 * 12 + 8 * 3 * 12)),
    (Case("lstm", PLAIN, "float32", "train"), 2 * 8 * 5 * 12 + 3 * 8 * 3 * 12),
    (Case("gru", PLAIN, "bfloat16", "forward"), 8 * 5 * 9 + 8 * 3 * 9),
    (Case("rnn", PLAIN._replace(layers=2), "float32", "latency"), 2 * 5 * 3 + 3 * 2 * 3 * 3),
    # 1 + 3 + 5 real rows; both directions; the second layer sees 2H = 6.
    (Case("rnn", PADDED, "float32", "forward"), 2 * 9 * 3 * (4 + 3 + 6 + 3)),
    # Two heads of H = 4: w_h has two blocks of 2 x 8.
    (Case("lstm", Shape(2, 4, 5, 4, heads=2), "float32", "forward"), 8 * 5 * 16 + 2 * 8 * 2 * 8),
    (
        Case("lstm", Shape(2, 4, 5, 4, heads=2), "float32", "gradient"),
        3 * (8 * 5 * 16 + 2 * 8 * 2 * 8),
    ),
    # Gates of inputs alone: no recurrent product.
    (Case("min_gru", PLAIN, "float32", "gradient"), 3 * 8 * 5 * 6),
    (Case("gru_simple", PLAIN, "float32", "forward"), 8 * 5 * 6 + 8 * 3 * 6),
    (Case("rnn", PADDED, "float32", "train"), 2 * 9 * 3 * (2 * 4 + 3 * 3 + 3 * 6 + 3 * 3)),
]


@pytest.mark.parametrize(("case", "half"), COUNTS)
def test_operations_by_hand(case, half) -> None:
    assert flops(case) == 2 * half
