"""What a run needs to go on: saved with each checkpoint, and found again by the next launch."""

from __future__ import annotations

from typing import Any, Protocol

from seqjax.training import processes
from seqjax.training.checkpoints import Checkpoints, DamagedCheckpoint, Json
from seqjax.training.metric_accumulator import MetricAccumulator
from seqjax.training.step import State


class Stream(Protocol):
    """Batches for ever, and a place in them that can be kept as JSON."""

    def __next__(self) -> Any: ...

    def get_state(self) -> Json:
        """The place behind the last batch."""

    def set_state(self, state: Json) -> None:
        """Goes to a place that ``get_state`` gave."""


def save(
    checkpoints: Checkpoints,
    state: State,
    position: Json,
    figures: dict[str, float],
    *,
    scheduled: bool = True,
) -> None:
    """Writes everything the next step, and the next line of the log, depend on.

    Args:
      checkpoints: where.
      state: of the training.
      position: "stream", the place in it; "losses" of all evaluations; what the accumulator keeps;
        where there are any, "ended", the kinds of lines of the log that are there only because the
        run ended, and "went_back", how often it went back to a checkpoint.
      figures: those of an evaluation at this step; {} if there was none.
      scheduled: whether it is written whatever happens, not because the run stops or ends there.

    Raises:
      ValueError: for a step before the newest checkpoint's.
      OSError: if it could not be written.
    """
    use = "params" if state.average is None or not int(state.averaged) else "average"
    # A run that is made longer must not have for its best what the longer one would not have seen.
    provisional = "valid" in position.get("ended", ())
    items = processes.on_host(_items(state))
    if processes.first():
        checkpoints.save(
            int(state.step), items, {**position, "use": use}, figures,
            provisional=provisional, unscheduled=not scheduled,
        )  # fmt: skip


def resume(
    checkpoints: Checkpoints, state: State, stream: Stream, accumulator: MetricAccumulator
) -> tuple[State, Json]:
    """State and position of the newest checkpoint; ``stream`` and ``accumulator`` go there.

    Without a checkpoint, all stays as it is, and the position is {}.

    Args:
      state: of the same structure; its buffers may have been given away.

    Raises:
      ValueError: for a checkpoint of another model or optimizer than ``state``; one that an older
        seqjax wrote while it accumulated gradients is of another optimizer too.
    """
    newest = checkpoints.latest()
    if newest is None:
        return state, {}
    try:
        items, position = checkpoints.restore(newest, _items(state)), checkpoints.position(newest)
    except DamagedCheckpoint:
        raise
    except ValueError as error:
        raise ValueError(
            f"{error}; training cannot go on from a checkpoint of another model or optimizer, nor"
            " from one that an older seqjax wrote with accumulate above 1; it can be loaded"
        ) from error
    stream.set_state(position["stream"])
    accumulator.set_state(position)
    average = items.get("average")
    return items["rest"]._replace(params=items["params"], average=average), position


def _items(state: State) -> dict[str, Any]:
    """What a checkpoint holds: parameters, their mean and the rest can be read apart."""
    rest: Any = state
    items = {"params": state.params, "rest": rest._replace(params=None, average=None)}
    return items if state.average is None else {**items, "average": state.average}
