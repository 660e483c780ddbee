"""Series that come to a trained regressor: from files, as arrays, or as columns by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.formats.numeric import ARRAYS, Series, read_series
from seqjax.data.formats.numeric_csv import header_of
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.regression.config import RegressionData
from seqjax.tasks.regression.encode import encoded
from seqjax.tasks.settings import of_record
from seqjax.tasks.task import Part


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """The series of files with inputs and targets, as a part for a trained regressor.

    Raises:
      ValueError: for files that cannot be read, or without a column that goes in or comes out.
    """
    config, data = of_record(RegressionData, loaded.record), loaded.record["data"]
    columns = [*data[INPUTS], *data[TARGETS]]
    series = []
    for file in files:
        csv = Path(file).suffix not in ARRAYS
        id, delimiter = (config.id, config.delimiter) if csv else ("", "")
        series += read_series(
            file, id=id, columns=columns, delimiter=delimiter, encoding=config.encoding
        )
    return encoded(loaded.record, series)


def series_of_inputs(loaded: Loaded, inputs: Any, *, id: str, delimiter: str) -> list[Series]:
    """The series of files, arrays [T, D], columns by name and ``Series``; of one, or of several.

    Args:
      id: of CSV, the column that tells series apart; nothing: that of the run, where the file has
        it.
      delimiter: of CSV; nothing: that of the run.

    Raises:
      ValueError: for what is not [T, D], a file that cannot be read, no series at all, or one with
        a column that is missing, no step, or a number that is not finite.
    """
    single = isinstance(inputs, Series | Mapping | Path | str) or getattr(inputs, "ndim", 3) < 3
    series: list[Series] = []
    for number, item in enumerate([inputs] if single else inputs):
        if isinstance(item, str | Path):
            series += _of_file(loaded, item, id, delimiter)
        else:
            series.append(item if isinstance(item, Series) else _of_array(loaded, number, item))
    if not series:
        raise ValueError("inputs: got no series, want one or more")
    for each in series:
        values = each.take(loaded.record["data"][INPUTS])
        if not len(values) or not np.isfinite(values).all():
            raise ValueError(f"{each.name}: got no step, or a number that is not finite")
    return series


def _of_file(loaded: Loaded, file: str | Path, id: str, delimiter: str) -> list[Series]:
    config, columns = of_record(RegressionData, loaded.record), loaded.record["data"][INPUTS]
    if Path(file).suffix not in ARRAYS:
        delimiter = delimiter or config.delimiter
        if not id and config.id in header_of(file, delimiter=delimiter, encoding=config.encoding):
            id = config.id
    return read_series(file, id=id, columns=columns, delimiter=delimiter, encoding=config.encoding)


def _of_array(loaded: Loaded, number: int, item: Any) -> Series:
    """The series of [T, D] or, by name, of D columns [T]."""
    names, where = loaded.record["data"][INPUTS], f"inputs, number {number}"
    try:
        if hasattr(item, "items"):  # a dict, or a table such as those of pandas
            if missing := [name for name in names if name not in item]:
                raise ValueError(f"no column {missing[0]!r}, only {', '.join(map(str, item))}")
            values = np.stack([np.asarray(item[name], np.float64) for name in names], -1)
        else:
            values = np.asarray(item, np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: got no numbers [T, {len(names)}]: {error}") from None
    values = values[:, None] if values.ndim == 1 and len(names) == 1 else values
    if values.ndim != 2 or values.shape[1] != len(names):
        raise ValueError(
            f"{where}: got shape {list(values.shape)}, want [T, {len(names)}]: {', '.join(names)}"
        )
    return Series(str(number), tuple(names), values)
