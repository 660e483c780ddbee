"""From the settings that name pairs of texts to their parts, vocabularies and batches."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqjax.data import BOS, EOS, UNK, Vocabulary
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats import pairs as formats
from seqjax.data.formats.pairs import Pair
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.part_files import PARTS, cut_parts
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.pretrained.transfer import read_transfer
from seqjax.tasks.settings import as_json, of_record
from seqjax.tasks.task import DataSet, Part, Vocabularies
from seqjax.tasks.translation.config import TranslationData, TranslationRun, columns, layout
from seqjax.tasks.translation.encode import TokenizedPair, encoded, tokenized
from seqjax.training.config import Optimization

LONGER = 10
"""Tokens that a translation may have above the longest target of training."""


def read(
    run: TranslationRun,
    config: TranslationData,
    model: EncoderDecoderConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> DataSet:
    """Reads, cuts and encodes the pairs; both vocabularies are those of the training part.

    Raises:
      ValueError: for what cannot be read; it names the setting, or the file and line.
    """
    raw, name = _pairs(config, run.seed)
    pairs = {part: tokenized(config, raw[part]) for part in PARTS if part in raw}
    pairs["train"] = _without_long(config, pairs["train"])
    counts = Counter(token for pair in pairs["train"] for token in pair.source_tokens)
    target_counts = Counter(token for pair in pairs["train"] for token in pair.target_tokens)
    target = _vocabulary(config, target_counts, (UNK, EOS, BOS))
    source = _vocabulary(config, counts, (UNK, EOS))
    transfer = read_transfer(vectors, source, counts, seed=run.seed)
    vocabularies = {"source": transfer.vocabulary, "target": target}
    data = {
        "name": name,
        "sha256": {part: _digest(members) for part, members in pairs.items()},
        # Room for what is longer than anything seen, but an end to what never ends.
        "limit": LONGER + max(len(pair.target_tokens) for pair in pairs["train"]),
        **transfer.data,
    }
    record = {"config": as_json(config, model), "data": data}
    parts = {part: encoded(record, vocabularies, members) for part, members in pairs.items()}
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=int(parts["train"].source.lengths[:, 1].sum()),
        unit="tokens",
        about="\n".join([_about(name, config, parts, vocabularies), *transfer.about]),
        pretrained=transfer,
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """Pairs of files, as a part for a trained model.

    Of a run on aligned files they are a file of sources, its translations, and so on in turn; else
    tables with tabs between their columns.

    Raises:
      ValueError: for files that cannot be read, or aligned ones whose names end otherwise than in
        training.
    """
    config = of_record(TranslationData, loaded.record)
    endings = [config.source, config.target]
    if all(not ending or ending.isdecimal() for ending in endings):
        tables = (formats.tabbed(file, *columns(config), config.encoding) for file in files)
        pairs = list(itertools.chain(*tables))
    else:
        if len(files) % 2:
            raise ValueError(
                f"files: got {len(files)}, want {' and '.join(endings)} of each in turn"
            )
        for file, ending in zip(files, itertools.cycle(endings), strict=False):
            if not file.removesuffix(".gz").endswith(f".{ending}"):
                raise ValueError(f"files: got {file}, want one in its place that ends in .{ending}")
        aligned_files = zip(files[::2], files[1::2], strict=True)
        pairs = [pair for both in aligned_files for pair in formats.aligned(*both, config.encoding)]
    return encoded(loaded.record, loaded.vocabularies, tokenized(config, pairs))


def _about(
    name: str, config: TranslationData, parts: Mapping[str, Part], vocabularies: Vocabularies
) -> str:
    """How much there is."""
    counts = ", ".join(f"{part} {len(members):,}" for part, (_, members) in parts.items())
    source, target = len(vocabularies["source"]), len(vocabularies["target"])
    return (
        f"{name}: pairs: {counts}; {config.tokenizer}, {source:,} of the source and {target:,} of"
        f" the target; {parts['train'].source.padding:.0%} padding"
    )


def _pairs(config: TranslationData, seed: int) -> tuple[dict[str, list[Pair]], str]:
    """The pairs of each part, and what the data is called."""
    path, kind = Path(config.data), layout(config)
    if kind == "name":
        return dataset("translation", config.data).load(), config.data
    if kind == "folder":
        files = formats.folder(path, config.source, config.target, test=config.test_name)
        parts = {part: formats.aligned(*both, config.encoding) for part, both in files.items()}
        return parts, path.name
    pairs = formats.tabbed(path, *columns(config), config.encoding)
    # No source is in two parts, whatever its translations.
    sources = [pair.source for pair in pairs]
    shares = {"test": config.test, "valid": config.valid}
    return cut_parts({"train": pairs}, shares, keys=sources, seed=seed, what="pairs"), path.name


def _without_long(config: TranslationData, pairs: list[TokenizedPair]) -> list[TokenizedPair]:
    """The training part without what is too long."""
    if not config.longest:
        return pairs
    short = [
        p for p in pairs if max(map(len, (p.source_tokens, p.target_tokens))) <= config.longest
    ]
    if not short:
        raise ValueError(f"longest: got {config.longest}, but all training pairs are longer")
    return short


def _vocabulary(
    config: TranslationData, counts: Counter[str], specials: Sequence[str]
) -> Vocabulary:
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=specials)


def _digest(pairs: Sequence[TokenizedPair]) -> str:
    text = "\n".join(f"{pair.source}\t{pair.target}" for pair in pairs)
    return hashlib.sha256(text.encode()).hexdigest()
