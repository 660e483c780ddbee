"""Settings of word vectors: which text, where vectors come from, and what is done with them."""

from __future__ import annotations

import dataclasses

from seqjax.basics.options import option
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8
from seqjax.tasks.settings import RunConfig
from seqjax.vectors.training.config import VectorsConfig


@dataclasses.dataclass(frozen=True)
class WordVectorsRun(RunConfig):
    """The run: where it lies, how long it is, and how its rate falls."""

    workdir: str = option("runs/vectors", "folder of the run; the same one again resumes it")
    epochs: int = option(10, "passes over the training part; word2vec takes 5, GloVe 15 or more")
    threads: int = option(
        0, "threads that compute; they change no bit. 0: one where steps are so short that more are"
        " slower, otherwise one a core. Of the launch: seqjax.train leaves them as they are"
    )  # fmt: skip
    final: float = option(1e-4, "share of the rate at the end, to which it falls linearly")


@dataclasses.dataclass(frozen=True)
class CorpusConfig:
    """The data: a text, and which of its words get vectors."""

    data: str = option(
        "", "file, folder or pattern of text, gzip or plain, several with commas between them;"
        " nothing: the words of Python's documentation"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    split: str = option("letters", "letters (lower-cased), words or pretokenised (white space)")
    lines: bool = option(False, "windows end at line ends")
    minimum: int = option(5, "a rarer word gets no vector")
    vocabulary: int = option(0, "so many words at most, the commonest; 0: all")
    sample: float = option(
        1e-3, "words of a larger share are left out at random, the more the commoner; 0: none"
    )
    held_out: float = option(0.01, "share of the text, its end, that the loss is measured on")
    phrases: int = option(0, "passes that join words to phrases before training (word2phrase)")
    phrase_threshold: float = option(100.0, "of the score of a phrase, halved with each pass")
    piece: int = option(1 << 15, "words (glove: entries) of one call of the compiled program")


@dataclasses.dataclass(frozen=True)
class StartConfig:
    """The start: where vectors come from before training."""

    continue_from: str = option(
        "", "folder of another run of this objective: its words keep their vectors, input and"
        " output, and those that are new in --data are added"
    )  # fmt: skip
    vectors: str = option(
        "", "file of vectors that words begin with; it is input-only: output vectors begin at 0, as"
        " they do without it"
    )  # fmt: skip
    freeze: bool = option(
        False, "the vectors that were known before stay as they are; output vectors learn"
    )


@dataclasses.dataclass(frozen=True)
class OutcomeConfig:
    """The outcome: what is done with the vectors at the end."""

    save: str = option(
        "vectors.bin", "files in the folder of the run, with commas between them, as their ends"
        " say: .bin and .txt (word2vec), .glove, .npz"
    )  # fmt: skip
    contexts: str = option(
        "", "files for the vectors of words as contexts (the output table), named as in --save"
    )
    show: str = option("", "words whose neighbours are printed, with commas between them")
    similarity: str = option("", "files of word pairs with scores, with commas between them")
    analogies: str = option("", "file of analogy questions")


CONFIGS = (WordVectorsRun, CorpusConfig, VectorsConfig, StartConfig, OutcomeConfig)
FREE = frozenset({"threads", "save", "contexts", "show", "similarity", "analogies"})
"""Settings that training does not depend on: a run that is resumed may have others."""


def names(value: str) -> list[str]:
    """The names of a setting, which has commas between them.

    >>> names("a.txt,b.txt")
    ['a.txt', 'b.txt']
    """
    return [name for name in value.split(",") if name]


def thread_count(run: WordVectorsRun, config: VectorsConfig) -> int:
    """As asked for; a full softmax and the neural language model have use for all cores: 0."""
    large = config.objective == "neural_lm" or config.output == "softmax"
    return run.threads or (0 if large else 1)
