"""Corpora of word vectors: counts, subsampling, phrases, and the pieces an update takes."""
