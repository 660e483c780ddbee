"""Recurrent networks and word vectors as pure JAX functions.

    cell = seqjax.cells.lstm(200)                                    # a recurrence
    params = cell.init(key, 100)                                     # its weights, a dict of arrays
    carry, hs = seqjax.drivers.hoisted(cell, params, xs, lengths)    # walked over xs [T, B, 100]

``cells`` are recurrences, ``drivers`` walk them over time, ``layers`` stack and dress them.
``seqjax.interop`` exchanges weights with other libraries; import it by its name, it is not loaded
here.
"""

from seqjax import cells, drivers, layers

__version__ = "0.1.0"

__all__ = ["__version__", "cells", "drivers", "layers"]
