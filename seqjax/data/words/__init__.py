"""Corpora of word vectors: words and n-grams as numbers, counts, phrases, pieces to train on."""
