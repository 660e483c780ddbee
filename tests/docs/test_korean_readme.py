"""The Korean README's code runs as it stands, top to bottom."""

from __future__ import annotations

import re

import launches
from paths import ROOT

from seqjax.data.builtin import motifs

FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_code_blocks_run_in_order(tmp_path, monkeypatch) -> None:
    """In an empty folder; of the motifs with those of one length."""
    launches.quick(monkeypatch)
    parts = motifs.motif_parts()
    few = {part: [row for row in rows if len(row.text) == 60] for part, rows in parts.items()}
    monkeypatch.setattr(motifs, "motif_parts", lambda: few)
    monkeypatch.chdir(tmp_path)
    blocks = FENCED.findall((ROOT / "README.ko.md").read_text(encoding="utf-8"))
    assert len(blocks) == 5
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.ko.md", "exec"), names)
    assert names["hs"].shape == (20, 8, 64)
    assert names["logits"].shape == (20, 8, 10)
    assert len(names["sentence"].tags) == 6
