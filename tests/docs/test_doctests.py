"""Examples in docstrings become code on the site."""

from __future__ import annotations

import pytest

pytest.importorskip("griffe", reason="griffe comes with mkdocstrings")


def test_a_paragraph_of_examples_is_put_into_a_fence(hook) -> None:
    text = "Words.\n\n>>> f(1)\n2\n>>> f(2)\n3\n\nMore words: a >>> b.\n"
    assert hook("doctests").fenced(text) == (
        "Words.\n\n```pycon\n>>> f(1)\n2\n>>> f(2)\n3\n```\n\nMore words: a >>> b.\n"
    )


def test_as_deep_as_the_example(hook) -> None:
    fenced = hook("doctests").fenced("Returns:\n  A number.\n\n  >>> f(1)\n  2\n")
    assert fenced.endswith("\n  ```pycon\n  >>> f(1)\n  2\n  ```\n")
