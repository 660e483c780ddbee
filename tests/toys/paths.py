"""Where things are: the checkout, and the real data sets beside it if there are any."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
"""Tests that read it are skipped where it is missing."""
