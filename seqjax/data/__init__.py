"""From text to the arrays that a step of training takes. NumPy alone; nothing here knows a model.

A text becomes tokens (``tokenizers``), tokens become ids (``vocabulary``), ids become a source of
items (``windows``, ``sentences``), and ``stream`` hands these out.
"""

from seqjax.data.sentences import Sentences, sentences
from seqjax.data.streams import Source, stream
from seqjax.data.text import Splits, cut, lines, one_line, read, splits
from seqjax.data.tokenizers import TOKENIZERS, Tokenizer, tokenizer
from seqjax.data.vocabulary import BOS, EOS, NOTHING, PAD, UNK, Vocabulary
from seqjax.data.windows import Random, Windows, windows

__all__ = [
    "BOS",
    "EOS",
    "NOTHING",
    "PAD",
    "TOKENIZERS",
    "UNK",
    "Random",
    "Sentences",
    "Source",
    "Splits",
    "Tokenizer",
    "Vocabulary",
    "Windows",
    "cut",
    "lines",
    "one_line",
    "read",
    "sentences",
    "splits",
    "stream",
    "tokenizer",
    "windows",
]
