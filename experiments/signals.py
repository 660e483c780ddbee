"""From the flags that name recordings to the batches that a transcriber is trained on."""

from __future__ import annotations

import dataclasses
import hashlib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments import flags
from experiments.signal_files import SpectralConfig, listed, no_audio, reader
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import Vocabulary
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.features import Statistics, one_width, statistics
from seqjax.data.formats.recordings import parts
from seqjax.objectives.ctc import feasible

UNITS = {"words": 0, "characters": 0}
Pieces = list[tuple[str, np.ndarray, list[str]]]
"""name, samples [N] or frames [t, d], what is said"""


@dataclasses.dataclass(frozen=True)
class SignalsConfig:
    """Which recordings, and what is said in them."""

    data: str = option(
        "", "a folder of audio files or .npy arrays [t, d], an .npz of such arrays, a .tsv of"
        " name<TAB>transcript[<TAB>part], or a data set by name; nothing: beeps"
    )  # fmt: skip
    pattern: str = option(
        "{label}_{speaker}_{index}", "folder, .npz: what a name says, without its ending;"
        " {label}/{index} finds labels in folders"
    )  # fmt: skip
    test: str = option(
        "0.1", "the test part: a share, or a rule on a field of the pattern as index<5"
    )
    valid: str = option("0.1", "the validation part, of what the test leaves: likewise")
    units: str = option("words", "output=ctc: what a transcript is made of, words or characters")
    join: tuple[int, ...] = option(
        (), "output=ctc: 2,5 joins two to five recordings of a part, drawn, to one"
    )
    join_times: int = option(1, "join: joined recordings of the training part for each one it has")
    data_seed: int = option(0, "of the shares that are drawn, and of what is joined")
    batch: int = option(32, "rows of a batch")
    shapes: int = option(4, "lengths that batches may have; more: less padding, more to compile")


class Signals(NamedTuple):
    """Recordings, ready for training."""

    sources: dict[str, Buckets]
    """by part, train, valid or test"""
    said: dict[str, list[list[str]]]
    """by part: the labels of each example"""
    names: dict[str, list[str]]
    labels: Vocabulary
    width: int
    data: dict[str, Any]
    """what a run remembers of it"""


