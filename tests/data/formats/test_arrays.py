"""Arrays that claim more than they are, hold objects, or are packed to fill the memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from seqjax.data.formats import features
from seqjax.data.formats.arrays import open_archive, read_array
from seqjax.data.formats.numeric import read_series


def saved(array, **arguments):
    file = io.BytesIO()
    np.save(file, array, **arguments)
    return file.getvalue()


def claiming(shape):
    """An .npy file of a few bytes whose header has that shape."""
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(16)


def zipped(path, content, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("x.npy", content)
    return path


WRONG = {
    "huge": claiming((10**11,)),
    "longer than it is": claiming((3,)),
    "negative": claiming((-1,)),
    "objects": saved(np.array([{}], object), allow_pickle=True),
    "nothing": b"",
    "no array": b"no array at all",
    "cut off": saved(np.arange(9.0))[:-1],
    "no header": b"\x93NUMPY\x01\x00\x09\x00{'descr':",
    "a deep header": b"\x93NUMPY\x01\x00\x00\x04" + b"(" * 1024,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_array_takes_no_memory_and_is_named(name, tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(WRONG[name])
    archive = zipped(tmp_path / "a.npz", WRONG[name])
    tracemalloc.start()
    for read, file in [(read_array, path), (features.array, path), (read_series, path)]:
        with pytest.raises(ValueError, match=r"a\.npy: got no array that can be read \("):
            read(file)
    with pytest.raises(ValueError, match=r"a\.npz, x: got no array that can be read \("):
        open_archive(archive)[1]("x")
    with pytest.raises(ValueError, match=r"a\.npz, x: got no array that can be read \("):
        read_series(archive)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_archives(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK no archive")
    for read in (open_archive, features.archive, read_series):
        with pytest.raises(ValueError, match=r"a\.npz: got no array that can be read"):
            read(tmp_path / "a.npz")
    packed = zipped(tmp_path / "a.npz", saved(np.zeros(9)), zipfile.ZIP_BZIP2)
    with pytest.raises(ValueError, match=r"a\.npz, x: got an array packed in a way that NumPy"):
        open_archive(packed)[1]("x")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name in ("x.npy", "x"):
            archive.writestr(name, saved(np.zeros(2)))
    with pytest.raises(ValueError, match=r"a\.npz: got arrays of one name"):
        open_archive(tmp_path / "a.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_comes_back(save, tmp_path):
    arrays = {"x": np.arange(6.0).reshape(2, 3), "y.z": np.asfortranarray(np.ones((2, 3), "f4"))}
    save(tmp_path / "a.npz", **arrays)
    names, read = open_archive(tmp_path / "a.npz")
    assert names == ["x", "y.z"]
    for name in names:
        np.testing.assert_array_equal(read(name), arrays[name])
        assert read(name).dtype == arrays[name].dtype


def test_numbers_that_single_precision_does_not_hold(tmp_path):
    np.save(tmp_path / "a.npy", np.array([1.0, 1e300]))
    with pytest.raises(ValueError, match=r"a\.npy: got numbers that are complex, infinite or NaN"):
        features.array(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.array([1, 2], "m8[s]"))
    for read in (features.array, read_series):
        with pytest.raises(ValueError, match=r"a\.npy: got timedelta64\[s\], want numbers"):
            read(tmp_path / "a.npy")
