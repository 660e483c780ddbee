"""Whole models, from ids to probabilities."""
