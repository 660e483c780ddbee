"""What is printed at the end of a run: figures, examples, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from seqjax.basics.unicode_form import composed_all
from seqjax.objectives.bleu import bleu
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import DataSet
from seqjax.tasks.translation.encode import TokenizedPair
from seqjax.tasks.translation.predict import Translation
from seqjax.training.fit import Figures

BEAMS = (1, 5)
EXAMPLES = 3


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Perplexity, exact matches and BLEU of two beams, examples, how to go on."""
    pairs: Sequence[TokenizedPair] = data_set.parts[part].records
    sources, unit = [pair.source_tokens for pair in pairs], best.tokenizer.unit
    lines = [
        f"on the {part} part ({len(pairs):,} pairs), step {best.step}:"
        f" perplexity {figures['perplexity']:.4g} per {unit}"
    ]
    translations: list[Translation] = []
    for beam in BEAMS:
        translations = best.predict(sources, beam=beam)
        name = "greedy" if beam == 1 else f"beam {beam}"
        lines += scores(name, translations, pairs, words=unit == "word")
    for pair, translation in list(zip(pairs, translations, strict=True))[:EXAMPLES]:
        lines += ["", f"  {pair.source}", f"  {translation.text}", f"  ({pair.target})"]
    return "\n".join([*lines, "", hints(best, pairs[0].source)])


def scores(
    name: str,
    translations: Sequence[Translation],
    pairs: Sequence[TokenizedPair],
    *,
    words: bool,
) -> list[str]:
    """One line a figure: the share of pairs that are right, and BLEU where tokens are words."""
    tokens = [translation.tokens for translation in translations]
    references = [pair.target_tokens for pair in pairs]
    equal = sum(
        composed_all(a) == composed_all(b) for a, b in zip(tokens, references, strict=True)
    ) / len(pairs)
    lines = [f"  {name:8} exact match {equal:.2%}"]
    if words:
        texts = [translation.text for translation in translations]
        text_bleu = bleu(texts, [pair.target for pair in pairs])
        token_bleu = bleu(
            [" ".join(t) for t in tokens], [" ".join(t) for t in references], tokenize="none"
        )
        lines += [f"  {name:8} {score}" for score in (text_bleu, token_bleu)]
    return lines


def hints(best: Loaded, example: str) -> str:
    """The folder of the run, and commands that use it."""
    folder = str(best.folder)
    run, text = shlex.quote(folder), shlex.quote(example)
    lines = [
        f"The run is in {folder}.",
        f"  python -m experiments.predict --run={run} --text={text}",
        f"  in Python: seqjax.load({folder!r}).predict([{example!r}])",
    ]
    if best.record["config"]["attention"] != "none":
        lines.insert(2, f"  python -m experiments.attention --run={run} --text={text}")
    return "\n".join(lines)
