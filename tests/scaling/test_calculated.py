"""The calculated table of docs/scaling.md is what the program beside it gives."""

from __future__ import annotations

import re
from typing import Any

from paths import ROOT

ROWS = {  # ms on one device, MB exchanged
    "language model, 20 rows": (3.3, 77.3),
    "the same, 80 rows": (5.3, 77.3),
    "20 rows, embedding and softmax": (3.3, 52.2),
    "tagger, 32 rows": (2.0, 2.0),
}


def test_the_table_is_calculated() -> None:
    text = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(code, names)
    table = text[text.index("| calculated |") :].split("\n\n")[0].splitlines()[2:]
    assert len(table) == len(ROWS)
    for line, (name, (compute, exchanged)) in zip(table, ROWS.items(), strict=True):
        title, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert title.startswith(name)
        want = [names["efficiency"](n, compute, exchanged) for n in (8, 64, 512)]
        assert cells == [f"{share:.2f}" for share in want]
