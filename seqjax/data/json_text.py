"""JSON that somebody else wrote: whatever is wrong with it is one error that says where."""

from __future__ import annotations

import json
import re
from typing import Any

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape for half of a character: two of them make one, alone it is no text."""


def parse(text: str, where: str) -> Any:
    """What JSON says.

    Raises:
      ValueError: says ``where``, and what is wrong: no JSON, lists in lists by the thousand, half a
        character, numbers of thousands of digits.

    >>> parse('{"a": [1, 2]', "example")
    Traceback (most recent call last):
        ...
    ValueError: example: got no JSON (Expecting ',' delimiter: line 1 column 13 (char 12))
    """
    try:
        content = json.loads(text)
        if SURROGATE.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])
        raise ValueError(f"{where}: got {half}, half a character, want text") from None
    except ValueError as error:
        raise ValueError(f"{where}: got no JSON ({error})") from None
    except RecursionError:
        raise ValueError(f"{where}: got lists or objects that are nested too deep") from None
    return content
