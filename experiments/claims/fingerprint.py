"""Whether results were measured by the code that is there now."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("experiments/claims", "seqjax/data/builtin")
"""Where a claim and what belongs to claims alone lie."""


def fingerprint(module: str, root: Path = ROOT) -> str:
    """Sixteen hexadecimal digits that change with the code of a claim.

    Of its module, and of the modules in ``FOLDERS`` that this imports, directly or through each
    other. Comments, docstrings and ``Text``, the words of the report, do not count: they change no
    number.

    Args:
      module: by its full name, such as "experiments.claims.embeddings.lookup".
      root: the folder that has the packages.
    """
    sources: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = root / f"{name.replace('.', '/')}.py"
        if name in sources or not path.is_file():
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        waiting += _imported(tree)
        sources[name] = ast.dump(_Code().visit(tree))
    text = "\n".join(f"{name} {sources[name]}" for name in sorted(sources))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _imported(tree: ast.Module) -> Iterator[str]:
    """What may be a module in ``FOLDERS``: "from a.b import c" may mean a/b.py or a/b/c.py."""
    prefixes = tuple(f"{folder.replace('/', '.')}." for folder in FOLDERS)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if name.startswith(prefixes))


class _Code(ast.NodeTransformer):
    """Leaves out what changes no number."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "Text":
            return ast.Constant("words")
        return self.generic_visit(node)
