"""Lines of Python's standard library as sentences, each token tagged by its role."""

from __future__ import annotations

import ast
import importlib.util
import io
import keyword
import tokenize
from collections.abc import Iterator
from pathlib import Path

from seqjax.data.formats.conll import Tagged

MODULES = {
    "train": (
        "argparse bdb cmd code codecs collections configparser contextlib copy csv dataclasses"
        " difflib dis filecmp functools gettext glob gzip heapq hmac inspect locale optparse pdb"
        " plistlib pprint profile queue random reprlib sched selectors shelve shlex shutil string"
        " tempfile textwrap timeit trace uuid weakref"
    ),
    "valid": "bisect colorsys ftplib imaplib linecache mimetypes statistics wave",
    "test": "base64 compileall fileinput graphlib subprocess symtable typing zipimport",
}
"""Those that this Python does not have are left out."""
LONGEST = 40
"""Tokens of a line; longer lines, mostly tables, are left out."""
SHOWN = 16
"""Characters of a string or a comment that are kept."""
LAYOUT = {tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENDMARKER}

Position = tuple[int, int]
"""Line, from 1, and column of a token's first character."""


def python_tokens() -> dict[str, list[Tagged]]:
    """Logical lines of modules of the standard library, by part: train, valid, test.

        self  .         walk      (         xs        ,         key       =         len  )
        name  operator  method    operator  name      operator  keyword-  operator  ...
                                                                argument

    Roles tell what the same word does here: names that are read (name), set (target), called (call,
    method), defined (function, class), taken (parameter, argument) or imported (module), and
    attributes; beside them keywords, operators, numbers, strings and comments. Each line occurs
    once in all parts. Left out are files that are not ASCII, lines of one token or many, and lines
    with f-strings, whose tokens differ between versions of Python. All else is the same for one
    version and differs a little between them.

    Raises:
      ValueError: this Python came without the source of its library.
    """
    seen: set[Tagged] = set()
    parts: dict[str, list[Tagged]] = {part: [] for part in MODULES}
    # A line that several parts have belongs to the one that is held out.
    for part in ("test", "valid", "train"):
        for name in MODULES[part].split():
            for line in _lines(_source(name)):
                if line not in seen and 2 <= len(line.words) <= LONGEST:
                    seen.add(line)
                    parts[part].append(line)
    empty = [part for part, lines in parts.items() if not lines]
    if empty:
        raise ValueError(
            "python: this Python came without the source of its library; want a full installation,"
            " or files of your own"
        )
    return parts


def _source(module: str) -> str:
    """The text of a module, nothing if it is not there or not ASCII."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return ""
    text = Path(spec.origin).read_bytes()
    return text.decode("ascii") if text.isascii() else ""


def _lines(source: str) -> Iterator[Tagged]:
    """The logical lines of a module."""
    roles, usable = _roles(ast.parse(source)), True
    pairs: list[tuple[str, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE:
            if usable and pairs:
                yield Tagged(*zip(*pairs, strict=True))
            pairs, usable = [], True
        elif token.type not in LAYOUT:
            usable &= not _formatted(token)
            pairs.append((_word(token), _role(token, roles)))


def _formatted(token: tokenize.TokenInfo) -> bool:
    """Whether it is an f-string, or from Python 3.12 on a part of one."""
    if token.type != tokenize.STRING:
        return tokenize.tok_name[token.type].startswith(("FSTRING", "TSTRING"))
    return "f" in token.string[: token.string.index(token.string[-1])].lower()


def _word(token: tokenize.TokenInfo) -> str:
    if token.type in (tokenize.STRING, tokenize.COMMENT):
        return "_".join(token.string.split())[:SHOWN]
    return token.string


def _role(token: tokenize.TokenInfo, roles: dict[Position, str]) -> str:
    fixed = {tokenize.NUMBER: "number", tokenize.OP: "operator", tokenize.COMMENT: "comment"}
    if token.type in fixed:
        return fixed[token.type]
    if token.type == tokenize.STRING:
        return "string"
    if keyword.iskeyword(token.string):
        return "keyword"
    return roles.get(token.start, "name")


def _roles(tree: ast.Module) -> dict[Position, str]:
    """Where a name has a role that the tree knows."""
    roles: dict[Position, str] = {}
    for node in ast.walk(tree):
        roles.update(_node_roles(node))
    # What is called was seen as a plain name or attribute, too.
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            roles[node.func.lineno, node.func.col_offset] = "call"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            roles[_last_name(node.func)] = "method"
    return roles


def _node_roles(node: ast.AST) -> Iterator[tuple[Position, str]]:
    """The roles that a node tells of."""
    if isinstance(node, ast.Name):
        yield (node.lineno, node.col_offset), "name" if isinstance(node.ctx, ast.Load) else "target"
    elif isinstance(node, ast.Attribute):
        yield _last_name(node), "attribute"
    elif isinstance(node, ast.arg):
        yield (node.lineno, node.col_offset), "parameter"
    elif isinstance(node, ast.keyword) and node.arg:
        yield (node.lineno, node.col_offset), "argument"
    elif isinstance(node, ast.FunctionDef):
        yield (node.lineno, node.col_offset + len("def ")), "function"
    elif isinstance(node, ast.AsyncFunctionDef):
        yield (node.lineno, node.col_offset + len("async def ")), "function"
    elif isinstance(node, ast.ClassDef):
        yield (node.lineno, node.col_offset + len("class ")), "class"
    elif isinstance(node, ast.ImportFrom):
        yield (node.lineno, node.col_offset + len("from ") + node.level), "module"
    elif isinstance(node, ast.alias):
        yield (node.lineno, node.col_offset), "module"


def _last_name(node: ast.Attribute) -> Position:
    """Where the last name of a.b.c begins: it is the end of the node."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset - len(node.attr)
