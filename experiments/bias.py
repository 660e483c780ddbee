"""Measures a bias, removes it, measures again: python -m experiments.bias --vectors=FILE.

Prints one table of before and after, with what was lost on the way, and writes bias.json, bias.png
and bias.svg. Word lists: gender in English, our own, unless files are named. "After" is measured
along the direction of the original vectors, and with the words that were most biased in these:
what is gone along the direction may still be in the neighbourhood of words, which the clusters and
probes of Gonen and Goldberg (2019) show.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.vector_files import open_vectors
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.options import option
from seqjax.tasks.settings import as_json
from seqjax.vectors import files
from seqjax.vectors.bias import audit_lists, removal, report
from seqjax.vectors.bias.before_after import before_after, most_biased_neutral
from seqjax.vectors.evaluation.report import write_json
from seqjax.vectors.plots.bias_picture import draw_projections

SIMILARITY = "similarity"


@dataclasses.dataclass(frozen=True)
class BiasConfig:
    """Which vectors, and where the results go."""

    vectors: str = option("", "word2vec text or binary, GloVe, fastText .vec, .npz; or a run")
    limit: int = option(0, "rows of the file that are read, the commonest words; 0: all")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")
    out: str = option("runs/bias", "folder of bias.json and the plots")
    save: str = option("", "file for the vectors afterwards: .txt, .vec, .glove, .bin, .npz")
    shown: int = option(50, "words of the plot: the neutral ones that were most biased")
    plot: bool = option(True, "draw bias.png and bias.svg (needs matplotlib)")


def main() -> None:
    """Prints the table and writes the files."""
    with launch.mistakes():
        config, lists_config = flags.parse(BiasConfig), flags.parse(audit_lists.ListsConfig)
        removal.check(removal_config := flags.parse(removal.RemovalConfig))
        checks.positive("shown", config.shown)
        files.check_save("save", config.save)
        if config.plot:
            optional_module("matplotlib", "plots")
        written = audit_lists.read_lists(lists_config)
        paths = absl_flags.FLAGS[SIMILARITY].value or []
        similarity = {Path(file).stem: vectors.read_pairs(file) for file in paths}
        limit, errors = config.limit, config.encoding_errors
        keyed = open_vectors(config.vectors, limit=limit, encoding_errors=errors)
        lists = audit_lists.spelled_lists(written, keyed)
        result = before_after(removal_config, keyed, lists, similarity)
        print(report.text(result.figures))
        folder, settings = Path(config.out), as_json(config, removal_config, lists_config)
        write_json(folder / "bias.json", {"flags": settings, **result.figures})
        if config.save:
            vectors.save(config.save, result.removed.vectors)
        words = most_biased_neutral(keyed, lists, result.space, config.shown)
        if config.plot and words:
            plots = [folder / "bias.png", folder / "bias.svg"]
            after, about = result.removed
            draw_projections(keyed, after, words, result.space, plots, about=about)
        print(f"\nWritten to {folder}")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(SIMILARITY, [], "a similarity set; may be given several times")
    flags.define(BiasConfig, removal.RemovalConfig, audit_lists.ListsConfig)
    launch.run(main)
