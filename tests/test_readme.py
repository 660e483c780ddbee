"""The README's code runs as it stands, top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_code_blocks_run_in_order() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) >= 5
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert names["hs"].shape[1] == 8 and names["logits"].shape == (1, 100)


def test_the_folders_it_names_exist() -> None:
    text = README.read_text()
    for folder in re.findall(r"^    ((?:seqjax|experiments|tests)\S*/) ", text, re.MULTILINE):
        assert (README.parent / folder).is_dir(), folder
