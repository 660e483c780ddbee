"""The code of the READMEs runs as it stands, top to bottom, and what they name is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import launches
import pytest
from paths import ROOT

from seqjax.data.builtin import motifs

README, KOREAN = ROOT / "README.md", ROOT / "README.ko.md"
BLOCKS = {README: 6, KOREAN: 5, ROOT / "experiments" / "README.md": 3}
"""How many blocks of Python there are at least."""
FENCED = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^(?:    .*)?\n)+", re.MULTILINE)


def python_blocks(text: str) -> list[str]:
    """Fenced blocks, and indented ones that are Python and do something, in their order."""
    found = [(match.start(), match.group(1)) for match in FENCED.finditer(text)]
    for match in INDENTED.finditer(FENCED.sub(lambda m: "#" * len(m.group()), text)):
        code = "\n".join(line[4:] for line in match.group().splitlines()).strip("\n") + "\n"
        if re.search(r"^(import|from) |^\w[\w, ]* = ", code, re.MULTILINE):
            ast.parse(code)  # or else it is not to look like Python
            found.append((match.start(), code))
    return [code for _, code in sorted(found)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The working folder, with the runs and files that they speak of; of the motifs those of one
    length. The run of motifs stays, as with a reader of both languages: the same call loads it."""
    parts = motifs.motif_parts()
    few = {part: [row for row in rows if len(row.text) == 60] for part, rows in parts.items()}
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        patch.setattr(motifs, "motif_parts", lambda: few)
        patch.chdir(tmp_path_factory.mktemp("reader"))
        prepare(Path.cwd())
        yield


@pytest.mark.parametrize("path", BLOCKS, ids=["top", "korean", "guide"])
@pytest.mark.usefixtures("folder")
def test_the_code_blocks_run_in_order(path: Path) -> None:
    blocks = python_blocks(path.read_text(encoding="utf-8"))
    assert len(blocks) >= BLOCKS[path]
    names: dict = {}
    if path != KOREAN:  # which says it
        exec("import seqjax", names)
    for block in blocks:
        exec(compile(block, path.name, "exec"), names)
    if path == README:
        assert names["hs"].shape[1] == 8
        assert names["logits"].shape == (1, 100)
    if path == KOREAN:
        assert names["hs"].shape == (20, 8, 64)
        assert names["logits"].shape == (20, 8, 10)
    if path in (README, KOREAN):
        assert len(names["sentence"].tags) == 6


def prepare(folder: Path) -> None:
    """What a reader has by then: a run of word vectors, one of reviews, a file of vectors."""
    import seqjax

    (folder / "text.txt").write_text("a small cat and a small dog sat on the mat\n" * 99)
    seqjax.train(
        "word_vectors", data=folder / "text.txt", workdir=folder / "runs/mine", quiet=True,
        epochs=1, size=4, held_out=0.1, chunk=32, buckets=2000,
    )  # fmt: skip
    reviews = "".join(
        f"a {word} film\t{label}\n" for word, label in (("warm", 1), ("dull", 0)) * 20
    )
    (folder / "reviews.tsv").write_text(f"text\tlabel\n{reviews}")
    seqjax.train(
        "classification", data=folder / "reviews.tsv", workdir=folder / "runs/reviews", quiet=True,
        epochs=1, hidden=4, embedding=4,
    )  # fmt: skip
    (folder / "glove.6B.300d.txt").write_text("the 1 2 3\ncat 3 4 5\n")


def test_the_folders_it_names_exist() -> None:
    """Those of the tree, with the folders inside them."""
    text, above = README.read_text(), ""
    lines = re.findall(r"^(    (?:seqjax|experiments|tests)\S*/|      \w+/) ", text, re.MULTILINE)
    assert len(lines) > 20
    for line in lines:
        above = line.strip() if line[4] != " " else above
        folder = above if line[4] != " " else above + line.strip()
        assert (README.parent / folder).is_dir(), folder


def test_where_things_are() -> None:
    """Each question of the README has a file that exists, and holds what is asked for."""
    table = README.read_text().partition("| question | file |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.+?\?) \| `(\S+?)`(?:, `(\w+)`)? \|$", table, re.MULTILINE)
    assert len(rows) >= 10
    for question, file, name in rows:
        path = ROOT / file
        assert path.exists(), (question, file)
        if name:
            assert re.search(rf"(def|class) {name}\b|^{name}\b", path.read_text(), re.MULTILINE), (
                file
            )
