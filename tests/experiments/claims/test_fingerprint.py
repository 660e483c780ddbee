"""Results are measured again where the code of a claim has changed, and for no other reason."""

from __future__ import annotations

import pytest

from experiments.claims.fingerprint import fingerprint

CLAIM = '''"""Words."""
from experiments.claims import tools
from experiments.claims.claim import Text
WORDS = Text("a", "b")

def measure():
    """More words."""
    return tools.three()
'''
TOOLS = "from seqjax.data.builtin.grammar import N\ndef three():\n    return N\n"


@pytest.fixture
def project(tmp_path):
    for folder in ("experiments/claims", "seqjax/data/builtin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "experiments/claims/demo.py").write_text(CLAIM)
    (tmp_path / "experiments/claims/tools.py").write_text(TOOLS)
    (tmp_path / "experiments/claims/other.py").write_text("x = 1\n")
    (tmp_path / "seqjax/data/builtin/grammar.py").write_text("N = 3\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "text", "changes"),
    [
        ("experiments/claims/demo.py", CLAIM.replace("three()", "three() + 1"), True),
        ("experiments/claims/tools.py", TOOLS.replace("return N", "return -N"), True),
        ("seqjax/data/builtin/grammar.py", "N = 4\n", True),
        ("experiments/claims/other.py", "x = 2\n", False),
        ("experiments/claims/demo.py", CLAIM.replace("ords.", "ords!") + "# why\n", False),
        ("experiments/claims/demo.py", CLAIM.replace('"a", "b"', '"c", "d"'), False),
    ],
)
def test_what_counts(project, path, text, changes):
    before = fingerprint("experiments.claims.demo", project)
    (project / path).write_text(text)
    assert (fingerprint("experiments.claims.demo", project) != before) == changes
