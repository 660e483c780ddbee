"""Lists the launches: python -m experiments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from experiments import launch

FOLDER = Path(__file__).parent


def launches() -> Iterator[tuple[str, str]]:
    """Name and first line of each module that starts something."""
    for path in sorted([*FOLDER.glob("*.py"), *FOLDER.glob("*/__main__.py")]):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if path not in (Path(__file__), FOLDER / "__init__.py") and any(
            isinstance(each, ast.If) for each in module.body
        ):
            name = path.parent.name if path.stem == "__main__" else path.stem
            first = (ast.get_docstring(module) or "").split("\n")[0]
            yield name, first.split(": python -m")[0].rstrip(".")


def main() -> None:
    """Prints the list."""
    print("python -m experiments.NAME --help tells more of each\n")
    for name, about in launches():
        print(f"  {name:22} {about}")


if __name__ == "__main__":
    launch.run(main)
