"""A file is there as a whole or not at all."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from seqjax.basics.whole_file import check_place, whole_file
from seqjax.data import Vocabulary
from seqjax.data.formats.music import write_pieces
from seqjax.data.formats.sound import write_wav
from seqjax.data.formats.vector_counts import write_counts
from seqjax.data.formats.vector_numpy import write_numpy
from seqjax.data.formats.vector_readers import Vectors
from seqjax.data.formats.vector_writers import write_vectors
from seqjax.vectors.evaluation.report import write_json

WORDS = ("a", "b")
MATRIX = np.eye(2, 9, dtype=np.float32)
WRITERS = {
    "vectors.txt": lambda path: write_vectors(path, Vectors(WORDS, MATRIX)),
    "vectors.txt.gz": lambda path: write_vectors(path, Vectors(WORDS, MATRIX)),
    "vectors.npz": lambda path: write_numpy(path, WORDS, MATRIX),
    "counts.txt": lambda path: write_counts(path, WORDS, np.array([2, 1])),
    "vocabulary.json": lambda path: Vocabulary(WORDS).save(path),
    "report.json": lambda path: write_json(path, {"a": 1.0}),
    "pieces.json": lambda path: write_pieces(path, [np.eye(2, 88, dtype=bool)]),
    "sound.wav": lambda path: write_wav(path, np.zeros(9)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_that_is_stopped_leaves_the_old_file(name, tmp_path, monkeypatch) -> None:
    """Stopped at its last moment, when all is written but the name."""
    path = tmp_path / name
    path.write_text("old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", stop)
        WRITERS[name](path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == [name]
    WRITERS[name](path)
    assert path.read_bytes() != b"old"


def test_a_kill_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    program = (
        "import os, signal, sys; from seqjax.basics.whole_file import whole_file\n"
        "with whole_file(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('ne'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_no_other_file_is_touched(tmp_path) -> None:
    """Not even one that is called like the temporary one of somebody else; names may be long."""
    path = tmp_path / ("x" * 255)
    with whole_file(path) as one, whole_file(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    nowhere = tmp_path / "no folder" / "file"
    with pytest.raises(FileNotFoundError) as raised, whole_file(nowhere):
        pass
    assert raised.value.filename == str(nowhere)


def test_permissions_and_links_stay(tmp_path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with whole_file(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


def test_what_is_no_file_is_written_to() -> None:
    program = (
        "from seqjax.basics.whole_file import whole_file\n"
        "with whole_file('/dev/stdout') as path: path.write_text('new')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"new"


def test_equal_vectors_make_equal_compressed_files(tmp_path) -> None:
    """The name inside is that of the file, not the one it was written under."""
    path = tmp_path / "vectors.txt.gz"
    WRITERS[path.name](path)
    content = path.read_bytes()
    assert b"vectors.txt\0" in content
    assert gzip.decompress(content).splitlines()[0] == b"2 9"


def test_places_that_cannot_be_written_to(tmp_path) -> None:
    check_place("out", "")
    check_place("out", str(tmp_path / "new"))
    with pytest.raises(ValueError, match=f"out: got {tmp_path}, which is a folder"):
        check_place("out", str(tmp_path))
    with pytest.raises(ValueError, match=f"out: got {tmp_path}/a/b, but there is no folder"):
        check_place("out", str(tmp_path / "a" / "b"))
