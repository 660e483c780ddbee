"""The batches of a corpus, as a language model is trained and evaluated on them."""

from __future__ import annotations

from experiments.corpus import Corpus, CorpusConfig
from seqjax.data import Random, Source, sentences, windows


def source(config: CorpusConfig, made: Corpus, part: str, *, seed: int = 0) -> Source:
    """The batches of a part; the training part in the order and size of training.

    Raises:
      ValueError: for a part that is too short for one window.
    """
    ids, end = made.ids[part], made.vocabulary.eos
    batch = config.batch if part == "train" else config.evaluation_batch
    if config.sentences:
        if not ids:
            raise ValueError(f"{part}: got no line with text in it, want some")
        return sentences(ids, batch, eos=end, first=made.first, limit=config.window)
    need, hint = 2, "a larger share or more text"
    if part == "train":
        need = batch * config.window + 1
        hint = f"a smaller --batch ({batch}) or --window ({config.window}), or more text"
    if len(ids) < need:
        raise ValueError(
            f"{part}: got {len(ids)} {made.tokenizer.unit}s, too short for one window of {need};"
            f" want {hint}"
        )
    if part != "train":
        # A short text has fewer rows, so that every split that holds two tokens can be evaluated.
        batch = min(batch, max(1, (len(ids) - 1) // config.window))
        return windows(ids, batch, config.window, overlap=config.overlap)
    random = Random(seed) if config.random_window else None
    return windows(ids, batch, config.window, random=random)


def predictions(config: CorpusConfig, made: Corpus, part: str) -> int:
    """How many tokens one pass over a part predicts."""
    if config.sentences:
        return sum(len(line) + 1 for line in made.ids[part])
    return len(made.ids[part]) - 1
