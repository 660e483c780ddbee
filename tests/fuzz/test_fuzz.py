"""What was found stays mended; and, with ``pytest -m fuzz``, all readers are tried anew."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.contract import Reader, broken
from tests.fuzz.found import FOUND
from tests.fuzz.property_based import file_of
from tests.fuzz.readers import READERS


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name, tmp_path):
    for data in FOUND[name]:
        assert broken(READERS[name], data, tmp_path) is None


@pytest.mark.parametrize("name", READERS)
def test_good_files_and_a_few_others(name, tmp_path):
    reader, random = READERS[name], Random(0)
    for seed in reader.seeds:
        assert broken(reader, seed, tmp_path) is None
        reader.read(tmp_path / f"{reader.stem}{reader.suffix}")
    for _ in range(8):
        data = file_of(reader, random.randbytes(random.randrange(60)))
        assert broken(reader, data, tmp_path) is None


def _hungry(path):
    return bytes(1 << 22)


def _unnamed(path):
    raise ValueError("something is wrong")


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (_hungry, "took 4,194,"),
        (_unnamed, "ValueError at test_fuzz.py"),
        (lambda path: {}[str(path)], "KeyError at test_fuzz.py"),
        (lambda path: path.read_text("utf-8"), "UnicodeDecodeError at "),
    ],
)
def test_the_contract_sees_what_breaks_it(read, message, tmp_path):
    fault = broken(Reader(read, (b"",), (b"",)), b"\xff", tmp_path)
    assert fault is not None
    assert fault.message.startswith(message)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", READERS)
def test_any_input_is_answered(name):
    pytest.importorskip("atheris")
    (tried,) = campaign([name], 10_000)
    assert (tried.by_pieces, tried.by_coverage) >= (9_000, 10_000)  # few files are all there are
    assert not tried.faults, tried.faults
