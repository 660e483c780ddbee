"""The help of a launch: what it is, then its flags in groups, the common ones first."""

from __future__ import annotations

import dataclasses
import sys
import textwrap
from collections.abc import Sequence

from absl import flags

WIDTH = 96
COMMON = (
    "run", "data", "vectors", "objective", "workdir", "epochs", "seed", "cell", "layers", "hidden",
    "bidirectional", "dropout", "size", "window", "tokenizer", "batch", "rate", "text", "file",
)  # fmt: skip
"""Flags that come first, where a launch has them."""

REPEAT = ";\n    repeat this option"
"""What absl adds to the help of a flag that may be given several times, which says so itself."""
FLAGFILE = """Any launch:
    --flagfile
        a file of flags, one a line, such as a recipe"""


def text(groups: Sequence[type], values: flags.FlagValues = flags.FLAGS) -> str:
    """The docstring of the launch, then each group under the first line of its dataclass.

    A flag that several names mean, ``--name`` and ``--noname``, stands once.
    """
    key_flags = {flag.name: flag for flag in values.get_key_flags_for_module(sys.argv[0])}
    names: list[tuple[str, list[str]]] = []
    grouped = [(_title(group), [f.name for f in dataclasses.fields(group)]) for group in groups]
    fields = [name for _, group in grouped for name in group]
    common = [name for name in COMMON if name in fields or name in key_flags]
    if len(fields) > len(COMMON):
        names.append(("Common flags", common))
        fields = [name for name in fields if name not in common]
        names += [(title, [n for n in group if n not in common]) for title, group in grouped]
    else:
        names += grouped
    grouped_names = {name for _, group in names for name in group}
    names.append(("Others", sorted(set(key_flags) - grouped_names - {"flagfile"})))
    parts = [str(sys.modules["__main__"].__doc__ or "").strip()]
    for title, group in names:
        rows = [_row(values[name]) for name in group if name in values]
        if rows:
            parts.append("\n".join([f"{title}:", *rows]))
    return "\n\n".join([*parts, FLAGFILE])


def _title(group: type) -> str:
    """The first sentence of its docstring, where it has one of its own, else its name."""
    text = str(group.__doc__ or "").strip()
    if not text or text.startswith(f"{group.__name__}("):  # as dataclasses make it
        return group.__name__
    return text.split("\n")[0].split(". ")[0].rstrip(".")


def _row(flag: flags.Flag) -> str:
    prefix = "--[no]" if flag.boolean else "--"
    shown = "" if flag.default == [] else str(flag.default_as_str or "").strip("'")
    default = f" (default: {shown})" if shown else ""
    words = textwrap.fill(
        f"{str(flag.help).split(REPEAT)[0]}{default}",
        WIDTH,
        initial_indent=" " * 8,
        subsequent_indent=" " * 8,
    )
    return f"    {prefix}{flag.name}\n{words}"
