"""Predicts with any trained run: python -m experiments.predict --run=RUN --text="a sentence".

Inputs come from --text, which may be given several times, from --file (several times; what kind of
file depends on the run), or from standard input, one a line. What comes out is a line or more for
each input; --json writes one JSON object a line instead.

Further flags depend on the task of the run: python -m experiments.predict --run=RUN --help
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.text_input import standard_input
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place, whole_file
from seqjax.tasks.finite import check_answers
from seqjax.tasks.json_records import as_json

TEXT, FILE = "text", "file"


@dataclasses.dataclass(frozen=True)
class PredictConfig:
    """The run, and where predictions go."""

    run: str = option("", "folder of a trained run")
    json: bool = option(False, "write one JSON object a line")
    out: str = option("", "a file to write; nothing: standard output")
    checkpoint: str = option("best", "best (on the validation part) or newest")


def main() -> None:
    """Prints or writes the predictions."""
    with launch.mistakes():
        config = flags.parse(PredictConfig)
        if not config.run:
            raise ValueError("run: got none, want --run=FOLDER of a trained run")
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        check_place("out", config.out)
        loaded = runs.load(config.run, config.checkpoint)
        options: Any = flags.parse(loaded.task.options)
        texts, files = absl_flags.FLAGS[TEXT].value or [], absl_flags.FLAGS[FILE].value or []
        if not (texts or files):
            texts = standard_input()
        predictions = loaded.task.predict(
            loaded, loaded.task.inputs(loaded, texts, files, options), options
        )
        check_answers(predictions)
        if config.json:
            rows = [json.dumps(as_json(each), ensure_ascii=False) for each in predictions]
        else:
            head = loaded.task.head(loaded, options)
            rows = [head] if head else []
            rows += [loaded.task.show(each, options) for each in predictions]
        text = "".join(f"{row}\n" for row in rows)
        if config.out:
            with whole_file(config.out) as temporary:
                temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    said = f"{config.out}: {len(predictions)} predictions\n" if config.out else text
    print(said, end="", file=sys.stderr if config.out else sys.stdout)


if __name__ == "__main__":
    with launch.mistakes():
        groups = flags.options_of_run(sys.argv[1:])
    absl_flags.DEFINE_multi_string(TEXT, [], "an input; may be given several times")
    absl_flags.DEFINE_multi_string(FILE, [], "a file of inputs; may be given several times")
    flags.define(PredictConfig, *groups)
    launch.run(main)
