"""What a task is: everything that turns files into a trained, evaluated, usable model.

files -> read -> DataSet: parts with their batches, vocabularies, what a run remembers
build(record, vocabularies) -> model, in training and in loading alike
training -> checkpoints
files -> open -> Part -> evaluate -> figures
texts, files -> inputs -> predict -> records that a person can read
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from seqjax.basics.types import Carry
from seqjax.data import Vocabulary
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.optimized import optimized
from seqjax.tasks.settings import Record
from seqjax.tasks.training import Training
from seqjax.training.fit import Figures

Vocabularies = Mapping[str, Vocabulary]


class Part(NamedTuple):
    """A part of a data set: train, valid or test, or files that a trained model is evaluated on."""

    source: Any
    """its batches, a ``Source``"""
    records: Sequence[Any]
    """what the task reads from files, in the order of the examples of ``source``"""


class DataSet(NamedTuple):
    """What a task reads: all that training needs, but the model."""

    parts: Mapping[str, Part]
    """train, valid and perhaps test"""
    vocabularies: Vocabularies
    data: Mapping[str, Any]
    """what a run remembers of the data, as JSON: its name, marks of its contents, statistics"""
    amount: int
    """what one pass over the training part adds to the count of "loss" """
    unit: str
    """what that count counts, such as "words" """
    about: str
    """lines on the data, printed at the beginning"""
    pretrained: Any = None
    """what training begins with that was trained before; ``Task.training`` knows what it is: a
    ``Transfer``, word vectors of a file, for ``optimized``"""


class Task(NamedTuple):
    """A task, by its functions. ``configs`` below are instances of ``configs``, in that order.

    A new task is a folder in ``seqjax/tasks`` with one of these, a row in ``TASKS``, and a launch.
    """

    name: str
    about: str
    """one line for a person"""
    configs: tuple[type, ...]
    """frozen dataclasses, the only home of defaults; the first is a RunConfig"""
    check: Callable[..., None]
    """(*configs): raises a ValueError for what is wrong or contradicts, before data is read"""
    read: Callable[..., DataSet]
    """(*configs) -> the data set"""
    build: Callable[[Record, Vocabularies], Any]
    """(record, vocabularies) -> the model: the only place where it is assembled"""
    describe: Callable[[Record, Vocabularies], str]
    """(record, vocabularies) -> the network in words"""
    evaluate: Callable[[Loaded, Part], Figures]
    """figures of a model on a part, "loss" among them"""
    report: Callable[[Loaded, DataSet, str, Figures], str]
    """(best model, data set, part it was tested on, figures there) -> the text at the end"""
    open: Callable[[Loaded, Sequence[str]], Part]
    """files -> a part, read and encoded as the run reads its own data"""
    options: type
    """frozen dataclass of what a prediction may be told"""
    predict: Callable[[Loaded, Sequence[Any], Any], list[Any]]
    """(loaded, inputs, options) -> a named tuple for each input"""
    inputs: Callable[[Loaded, Sequence[str], Sequence[str], Any], Sequence[Any]]
    """(loaded, texts, files, options) -> what ``predict`` takes; of a command line"""
    show: Callable[[Any, Any], str]
    """(prediction, options) -> lines for a person"""
    head: Callable[[Loaded, Any], str] = lambda loaded, options: ""
    """(loaded, options) -> a line before those of all predictions, such as the names of columns"""
    training: Callable[..., Training] = optimized
    """(task, model, record, data_set, configs) -> how the model is trained"""
    start: Callable[[Any, Record], Callable[[Any], Carry]] = lambda model, record: lambda params: ()
    """(model, record) -> params -> the carry of truncated backpropagation before the first batch"""
    shuffled: Callable[[Record], bool] = lambda record: True
    """whether the training part comes in another order in each epoch"""
    monitor: Callable[[Record], str] = lambda record: "loss"
    """the figure of the validation part whose lowest value marks the best checkpoint"""
    keep_best: bool = True
    """whether the best checkpoint stays beside the newest; otherwise the newest is the best"""
    readable: Callable[[Record, Figures], Figures] = lambda record, figures: figures
    """figures as people read them (adds perplexity, say)"""
    free: frozenset[str] = frozenset()
    """settings that may differ when a run is resumed, beside those of every task"""
    methods: Mapping[str, Callable[..., Any]] = {}
    """further questions to a loaded run by name, such as ``sample``: (loaded, ...) -> answers"""
