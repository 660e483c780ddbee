"""Tagged sentences of files, or of a data set by name: which are for which part."""

from __future__ import annotations

from pathlib import Path

from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats.conll import Tagged, conll
from seqjax.data.formats.conllu import conllu
from seqjax.tasks.part_files import PARTS, cut_parts, files_by_part
from seqjax.tasks.tagging.config import TaggingData

Sentences = dict[str, list[Tagged]]
"""by part"""


def sentences_of(config: TaggingData, seed: int) -> tuple[Sentences, str]:
    """The sentences of each part, and what the data is called.

    Raises:
      ValueError: for what cannot be read, an unknown name of a data set, or a share beside a file
        for that part.
    """
    files = _files(config.data)
    if not files:
        return dataset("tagging", config.data).load(), config.data
    parts = {part: read_sentences(config, path) for part, path in files.items()}
    for part in ("valid", "test"):
        if part in files and getattr(config, part) != getattr(TaggingData(), part):
            raise ValueError(f"{part}: got {getattr(config, part)}, but {files[part]} is that part")
    shares = {"test": config.test, "valid": config.valid}
    return cut_parts(parts, shares, seed=seed, what="sentences"), files["train"].name


def _files(data: str) -> dict[str, Path]:
    """The file of each part that has one; none for the name of a data set."""
    path = Path(data)
    if "," in data:
        paths = [Path(each) for each in data.split(",")]
        if len(paths) > len(PARTS):
            raise ValueError(f"data: got {len(paths)} files, want those of {', '.join(PARTS)}")
        return dict(zip(PARTS, paths, strict=False))
    if "*" in data or (path.is_dir() and data not in DATASETS):
        return files_by_part(data)
    return {"train": path} if path.is_file() else {}


def read_sentences(config: TaggingData, path: Path) -> list[Tagged]:
    """The sentences of a file, their tags from the columns that the settings name.

    Raises:
      ValueError: for a file that cannot be read, or settings that its layout does not have.
    """
    layout = config.layout or ("conllu" if ".conllu" in path.name.lower() else "conll")
    if layout == "conllu":
        if config.comments:
            raise ValueError(f"comments: got {config.comments!r}, but those of conllu begin with #")
        return conllu(
            path,
            words=config.word_column or "FORM",
            tags=config.tag_column or "UPOS",
            encoding=config.encoding,
        )
    word, tag = _number("word_column", config.word_column or "1"), config.tag_column or "-1"
    return conll(
        path,
        words=word,
        tags=_number("tag_column", tag),
        comments=config.comments,
        encoding=config.encoding,
    )


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{name}: got {value!r}, want the number of a column of conll") from None
