"""Bias in word vectors: measured, removed, and measured again."""

__all__ = [
    "audit",
    "audit_lists",
    "before_after",
    "biased_analogies",
    "debias",
    "direction",
    "linear",
    "measures",
    "null_space",
    "probes",
    "removal",
    "report",
    "residual_bias",
    "soft_debias",
    "weat",
    "word_list_files",
    "word_lists",
]
