"""Launches: one absl program a file, run as ``python -m experiments.NAME``."""
