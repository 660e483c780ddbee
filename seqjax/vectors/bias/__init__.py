"""Bias in word vectors: measured, removed, and measured again."""
