"""A share of the data that needs no file: what a run does shows in a few steps of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from seqjax.data.builtin import catalogue
from seqjax.data.builtin.documentation import documentation

EVERY = 10
"""Of this many records one is kept, where there are hundreds."""
CHARACTERS = 40_000


def shorten(setattr: Callable[[Any, str, Any], None] = setattr) -> None:
    """Cuts each part of each data set, and the texts that Python carries.

    Args:
      setattr: (object, name, value), such as that of a ``pytest.MonkeyPatch``.
    """

    def fewer(load: Callable[[], dict[str, list]]) -> Callable[[], dict[str, list]]:
        return lambda: {
            part: records[::EVERY] if len(records) >= 100 else records
            for part, records in load().items()
        }

    sets = {name: s._replace(load=fewer(s.load)) for name, s in catalogue.DATASETS.items()}
    language_model = importlib.import_module("seqjax.tasks.language_model.read")
    word_vectors = importlib.import_module("seqjax.tasks.word_vectors.corpus")
    text = documentation()[:CHARACTERS]
    setattr(catalogue, "DATASETS", sets)
    setattr(language_model, "documentation", lambda: text)
    setattr(word_vectors, "python_words", lambda: iter([text]))
