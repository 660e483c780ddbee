"""What keeps a run from being resumed: other settings, or other data, in words for a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

CONTENTS = "sha256"
"""The field of data with a mark of the contents, one for each part."""
MEANINGS = {
    "first": "the id of what a text begins after",
    "class_weights": "what the loss of each class counts",
    "limit": "the most tokens of an output",
    "pretrained": "the word vectors of a file",
    "scheme": "how tags mark names",
    "statistics": "mean and deviation of the columns",
    "width": "the features of a frame",
}
"""Fields of data that tasks have, where their name alone does not say it."""


def same_settings(
    folder: Path,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    free: Collection[str],
    defaults: Mapping[str, Any],
) -> None:
    """Compares the settings of the run in a folder with those that are asked for.

    Args:
      free: settings that may differ.
      defaults: what a run that is older than a setting did without naming it.

    Raises:
      ValueError: names the first one that differs.
    """
    for name in sorted((set(old) | set(new)) - set(free)):
        before, now = old.get(name, defaults.get(name)), new.get(name)
        if before != now:
            raise ValueError(
                f"{name}: got {now!r}, but the run in {folder} was begun with"
                f" {before!r}; repeat its command to resume it, or give another --workdir"
            )


def same_data(
    folder: Path, old: Mapping[str, Any], new: Mapping[str, Any], free: Collection[str]
) -> None:
    """Compares what the data of the run in a folder was with what was read now.

    The contents come first: statistics, vocabularies and counts differ where they do.

    Raises:
      ValueError: says which parts, or what of them, differ, and what to do.
    """
    names = sorted((set(old) | set(new)) - set(free))
    differing = [name for name in names if old.get(name) != new.get(name)]
    if not differing:
        return
    advice = (
        "want the data as it was (was a file edited, moved or exchanged?), or another --workdir"
    )
    if CONTENTS in differing:
        raise ValueError(
            f"data: {_parts(old.get(CONTENTS), new.get(CONTENTS))} than what the run in {folder}"
            f" was begun with{_names(old, new)}; {advice}"
        )
    name = differing[0]
    meaning = f" ({MEANINGS[name]})" if name in MEANINGS else ""
    raise ValueError(
        f"data: {name}{meaning}: got {new.get(name)!r}, but the run in {folder} was begun with"
        f" {old.get(name)!r}; {advice}"
    )


def _parts(old: Any, new: Any) -> str:
    """Which parts have other contents: "the training part is other text"."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return "its contents are others"
    parts = [part for part in dict.fromkeys([*old, *new]) if old.get(part) != new.get(part)]
    shown = ", ".join(
        part if part in old and part in new else f"{part} (there is {_which(part, old)} now)"
        for part in parts
    )
    return f"the contents of {shown} are others"


def _which(part: str, old: Mapping[str, Any]) -> str:
    return "none" if part in old else "one"


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What the data is called, where it is called otherwise than before."""
    before, now = old.get("name"), new.get("name")
    return f" ({before!r}; it is {now!r} now)" if before != now else f" ({before!r})"
