"""Corpora of word vectors: words and n-grams as numbers, counts, phrases, pieces to train on."""

__all__ = [
    "character_ngrams",
    "cooccurrence",
    "corpus",
    "corpus_pieces",
    "entries",
    "phrases",
    "subsampling",
    "text_pieces",
    "word_numbers",
]
