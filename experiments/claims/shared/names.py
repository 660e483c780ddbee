"""What tasks and cells are called in tables and plots, by the names that results have."""

from __future__ import annotations

from experiments.claims.claim import Text

TASKS = {
    "adding": Text("adding", "덧셈"),
    "characters": Text("characters", "글자"),
    "motifs": Text("motifs", "모티프"),
}
"""Of ``cells.cell_trials``."""


def row_name(task: str, rest: str) -> Text:
    """The name of a row of a task.

    >>> row_name("adding", "LSTM").ko
    '덧셈, LSTM'
    """
    return Text(*(f"{name}, {rest}" for name in TASKS[task]))
