"""From flags and files to the batches of a transcriber, and what is refused on the way."""

from __future__ import annotations

import launches
import numpy as np
import pytest
from feature_arrays import arrays

from seqjax.data.formats.features import statistics
from seqjax.tasks.transcription import TASK

SPLIT = ("--test=index<2", "--valid=index<4")


def read(data, *flags):
    return launches.data_set(TASK, f"--data={data}", *flags)


def said(data_set, part):
    return [transcript.labels for transcript in data_set.parts[part].records]


def examples(data_set, part):
    """Features of a part without normalisation."""
    data, source = data_set.data, data_set.parts[part].source
    return [
        e["features"] * np.array(data["deviation"]) + np.array(data["mean"])
        for e in source.examples
    ]


def test_statistics_and_labels_are_those_of_training(tmp_path):
    data_set = read(arrays(tmp_path / "a"), "--test=index<4", "--valid=index<8", "--output=label")
    raw = [np.load(p) for p in sorted((tmp_path / "a").glob("*.npy"), key=str)]
    names = [p.name for p in sorted((tmp_path / "a").glob("*.npy"), key=str)]
    index = [int(name.split("_")[-1].removesuffix(".npy")) for name in names]
    train = [x.astype(np.float32) for x, n in zip(raw, index, strict=True) if n >= 8]
    assert statistics(train)._asdict() == {k: data_set.data[k] for k in ("mean", "deviation")}
    for got, want in zip(examples(data_set, "train"), train, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-5)
    assert data_set.vocabularies["labels"].tokens == ("minus", "plus")
    assert data_set.data["kind"] == "arrays"
    assert data_set.data["width"] == 3
    of_training = [name for name, n in zip(names, index, strict=True) if n >= 8]
    assert [each.name for each in data_set.parts["train"].records] == of_training


def test_an_archive_and_a_manifest_are_the_same_data(tmp_path):
    folder = arrays(tmp_path / "a")
    paths = sorted(folder.glob("*.npy"))
    np.savez(tmp_path / "all.npz", **{p.stem: np.load(p) for p in paths})
    rows = [
        (f"a/{p.name}", label, "test" if int(n) < 2 else "dev" if int(n) < 4 else "train")
        for p in paths
        for label, _, n in [p.stem.split("_")]
    ]
    (tmp_path / "all.tsv").write_text("\n".join(map("\t".join, rows)))
    data = [
        read(folder, *SPLIT, "--output=label").data,
        read(tmp_path / "all.npz", *SPLIT, "--output=label").data,
        read(tmp_path / "all.tsv", "--output=label").data,
    ]
    for flag, name in (("--pattern={label}", "pattern"), ("--test=0.2", "test")):
        with pytest.raises(ValueError, match=f"{name}: got .* for a manifest"):
            read(tmp_path / "all.tsv", flag)
    assert data[0]["sha256"] == data[1]["sha256"] == data[2]["sha256"]
    assert len({tuple(each["mean"]) for each in data}) == 1


def test_transcripts_are_words_or_characters(tmp_path):
    folder = arrays(tmp_path / "a", 4)
    transcripts = ["go up", "up", "go", "up up"]
    names = sorted(p.name for p in folder.glob("*.npy"))
    lines = [
        f"{n}\t{s}\t{p}"
        for n, s, p in zip(names, transcripts, ["train", "train", "train", "dev"], strict=True)
    ]
    (folder / "all.tsv").write_text("\n".join(lines))
    words = read(folder / "all.tsv")
    assert words.vocabularies["labels"].tokens == ("go", "up")
    assert said(words, "train") == [["go", "up"], ["up"], ["go"]]
    batch = words.parts["train"].source[0]
    assert batch["labels"].shape[1:] == batch["labels_lengths"].shape == batch["lengths"].shape
    assert said(read(folder / "all.tsv", "--units=characters"), "valid") == [list("up up")]
    # One letter, decomposed and composed.
    (folder / "all.tsv").write_text("\n".join(lines).replace("up up", "e\u0301").replace("up", "é"))
    assert said(read(folder / "all.tsv", "--units=characters"), "valid") == [["é"]]


