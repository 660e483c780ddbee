"""What pictures of words may be asked for: to be checked before vectors of any size are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.whole_file import check_place
from seqjax.vectors.plots.pictures import METHODS

ENDINGS = (".png", ".svg", ".pdf")


def check(
    paths: Sequence[str | Path],
    parallelograms: Sequence[Sequence[str]],
    method: str,
    perplexity: float,
) -> None:
    """Checks what ``project`` and ``draw`` are asked for, before vectors are read.

    Raises:
      ValueError: for what they cannot do, whatever the vectors are; names the option.
    """
    for path in paths:
        checks.lookup("ending of out", dict.fromkeys(ENDINGS), Path(path).suffix.lower())
        check_place("out", path)
    for words in parallelograms:
        if len(words) != 4:
            raise ValueError(f"parallelogram: got {' '.join(words)!r}, want four words")
    checks.lookup("method", METHODS, method)
    if not perplexity > 0:
        raise ValueError(f"perplexity: got {perplexity}, want more than 0")
