"""A trained model that is opened: what it is asked, whatever its task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Params
from seqjax.data import Tokenizer, Vocabulary, tokenizer
from seqjax.tasks.finite import check_answers
from seqjax.tasks.model import model_of
from seqjax.tasks.settings import from_settings
from seqjax.tasks.summary import summary
from seqjax.training import logs
from seqjax.training.fit import Figures

if TYPE_CHECKING:
    from seqjax.tasks.task import Task


class Loaded(NamedTuple):
    """A trained model and what its inputs and outputs mean: what ``seqjax.load`` gives.

        run = seqjax.load("runs/tag")
        run.predict(["Ada met New York ."])      # a record with named fields for each input
        run.evaluate("new.conll")                # {"loss": ..., "accuracy": ...}
        run.history()["valid"]["loss"]           # metrics as arrays
        print(run.summary())                     # the network; its parameters

    Further questions depend on the task, such as ``run.sample`` of a language model; ``dir(run)``
    lists them.
    """

    task: Task
    model: Any
    params: Params
    vocabularies: Mapping[str, Vocabulary]
    """by kind of token: a language model has "tokens" alone"""
    record: Mapping[str, Any]
    """run.json"""
    step: int
    """of the checkpoint"""
    folder: Path = Path()

    def predict(self, inputs: Any, **options: Any) -> list[Any]:
        """A record with named fields for each input, in their order.

        One at a time gives what all at once give, to the rounding of floats. A single string counts
        as one input.

        Args:
          options: those of the task, such as ``beam`` of translation.

        Raises:
          ValueError: for no inputs, one that cannot be read, unknown options, or NaN as an answer.
        """
        (task_options,) = from_settings([self.task.options], options)
        if inputs is None or isinstance(inputs, int | float):
            raise ValueError(f"inputs: got {inputs!r}, want a list of inputs")
        if isinstance(inputs, str):
            inputs = [inputs]
        elif isinstance(inputs, Iterator):
            inputs = list(inputs)
        answers = self.task.predict(self, inputs, task_options)
        check_answers(answers)
        return answers

    def evaluate(self, *files: Any) -> Figures:
        """Figures on files of the kind that the run was trained on, added exactly.

        Args:
          files: paths, or lists of paths; several are one part.

        Raises:
          ValueError: for files that cannot be read or do not fit.
        """
        paths = [file for each in files for file in (each if isinstance(each, list) else [each])]
        if not paths:
            raise ValueError("files: got none, want one or more")
        part = self.task.open(self, [str(file) for file in paths])
        return self.task.readable(self.record, self.task.evaluate(self, part))

    def summary(self) -> str:
        """The network in words, and its parameters by name, shape and count."""
        return summary(self.task.describe(self.record, self.vocabularies), self.params)

    def history(self) -> dict[str, dict[str, np.ndarray]]:
        """{"train": {"step": [N], "loss": [N], ...}, "valid": ..., "test": ...} of metrics.jsonl.

        A figure that a line does not have is NaN.

        Raises:
          ValueError: if the folder of the run has no metrics.
        """
        return logs.arrays(self.folder / logs.NAME)

    @property
    def vocabulary(self) -> Vocabulary:
        """The only vocabulary, or the one of the words that go in.

        Raises:
          AttributeError: for a task with none of that kind, such as regression.
        """
        names = [name for name in ("tokens", "words") if name in self.vocabularies]
        if not names:
            raise AttributeError(f"vocabulary: a run of {self.task.name} has none")
        return self.vocabularies[names[0]]

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts a text into the tokens of the vocabulary.

        Raises:
          AttributeError: for a task whose inputs are no texts, or are words already.
        """
        if "tokenizer" not in self.record["config"]:
            raise AttributeError(f"tokenizer: a run of {self.task.name} has none")
        return tokenizer(self.record["config"]["tokenizer"])

    @property
    def first(self) -> int:
        """The id that is fed before a text, -1 for the zero vector.

        Raises:
          AttributeError: for a task that is no language model.
        """
        if "first" not in self.record["data"]:
            raise AttributeError(f"first: a run of {self.task.name} has none")
        token: int = self.record["data"]["first"]
        return token

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # Called only for what a named tuple and this class do not have.
        if name.startswith("__") or name not in self.task.methods:
            methods = ", ".join(self.task.methods) or "no others"
            raise AttributeError(
                f"Loaded has no attribute {name!r}; a run of {self.task.name} has {methods}"
            )
        method = self.task.methods[name]

        def bound(*arguments: Any, **options: Any) -> Any:
            return method(self, *arguments, **options)

        bound.__name__, bound.__doc__ = name, method.__doc__
        return bound

    def __reduce__(self) -> tuple[Any, ...]:
        # The model and the task are functions, which cannot be pickled: they are built again.
        params = jax.tree.map(np.asarray, self.params)
        fields = self.vocabularies, self.record, self.step, self.folder
        return _unpickle, (self.task.name, params, *fields)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.task.methods})

    def __repr__(self) -> str:
        count = sum(leaf.size for leaf in jax.tree.leaves(self.params))
        folder = f", {str(self.folder)!r}" if self.folder != Path() else ""
        return f"Loaded({self.task.name}, step {self.step}, {count:,} parameters{folder})"


def _unpickle(
    name: str,
    params: Params,
    vocabularies: Mapping[str, Vocabulary],
    record: Mapping[str, Any],
    step: int,
    folder: Path,
) -> Loaded:
    from seqjax.tasks import TASKS  # which imports this module

    task = TASKS[name]
    model = model_of(task, record, vocabularies)
    return Loaded(task, model, params, vocabularies, record, step, folder)