def test_recordings_are_joined(tmp_path):
    folder = arrays(tmp_path / "a")
    flags = ("--test=index<2", "--valid=index<4", "--join=2,3", "--join_times=2")
    joined, again = read(folder, *flags), read(folder, *flags)
    assert {part: len(members.records) for part, members in joined.parts.items()} == {
        "train": 32, "test": 2, "valid": 2,
    }  # fmt: skip
    assert {len(labels) for labels in said(joined, "train")} == {2, 3}
    assert joined.data == again.data
    assert joined.data["sha256"] != read(folder, *flags, "--data_seed=1").data["sha256"]
    originals = {p.stem: np.load(p).astype(np.float32) for p in folder.glob("*.npy")}
    for frames, labels in zip(examples(joined, "test"), said(joined, "test"), strict=True):
        # Each is a string of whole recordings of the test part.
        while len(frames):
            label, *labels = labels
            piece = next(
                x for name, x in originals.items()
                if name in (f"{label}_a_0", f"{label}_a_1")
                and len(x) <= len(frames) and np.allclose(frames[: len(x)], x, atol=1e-4)
            )  # fmt: skip
            frames = frames[len(piece) :]
        assert not labels


EARLY = {
    "--units=characters --output=label": "units: got 'characters' with output=label",
    "--output=label --join=2,3": "join: got (2, 3) with output=label",
    "--join=3": "join: got (3,), want the fewest and the most",
    "--join=3,2": "join: got (3, 2)",
    "--join_times=2": "join_times: got 2 without --join",
    "--data=beepz": "did you mean 'beeps'?",
    "--data=": "test: got 'index<2' for a data set by name: nothing would use it",
    "--data=beeps --mels=9": "mels: got 9, but the data is no audio",
    "--data=beeps --join=2,3": "join: got (2, 3) for a data set by name",
    "--data_seed=-1": "data_seed: got -1",
    "--hop=0": "hop: got 0.0 milliseconds",
    "--layers=0": "layers: got 0",
    "--rate=-1": "rate: got -1",
}
"""Before anything is read."""
LATER = {
    "--mels=20": "mels: got 20, but the data is no audio",
    "--join=5,5 --stack=9": "labels need",
    "--test=age<5": "test: got 'age<5', but the fields are label, speaker, index",
    "--pattern={label}-{index}": "does not fit the pattern '{label}-{index}'",
    "--data=beeps --output=label": "output: got 'label', but beeps has several labels each",
}


@pytest.mark.parametrize("flags", [*EARLY, *LATER])
def test_flags_that_are_refused(flags, tmp_path):
    folder = arrays(tmp_path / "a", 8)
    split = () if "beep" in flags else SPLIT
    arguments = (f"--data={folder}", *split, *flags.split(" "))
    with pytest.raises(ValueError) as error:
        (launches.checked if flags in EARLY else launches.prepared)(TASK, *arguments)
    assert {**EARLY, **LATER}[flags] in str(error.value)


def test_data_that_is_refused(tmp_path):
    folder = arrays(tmp_path / "a", 8)
    (folder / "plus_a_9.wav").write_bytes(b"no audio")
    with pytest.raises(ValueError, match=r"got both audio and \.npy arrays"):
        read(folder)
    (folder / "plus_a_9.wav").unlink()
    np.save(folder / "plus_a_9.npy", np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"plus_a_9.npy: got 2 features a frame, want 3 as in"):
        read(folder, *SPLIT)
    np.save(folder / "plus_a_9.npy", np.zeros((4, 3)))
    (folder / "plus_a_9.npy").rename(folder / "zero_a_1.npy")
    with pytest.raises(ValueError, match=r"zero_a_1.npy: got label 'zero', which is not in the tr"):
        read(folder, *SPLIT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty: got no files of audio there"):
        read(tmp_path / "empty")
