"""What is printed at the end of a run: figures, what was mistaken for what, what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import DataSet, Part
from seqjax.tasks.transcription.decode import Guess, guesses
from seqjax.tasks.transcription.encode import Transcript
from seqjax.tasks.transcription.evaluate import error_rate
from seqjax.training.fit import Figures

BEAM = 16
SHOWN = 5


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Error rates, mistakes, the first recordings, how to go on."""
    held_out = data_set.parts[part]
    transcripts, greedy = held_out.records, guesses(best, held_out.source)
    note = ", which chose the step" if part == "valid" else ", none of them trained on"
    title = f"{part} part ({len(transcripts):,} recordings{note}), step {best.step}"
    one_label = best.record["config"]["output"] == "label"
    body = labels(transcripts, greedy) if one_label else sequences(best, held_out, greedy)
    return "\n\n".join([f"{title}\n{body}", examples(transcripts, greedy), hints(best.folder)])


def labels(transcripts: Sequence[Transcript], heard: Sequence[Sequence[Guess]]) -> str:
    """Accuracy, that of the commonest label, and what was mistaken most often."""
    pairs = [(a.labels[0], b[0].labels[0]) for a, b in zip(transcripts, heard, strict=True)]
    right = sum(a == b for a, b in pairs)
    _, common = Counter(a for a, _ in pairs).most_common(1)[0]
    lines = [
        f"  accuracy                        {right / len(pairs):8.2%} ({right} of {len(pairs)})",
        f"  always the commonest label      {common / len(pairs):8.2%}",
    ]
    mistakes = Counter((a, b) for a, b in pairs if a != b).most_common(SHOWN)
    lines += [f"  {a} taken for {b}: {count}" for (a, b), count in mistakes]
    return "\n".join(lines)


def sequences(best: Loaded, part: Part, greedy: Sequence[Sequence[Guess]]) -> str:
    """Label error rates of both ways of decoding."""
    transcripts = part.records
    beam = guesses(best, part.source, beam=BEAM)
    lines = ["                       label error rate   all labels right"]
    for name, heard in (("greedy", greedy), (f"prefix beam {BEAM}", beam)):
        right = sum(a.labels == b[0].labels for a, b in zip(transcripts, heard, strict=True))
        rate = error_rate(transcripts, heard)
        lines.append(f"  {name:20} {rate:16.2%} {right / len(transcripts):18.2%}")
    count = sum(len(transcript.labels) for transcript in transcripts)
    return "\n".join([*lines, f"  ({count:,} labels were said)"])


def examples(transcripts: Sequence[Transcript], heard: Sequence[Sequence[Guess]]) -> str:
    """The first few recordings."""
    lines = ["recording: said / heard"]
    for (name, said), each in list(zip(transcripts, heard, strict=True))[:SHOWN]:
        lines.append(f"  {name}: {' '.join(said)} / {' '.join(each[0].labels)}")
    return "\n".join(lines)


def hints(folder: Path) -> str:
    """The folder of the run, and commands that use it."""
    run = shlex.quote(f"--run={folder}")
    return "\n".join(
        [
            f"The run is in {folder}. To transcribe a file:",
            f"  python -m experiments.predict {run} --file=FILE",
            f"  in Python: seqjax.load({str(folder)!r}).predict(['FILE'])",
        ]
    )
