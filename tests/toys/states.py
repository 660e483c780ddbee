"""Final states of other libraries, in the order of ours."""

from seqjax.basics.types import Carry
from seqjax.interop.gates import Convention


def swap_carry(row: Convention, carry: Carry) -> Carry:
    """Their state as ours: exchanges (c, h) and (h, c) where they differ."""
    return (carry[1], carry[0]) if row.carry == "ch" else carry
