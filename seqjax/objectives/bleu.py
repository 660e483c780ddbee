"""How near translations are to those of people: BLEU (Papineni et al. 2002), by sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqjax.basics import checks
from seqjax.basics.unicode_form import composed

TOKENIZE = ("13a", "intl", "zh", "char", "none")
"""Of sacrebleu's ways to cut text those that need neither another package nor a download."""


class Bleu(NamedTuple):
    """A figure, and all that it depends on."""

    score: float
    """0 to 100, over all texts at once"""
    signature: str
    """sacrebleu's: how texts were cut and counted (Post 2018)"""

    def __str__(self) -> str:
        return f"BLEU {self.score:.1f} ({self.signature})"


def bleu(
    written: Sequence[str], right: Sequence[str], *, tokenize: str = "13a", lower: bool = False
) -> Bleu:
    """BLEU of a corpus with one reference each: n-grams of 1 to 4 words and a brevity penalty.

    Both sides are counted in the composed form of Unicode (NFC), whatever form each has.

    Args:
      written: what a model wrote, as plain text for "13a", with blanks between words for "none".
      right: what a person wrote.
      tokenize: how sacrebleu cuts both into words, one of ``TOKENIZE``.
      lower: count without regard to capital letters.

    Raises:
      ValueError: for unequal numbers of texts, or none, or an unknown ``tokenize``.
      ImportError: without sacrebleu; names the extra that brings it.

    >>> round(bleu(["the cat sat on a mat"], ["the cat sat on the mat"]).score, 1)
    53.7
    """
    if len(written) != len(right) or not written:
        raise ValueError(f"written: got {len(written)} texts, want {len(right)}, one or more")
    checks.lookup("tokenize", dict.fromkeys(TOKENIZE), tokenize)
    try:
        from sacrebleu.metrics import BLEU
    except ModuleNotFoundError as error:
        raise ImportError(
            "sacrebleu is not installed; pip install 'seqjax[translation]'"
        ) from error
    # force: texts that are cut already are what "none" is for.
    metric = BLEU(tokenize=tokenize, lowercase=lower, force=True)
    result = metric.corpus_score(list(map(composed, written)), [list(map(composed, right))])
    return Bleu(result.score, str(metric.get_signature()))
