"""What everything else stands on: records, gates, products, masks, initial weights, checks."""

__all__ = [
    "cell",
    "checks",
    "gate_passes",
    "gates",
    "initializers",
    "masks",
    "memory",
    "optional",
    "options",
    "products",
    "trees",
    "types",
]