def signals(config: SignalsConfig, features: SpectralConfig, output: str, stack: int) -> Signals:
    """Reads the recordings; labels and statistics are those of the training part.

    Raises:
      ValueError: for a file that cannot be read, flags that contradict each other, a label that is
        not in the training part, or too few steps for CTC; it names the flag or the file.
    """
    _validate(config, output)
    found, kind = _pieces(config, features, output)
    every = [piece for pieces in found.values() for piece in pieces]
    one_width([frames for _, frames, _ in every], [name for name, *_ in every])
    labels = Vocabulary.build(label for *_, said in found["train"] for label in said)
    normal = statistics(frames for _, frames, _ in found["train"])
    sources = {}
    for part, pieces in found.items():
        names, frames, said = zip(*pieces, strict=True)
        ids = [_encoded(labels, name, each) for name, each in zip(names, said, strict=True)]
        if output == "ctc":
            feasible([-(-len(each) // stack) for each in frames], ids, names)
        sources[part] = _source(config, output, [normal.normal(each) for each in frames], ids)
    return Signals(
        sources,
        {part: [said for *_, said in pieces] for part, pieces in found.items()},
        {part: [name for name, *_ in pieces] for part, pieces in found.items()},
        labels,
        len(normal.mean),
        _data(config, kind, found, normal),
    )


def normal(data: Mapping[str, Any]) -> Statistics:
    """The statistics that a run remembers."""
    return Statistics(data["mean"], data["deviation"])


def _validate(config: SignalsConfig, output: str) -> None:
    checks.lookup("units", UNITS, config.units)
    for name in ("batch", "shapes", "join_times"):
        checks.positive(name, getattr(config, name))
    flags.seed(config.data_seed)
    if output == "label":
        _unused(config, "units", "join", why="with output=label")
    if not config.join:
        _unused(config, "join_times", why="without --join")
    elif len(config.join) != 2 or not 1 <= config.join[0] <= config.join[1]:
        raise ValueError(f"join: got {config.join}, want the fewest and the most, such as 2,5")


def _unused(config: SignalsConfig, *names: str, why: str) -> None:
    for name in names:
        if (value := getattr(config, name)) != getattr(SignalsConfig(), name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")


def _pieces(
    config: SignalsConfig, features: SpectralConfig, output: str
) -> tuple[dict[str, Pieces], str]:
    """The examples of each part as frames, and what they were made of: "audio" or "arrays"."""
    if not config.data or not Path(config.data).exists():
        return _generated(config, features, output), "arrays"
    recordings, kind = listed(config.data, config.pattern)
    if Path(config.data).is_file() and Path(config.data).suffix != ".npz":
        _unused(config, "pattern", why="for a manifest")
    if any(one.part for one in recordings):
        _unused(config, "test", "valid", why="for a manifest that names the parts")
    cut = parts(recordings, test=config.test, valid=config.valid, seed=config.data_seed)
    read, frames = reader(config.data, kind, features)
    made = {}
    for number, (part, members) in enumerate(cut.items()):
        raw = [(one.name, read(one.name), _tokens(config, output, one.said)) for one in members]
        if config.join:
            times = config.join_times if part == "train" else 1
            raw = _joined(raw, config.join, times, (config.data_seed, number))
        made[part] = [(name, frames(signal, name), said) for name, signal, said in raw]
    return made, kind


def _generated(config: SignalsConfig, features: SpectralConfig, output: str) -> dict[str, Pieces]:
    """The examples of a data set by name."""
    name = config.data or "beeps"
    made = dataset("transcribe", name).load()
    _unused(config, "pattern", "test", "valid", "units", "join", why="for a data set by name")
    no_audio(features)
    if output == "label" and any(len(said) != 1 for _, said in made["train"]):
        raise ValueError(f"output: got 'label', but {name} has several labels each; want ctc")
    return {part: [(f"{part} {n}", *one) for n, one in enumerate(made[part])] for part in made}


def _tokens(config: SignalsConfig, output: str, said: str) -> list[str]:
    said = unicodedata.normalize("NFC", said)
    if output == "label":
        return [said]
    return said.split() if config.units == "words" else list(said)


def _joined(pieces: Pieces, join: tuple[int, ...], times: int, seed: tuple[int, int]) -> Pieces:
    """As many recordings as there are, ``times`` over, each made of several drawn ones."""
    random = np.random.default_rng(seed)
    fewest, most = join
    found = []
    for n in range(times * len(pieces)):
        count = int(random.integers(fewest, most, endpoint=True))
        chosen = [pieces[k] for k in random.integers(len(pieces), size=count)]
        said = [label for *_, each in chosen for label in each]
        found.append((f"joined {n}", np.concatenate([signal for _, signal, _ in chosen]), said))
    return found


def _encoded(labels: Vocabulary, name: str, said: list[str]) -> np.ndarray:
    unknown = [label for label in said if label not in labels]
    if unknown:
        raise ValueError(
            f"{name}: got label {unknown[0]!r}, which is not in the training part; want one of"
            f" {', '.join(labels.tokens[:20])}{', ...' if len(labels) > 20 else ''}"
        )
    return labels.encode(said)


def _source(
    config: SignalsConfig, output: str, frames: list[np.ndarray], ids: list[np.ndarray]
) -> Buckets:
    pairs = zip(frames, ids, strict=True)
    if output == "label":
        examples = [{"features": each, "label": one[0]} for each, one in pairs]
        return buckets(examples, config.batch, sides={"": ["features"]}, shapes=config.shapes)
    examples = [{"features": each, "labels": several} for each, several in pairs]
    sides = {"": ["features"], "labels": ["labels"]}
    return buckets(examples, config.batch, sides=sides, shapes=config.shapes)


def _data(
    config: SignalsConfig, kind: str, found: dict[str, Pieces], normal: Statistics
) -> dict[str, Any]:
    marks = {}
    for part, pieces in found.items():
        digest = hashlib.sha256()
        for _, frames, said in pieces:
            digest.update(frames.tobytes() + repr(said).encode())
        marks[part] = digest.hexdigest()[:16]
    return {
        "name": Path(config.data).name or "beeps",
        "kind": kind,
        "sha256": marks,
        "width": len(normal.mean),
        **normal._asdict(),
    }
