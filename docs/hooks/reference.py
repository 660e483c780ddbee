"""Pages of the API reference: a page a package, made of what its ``__all__`` says is public.

Nothing is imported: the files are read. A name that a package exports is described once, on the
page of the package, wherever it is defined; modules that ``__all__`` names, and further ones of
packages whose docstrings send readers there, follow with what else they define.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
WITH_MODULES = {"data", "decoding", "diagnostics", "interop", "layers", "objectives", "vectors"}
"""Packages of seqjax that keep public names in modules, beside those that they export."""
INTERNAL = {"seqjax.drivers"}
"""Packages below which nothing is public but what they export themselves."""


class Entry(NamedTuple):
    """Something to describe."""

    path: str
    """where it is defined, such as seqjax.cells.lstm.lstm"""
    level: int
    """of its heading"""
    members: tuple[str, ...] = ()
    """of a module: the names that are described with it"""
    module: bool = False


def top_packages() -> list[str]:
    """Names of the packages right below seqjax."""
    return sorted(path.parent.name for path in (ROOT / "seqjax").glob("*/__init__.py"))


def file_of(module: str) -> Path | None:
    """The file of a module or package, None where there is none of that name."""
    path = ROOT / module.replace(".", "/")
    return next((p for p in (path / "__init__.py", path.with_suffix(".py")) if p.is_file()), None)


@functools.cache
def tree(module: str) -> ast.Module:
    """The parsed file of a module."""
    path = file_of(module)
    assert path is not None, module
    return ast.parse(path.read_text(encoding="utf-8"))


def exported(module: str) -> list[str]:
    """``__all__``, in its order; empty where it has none."""
    for node in tree(module).body:
        if _target(node) == "__all__":
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return []


def imported(module: str) -> dict[str, str]:
    """Where the names come from that a module imports."""
    nodes = (node for node in tree(module).body if isinstance(node, ast.ImportFrom))
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        for alias in node.names
    }


def origin(module: str, name: str) -> str:
    """Where a name of a module is defined, through as many packages as pass it on."""
    while source := imported(module).get(name):
        module, _, name = source.rpartition(".")
        if file_of(source):  # a module, not what it defines
            return source
    return f"{module}.{name}"


def names_of(path: str) -> set[str]:
    """What the module of ``path`` defines by a statement of its own, words behind it or not."""
    module = path.rpartition(".")[0]
    targets = (_target(node) for node in tree(module).body) if file_of(module) else ()
    return {name for name in targets if name}


def defined(module: str) -> Iterator[str]:
    """Public names of a module: functions and classes, and constants with words behind them."""
    body = tree(module).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        name = _target(node)
        if name and not name.startswith("_") and (named or described):
            yield name


def _target(node: ast.stmt) -> str:
    """The one name that a statement defines, "" where there is none or several."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    target = getattr(node, "target", None) or (getattr(node, "targets", None) or [None])[0]
    return target.id if isinstance(target, ast.Name) else ""


def entries(package: str) -> Iterator[Entry]:
    """All of a package's page, in order."""
    described = {origin(package, name) for name in exported(package)}
    yield from _entries(package, 1, described)


def _entries(package: str, level: int, described: set[str]) -> Iterator[Entry]:
    yield Entry(package, level, module=True)
    folder = ROOT / package.replace(".", "/")
    modules = []
    for name in exported(package):
        path = origin(package, name)
        if file_of(path) and path.startswith(f"{package}."):
            modules.append(path)
        elif not name.startswith("__") and path.rpartition(".")[2] in names_of(path):
            yield Entry(path, level + 1)
    if package in INTERNAL:
        return
    if package.removeprefix("seqjax.") in WITH_MODULES:
        modules += [f"{package}.{path.stem}" for path in folder.glob("[a-z]*.py")]
    modules += [f"{package}.{path.parent.name}" for path in folder.glob("*/__init__.py")]
    for module in sorted(set(modules)):
        file = file_of(module)
        if file and file.name == "__init__.py":
            described |= {origin(module, name) for name in exported(module)}
            yield from _entries(module, min(level + 1, 3), described)
        elif names := [name for name in defined(module) if f"{module}.{name}" not in described]:
            yield Entry(module, level + 1, tuple(names), module=True)


def page(package: str) -> str:
    """The Markdown of a package's page, for mkdocstrings."""
    parts = []
    for entry in dict.fromkeys(entries(package)):
        options = [f"heading_level: {entry.level}"]
        if entry.module:
            options += [
                f"members: {list(entry.members) or 'false'}",
                "show_root_full_path: true",
                "show_root_toc_entry: true",
            ]
        lines = "\n".join(f"      {option}" for option in options)
        parts.append(f"::: {entry.path}\n    options:\n{lines}\n")
    return "\n".join(parts)


def on_files(files: Any, config: Any) -> Any:
    """MkDocs: adds the pages, which lie in no folder."""
    from mkdocs.structure.files import File

    for name in top_packages():
        files.append(File.generated(config, f"api/{name}.md", content=page(f"seqjax.{name}")))
    return files
