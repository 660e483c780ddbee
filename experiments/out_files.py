"""Files that launches write: a place that cannot be written to is named before any work."""

from __future__ import annotations

from pathlib import Path


def check_file(name: str, path: str) -> None:
    """Raises a ValueError that names the flag, for a folder, or a file in a folder that is none.

    Nothing is said of an empty path, which stands for no file.
    """
    if not path:
        return
    if Path(path).is_dir():
        raise ValueError(f"{name}: got {path}, which is a folder, want a file")
    parent = Path(path).absolute().parent
    if not parent.is_dir():
        raise ValueError(f"{name}: got {path}, but there is no folder {parent}")
