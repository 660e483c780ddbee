"""Objectives that train word vectors, and what they are made of."""
