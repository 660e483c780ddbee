"""Tokens and their ids."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqjax.basics.whole_file import whole_file

PAD = "<pad>"
UNK = "<unk>"
BOS = "<bos>"
EOS = "<eos>"
NOTHING = -1
"""The id of no token: a model sees the zero vector."""


@dataclass(frozen=True, repr=False)
class Vocabulary:
    """Distinct tokens; the id of a token is its position.

    ``vocabulary.unk`` and so on is the id of a special token, None if it is not in the vocabulary.

    Raises:
      ValueError: for no tokens, a token twice, or one that is no str.

    >>> vocabulary = Vocabulary((UNK, "a", "b"))
    >>> len(vocabulary), "a" in vocabulary, vocabulary.unk, vocabulary.eos
    (3, True, 0, None)
    """

    tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        odd = next((token for token in self.tokens if not isinstance(token, str)), None)
        if odd is not None:
            raise ValueError(f"tokens: got {odd!r}, want str")
        if not self.tokens:
            raise ValueError("tokens: got none, want 1 or more")
        if len(self._ids) < len(self.tokens):
            token, count = Counter(self.tokens).most_common(1)[0]
            raise ValueError(f"tokens: got {token!r} {count} times, want each token once")

    @classmethod
    def build(
        cls,
        tokens: Iterable[str] | Counter[str],
        *,
        size: int | None = None,
        minimum: int = 1,
        specials: Sequence[str] = (),
    ) -> Vocabulary:
        """The specials, then the tokens by falling count; equal counts in the order of str.

        A special that occurs among the tokens stays where the specials are.

        Args:
          tokens: the text, or its tokens already counted.
          size: how many entries at most, the specials included.
          minimum: how often a token must occur; specials need not.
          specials: in this order.

        Raises:
          ValueError: size leaves no room for the specials, minimum is below 1, or nothing is left.

        >>> Vocabulary.build("b a b c b a".split(), minimum=2, specials=[UNK]).tokens
        ('<unk>', 'b', 'a')
        """
        if minimum < 1:
            raise ValueError(f"minimum: got {minimum}, want 1 or more")
        if size is not None and size < max(1, len(specials)):
            raise ValueError(
                f"size: got {size}, want {max(1, len(specials))} or more, for specials"
            )
        counts = tokens if isinstance(tokens, Counter) else Counter(tokens)
        first = set(specials)
        rest = [t for t, count in counts.items() if count >= minimum and t not in first]
        rest.sort(key=lambda token: (-counts[token], token))
        return cls((*specials, *rest)[:size])

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: position for position, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.tokens[:3]))
        return f"Vocabulary({len(self):,} tokens: {first}{', ...' if len(self) > 3 else ''})"

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    @property
    def pad(self) -> int | None:
        """The id of PAD, None if it is not in the vocabulary."""
        return self._ids.get(PAD)

    @property
    def unk(self) -> int | None:
        """The id of UNK, None if it is not in the vocabulary."""
        return self._ids.get(UNK)

    @property
    def bos(self) -> int | None:
        """The id of BOS, None if it is not in the vocabulary."""
        return self._ids.get(BOS)

    @property
    def eos(self) -> int | None:
        """The id of EOS, None if it is not in the vocabulary."""
        return self._ids.get(EOS)

    def encode(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """int32 [N]. A token that is not in the vocabulary is UNK.

        Raises:
          ValueError: the vocabulary has no UNK; names the first unknown token and its position.

        >>> Vocabulary((UNK, "a", "b")).encode(["b", "a", "z"])
        array([2, 1, 0], dtype=int32)
        """
        tokens = tokens if isinstance(tokens, Sequence) else list(tokens)
        unknown = -1 if self.unk is None else self.unk
        # All in C: two million tokens take a fraction of a second.
        ids = np.fromiter(map(self._ids.get, tokens, repeat(unknown)), np.int32, len(tokens))
        if self.unk is None and (wrong := np.flatnonzero(ids < 0)).size:
            raise ValueError(
                f"tokens: got {tokens[wrong[0]]!r} at position {wrong[0]}, which is not among the"
                f" {len(self)} of the vocabulary, and there is no {UNK} to stand for it"
            )
        return ids

    def decode(self, ids: ArrayLike) -> list[str]:
        """The tokens of ids [N].

        Raises:
          ValueError: an id outside [0, V).

        >>> Vocabulary((UNK, "a", "b")).decode([2, 1])
        ['b', 'a']
        """
        return [self.tokens[i] for i in self._checked(ids, 0).ravel()]

    def one_hot(self, ids: ArrayLike) -> NDArray[np.float32]:
        """float32 [..., V] of ids [...]: 1 at the id; NOTHING gives the zero vector.

        Raises:
          ValueError: an id outside [-1, V).

        >>> Vocabulary(("a", "b", "c")).one_hot([2, NOTHING]).tolist()
        [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
        """
        known = self._checked(ids, NOTHING)[..., None]
        matches: NDArray[np.bool_] = known == np.arange(len(self))
        return matches.astype(np.float32)

    def _checked(self, ids: ArrayLike, lowest: int) -> NDArray[np.integer]:
        checked: NDArray[np.integer] = np.asarray(ids, None if np.size(ids) else np.int32)
        if not np.issubdtype(checked.dtype, np.integer):
            raise ValueError(f"ids: got {checked.dtype}, want integers")
        if (wrong := checked[(checked < lowest) | (checked >= len(self))]).size:
            raise ValueError(f"ids: got {wrong[0]}, want ids in [{lowest}, {len(self)})")
        return checked

    def save(self, path: str | Path) -> None:
        """Writes JSON, one token a line; every str comes back from ``load`` as it was."""
        content = json.dumps({"tokens": self.tokens}, ensure_ascii=False, indent=0)
        # Escapes would join two surrogates to one character when read; as bytes they stay apart.
        with whole_file(path) as temporary:
            temporary.write_bytes(content.encode("utf-8", "surrogatepass"))

    @classmethod
    def load(cls, path: str | Path) -> Vocabulary:
        """What ``save`` wrote.

        Raises:
          ValueError: names the file if it cannot be read or holds no vocabulary.
        """
        try:
            content = json.loads(Path(path).read_bytes().decode("utf-8", "surrogatepass"))
            tokens = content["tokens"]
            if not isinstance(tokens, list):
                raise ValueError(f"tokens: got {type(tokens).__name__}, want a list")
            return cls(tuple(tokens))
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"vocabulary {path}: got a file without one ({error!r})") from error
