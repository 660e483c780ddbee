"""What is printed at the end of a run of an encoder-decoder: figures, examples, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from experiments.translate_data import Pairs
from experiments.translate_text import SearchConfig, translate
from seqjax.objectives.bleu import bleu
from seqjax.runs import Loaded
from seqjax.training.fit import Figures

WIDTHS = (1, 5)
EXAMPLES = 3


def text(folder: str, best: Loaded, made: Pairs, part: str, found: Figures) -> str:
    """The whole report."""
    pairs, cut = made.pairs[part], best.tokenizer
    sources = [cut.split(pair.source) for pair in pairs]
    right = [cut.split(pair.target) for pair in pairs]
    written = {
        width: [each[0].tokens for each in translate(best, sources, SearchConfig(beam=width))]
        for width in WIDTHS
    }
    lines = [
        f"on the {part} part ({len(pairs):,} pairs), step {best.step}:"
        f" perplexity {found['perplexity']:.4g} per {cut.unit}"
    ]
    for width, found_tokens in written.items():
        name = "greedy" if width == 1 else f"beam {width}"
        lines += _figures(name, best, found_tokens, right, pairs)
    for pair, tokens in list(zip(pairs, written[WIDTHS[-1]], strict=True))[:EXAMPLES]:
        lines += ["", f"  {pair.source}", f"  {cut.join(tokens)}", f"  ({pair.target})"]
    run = shlex.quote(folder)
    example = shlex.quote(pairs[0].source)
    lines += [
        "",
        f"The run is in {folder}.",
        f"  python -m experiments.translate_text --run={run} --text={example}",
        f"  in Python: seqjax.load({folder!r})",
    ]
    return "\n".join(lines)


def _figures(
    name: str,
    best: Loaded,
    tokens: Sequence[Sequence[str]],
    right: Sequence[Sequence[str]],
    pairs: Sequence,
) -> list[str]:
    """One line a figure: the share of pairs that are right, and BLEU where tokens are words."""
    equal = sum(list(a) == list(b) for a, b in zip(tokens, right, strict=True)) / len(pairs)
    lines = [f"  {name:8} exact match {equal:.2%}"]
    if best.tokenizer.unit == "word":
        texts = [best.tokenizer.join(list(each)) for each in tokens]
        whole = bleu(texts, [pair.target for pair in pairs])
        cut = bleu([" ".join(t) for t in tokens], [" ".join(t) for t in right], tokenize="none")
        lines += [f"  {name:8} {found}" for found in (whole, cut)]
    return lines
