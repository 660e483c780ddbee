"""Word vectors of a file as the beginning of an embedding: settings, rows, rates, words."""

from __future__ import annotations

from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.pretrained.transfer import Transfer, read_transfer

__all__ = ["PretrainedConfig", "Transfer", "read_transfer"]
