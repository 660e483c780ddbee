"""Data sets of the Hugging Face hub, by the optional library ``datasets``.

hf:NAME                              hf:conll2003, hf:stanfordnlp/sst2
hf:NAME:CONFIGURATION                hf:nyu-mll/glue:sst2
hf:NAME:FIELD=COLUMN:FIELD=COLUMN    hf:wmt/wmt16:de-en:source=translation.de:target=translation.en
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from seqjax.data.formats.conll import Tagged
from seqjax.data.formats.pairs import Pair
from seqjax.data.formats.passages import Passage
from seqjax.data.partition import partition
from seqjax.data.text import NAMES

PREFIX = "hf:"
SHARE = 0.1
"""of the training part becomes the validation part where there is none"""

Row = dict[str, Any]


def load(name: str, columns: Mapping[str, str], *, config: str = "") -> dict[str, list[Row]]:
    """The rows of each part, train, valid and test, as dicts {field: value}.

    A class that the data set numbers is given by its name, in lists too. A part whose classes are
    hidden (all are -1) is left out, and so are parts of other names.

    Args:
      columns: field -> column; translation.de is what the column translation has under de.
      config: configuration of the data set, where it has several.

    Raises:
      ImportError: if ``datasets`` is not installed.
      ValueError: no part for training, or a column that is missing; lists those there are.
    """
    arguments = [name, config] if config else [name]
    splits = _library().load_dataset(*arguments)
    parts = {part: each for part in NAMES for each in splits if each.lower() in NAMES[part]}
    if "train" not in parts:
        raise ValueError(f"{name}: got parts {', '.join(splits) or 'none'}, want train among them")
    rows = {part: _rows(name, splits[split], columns) for part, split in parts.items()}
    return {part: some for part, some in rows.items() if some}


def records(task: str, name: str) -> dict[str, list[Any]]:
    """The records that a task wants, of a data set that is named as above.

    Without a part for validation, a tenth of the training part is drawn for it.

    Raises:
      ImportError: if ``datasets`` is not installed.
      ValueError: for a task that takes no such data sets, a field that it does not have, and as
        ``load`` does.
    """
    if task not in RECORDS:
        raise ValueError(f"data: got {name!r}, but only {', '.join(RECORDS)} take {PREFIX}NAME")
    columns, make = RECORDS[task]
    path, *rest = name.removeprefix(PREFIX).split(":")
    chosen = dict(each.split("=", 1) for each in rest if "=" in each)
    configs = [each for each in rest if "=" not in each]
    if not path or len(configs) > 1 or not set(chosen) <= set(columns):
        fields = ":".join(f"{field}=COLUMN" for field in columns)
        raise ValueError(f"data: got {name!r}, want {PREFIX}NAME[:CONFIGURATION][:{fields}]")
    rows_of_parts = load(path, {**columns, **chosen}, config="".join(configs))
    parts = {
        part: [make(row, f"{path}, {part} row {n}") for n, row in enumerate(rows, 1)]
        for part, rows in rows_of_parts.items()
    }
    if "valid" not in parts:
        train = parts["train"]
        indices_of_parts = partition(range(len(train)), {"valid": SHARE}, rest="train", seed=0)
        parts |= {
            part: [train[index] for index in indices] for part, indices in indices_of_parts.items()
        }
    return {part: parts[part] for part in NAMES if part in parts}


def _tagged(row: Row, where: str) -> Tagged:
    words, tags = (tuple(map(str, row[field])) for field in ("words", "tags"))
    if len(words) != len(tags) or not words:
        raise ValueError(f"{where}: got {len(words)} words and {len(tags)} tags, want equally many")
    return Tagged(words, tags)


def _passage(row: Row, where: str) -> Passage:
    labels = row["label"] if isinstance(row["label"], list) else [row["label"]]
    return Passage(_text(row["text"], where), tuple(map(str, labels)), where)


def _pair(row: Row, where: str) -> Pair:
    return Pair(_text(row["source"], where), _text(row["target"], where))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: got {value!r}, want text")
    return value


RECORDS: dict[str, tuple[dict[str, str], Callable[[Row, str], Any]]] = {
    "tagging": ({"words": "tokens", "tags": "tags"}, _tagged),
    "classification": ({"text": "text", "label": "label"}, _passage),
    "translation": ({"source": "source", "target": "target"}, _pair),
}
"""Of each task: field -> the column that has it unless another is named; a row -> a record."""


def _rows(name: str, table: Any, columns: Mapping[str, str]) -> list[Row]:
    names, keys = {}, {field: column.split(".") for field, column in columns.items()}
    for field, (column, *inner) in keys.items():
        if column not in table.column_names:
            raise ValueError(
                f"{field}: got column {column!r}, but {name} has {', '.join(table.column_names)}"
            )
        names[field] = None if inner else _names(table.features[column])
    rows = [
        {field: _value(row, path, names[field]) for field, path in keys.items()} for row in table
    ]
    hidden = [any(value is None for value in row.values()) for row in rows]
    if any(hidden) and not all(hidden):
        raise ValueError(f"{name}: got row {hidden.index(True) + 1} with no class or value in it")
    return [] if any(hidden) else rows


def _value(row: Any, path: list[str], names: list[str] | None) -> Any:
    """What stands there, numbers of classes by name; None for a hidden class."""
    for key in path:
        row = row[key]
    if names is None:
        return row
    if isinstance(row, list):
        return [names[each] for each in row]
    return names[row] if row >= 0 else None


def _names(feature: Any) -> list[str] | None:
    """Of the classes of a column, or of a column of lists."""
    return getattr(getattr(feature, "feature", feature), "names", None)


def _library() -> Any:
    try:
        return importlib.import_module("datasets")
    except ModuleNotFoundError as error:
        raise ImportError("datasets is not installed; pip install 'seqjax[hub]'") from error
