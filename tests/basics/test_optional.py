"""A library that is missing is named, with the extra that brings it."""

from __future__ import annotations

import pytest

from seqjax.basics.optional import optional_module


@pytest.mark.parametrize("extra", ["interop", "plots"])
def test_a_missing_library_names_the_extra(extra: str) -> None:
    with pytest.raises(ImportError, match=rf"no_such is not installed.*'seqjax\[{extra}\]'"):
        optional_module("no_such", extra)
