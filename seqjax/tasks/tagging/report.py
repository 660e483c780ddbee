"""What is printed at the end of a run: figures beside a baseline, scores by type, hints."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqjax.data.formats.conll import Tagged
from seqjax.objectives.entities import Counts, entity_scores
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import of_record
from seqjax.tasks.tagging.config import TaggingData
from seqjax.tasks.tagging.encode import vocabulary_form
from seqjax.tasks.tagging.evaluate import Rows, counted, outcome
from seqjax.tasks.tagging.labels import NONE
from seqjax.tasks.task import DataSet
from seqjax.training.fit import Figures


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Accuracy beside that of a baseline, precision, recall and F1 by type, how to go on."""
    held_out = data_set.parts[part]
    predictions = outcome(best, held_out).predictions
    return "\n\n".join(
        [
            accuracies(best, data_set, part, predictions),
            scores(counted(best, held_out, predictions, always=True), _head(best)),
            hints(best.folder, held_out.records),
        ]
    )


def accuracies(best: Loaded, data_set: DataSet, part: str, predictions: Rows) -> str:
    """Right words of the model and of a tagger that looks at each word alone."""
    config = of_record(TaggingData, best.record)
    sentences, train = data_set.parts[part].records, data_set.parts["train"].records
    seen = {vocabulary_form(config, word) for s in train for word in s.words}
    baseline = commonest(config, train, sentences)
    note = "" if part == "test" else ", which chose the step"
    words = sum(len(s.words) for s in sentences)
    lines = [
        f"accuracy on the {part} part ({words:,} words, none of them trained on{note})",
        f"  {'':34}     all  known words  new words",
    ]
    compared = (
        (f"this model (step {best.step})", predictions),
        ("commonest tag of a word", baseline),
    )
    for name, rows in compared:
        right: dict[bool, list[bool]] = {True: [], False: []}
        for s, row in zip(sentences, rows, strict=True):
            for word, tag, got in zip(s.words, s.tags, row, strict=True):
                right[vocabulary_form(config, word) in seen].append(tag == got)
        cells = [_share(right[True] + right[False]), _share(right[True]), _share(right[False])]
        lines.append(f"  {name:34} {cells[0]:>7}  {cells[1]:>11}  {cells[2]:>9}")
    return "\n".join(lines)


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right) / len(right):.2%}" if right else "none"


def commonest(config: TaggingData, train: Sequence[Tagged], sentences: Sequence[Tagged]) -> Rows:
    """A baseline: the commonest tag of each word in training; of new words, of those seen once."""
    tags: dict[str, Counter[str]] = {}
    for s in train:
        for word, tag in zip(s.words, s.tags, strict=True):
            tags.setdefault(vocabulary_form(config, word), Counter())[tag] += 1
    once = Counter(tag for counts in tags.values() if counts.total() == 1 for tag in counts)
    other = (once or sum(tags.values(), Counter())).most_common(1)[0][0]
    best = {word: counts.most_common(1)[0][0] for word, counts in tags.items()}
    return [
        tuple(best.get(vocabulary_form(config, word), other) for word in s.words) for s in sentences
    ]


def _head(best: Loaded) -> str:
    scheme, config = best.record["data"]["scheme"], best.record["config"]
    if scheme != NONE:
        return f"names ({scheme}, mistakes as {config['mode']} reads them)"
    return "labels" if config["head"] == "sigmoid" else "tags"


def scores(counts: Mapping[str, Counts], head: str) -> str:
    """Precision, recall and F1 by type, over all (micro) and as the mean over types (macro)."""
    width = max([len(head), *map(len, counts)]) + 2
    lines = [f"{head:{width + 2}} precision  recall      F1  in truth"]
    for kind, (precision, recall, f1, true) in entity_scores(counts).items():
        lines.append(f"  {kind:{width}} {precision:9.2%} {recall:7.2%} {f1:7.2%}  {true:8,}")
    return "\n".join(lines)


def hints(folder: Path, sentences: Sequence[Tagged]) -> str:
    """The folder of the run, and commands that use it."""
    words = next(s.words for s in sentences if s.words)
    run, example = shlex.quote(str(folder)), shlex.quote(" ".join(words))
    return f"""The run is in {folder}.
  python -m experiments.predict --run={run} --tokenizer=pretokenised --text={example}
  in Python: seqjax.load({str(folder)!r}).predict([{" ".join(words)!r}])"""
