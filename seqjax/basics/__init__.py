"""What everything else stands on: records, gates, products, masks, initial weights, checks."""

__all__ = [
    "cell",
    "cell_parameters",
    "checks",
    "console",
    "gate_passes",
    "gates",
    "indexing",
    "initial_draws",
    "initializers",
    "masks",
    "memory",
    "optional",
    "options",
    "parameters",
    "products",
    "states",
    "trees",
    "types",
    "unicode_form",
    "whole_file",
]
