"""From flags and files to the batches of a transcriber, and what is refused on the way."""

from __future__ import annotations

import numpy as np
import pytest
from launches import given

from experiments import transcribe
from experiments.signal_files import SpectralConfig
from experiments.signals import SignalsConfig, signals
from seqjax.data.formats.features import statistics

SPLIT = ("--test=index<2", "--valid=index<4")


def arrays(folder, count=20):
    """Arrays {label}_a_{index}.npy: the label is the sign of the first feature."""
    draw = np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    for n in range(count):
        frames = draw.normal(size=(draw.integers(4, 9), 3))
        frames[:, 0] += 4 * (-1) ** n
        np.save(folder / f"{'plus' if n % 2 == 0 else 'minus'}_a_{n}.npy", frames)
    return folder


def read(data, *flags, output="ctc", stack=1):
    found = given(*flags, f"--data={data}", configs=(SignalsConfig, SpectralConfig))
    return signals(*found, output, stack)


def examples(made, part):
    """Features of a part without normalisation."""
    data, source = made.data, made.sources[part]
    return [
        e["features"] * np.array(data["deviation"]) + np.array(data["mean"])
        for e in source.examples
    ]


def test_statistics_and_labels_are_those_of_training(tmp_path):
    made = read(arrays(tmp_path / "a"), "--test=index<4", "--valid=index<8", output="label")
    raw = [np.load(p) for p in sorted((tmp_path / "a").glob("*.npy"), key=str)]
    names = [p.name for p in sorted((tmp_path / "a").glob("*.npy"), key=str)]
    index = [int(name.split("_")[-1].removesuffix(".npy")) for name in names]
    train = [x.astype(np.float32) for x, n in zip(raw, index, strict=True) if n >= 8]
    assert statistics(train)._asdict() == {k: made.data[k] for k in ("mean", "deviation")}
    for got, want in zip(examples(made, "train"), train, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-5)
    assert made.labels.tokens == ("minus", "plus")
    assert made.data["kind"] == "arrays"
    assert made.width == 3


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
    made = [
        read(folder, *SPLIT, output="label"),
        read(tmp_path / "all.npz", *SPLIT, output="label"),
        read(tmp_path / "all.tsv", output="label"),
    ]
    for flag, name in (("--pattern={label}", "pattern"), ("--test=0.2", "test")):
        with pytest.raises(ValueError, match=f"{name}: got .* for a manifest"):
            read(tmp_path / "all.tsv", flag)
    assert made[0].data["sha256"] == made[1].data["sha256"] == made[2].data["sha256"]
    assert len({tuple(each.data["mean"]) for each in made}) == 1


def test_transcripts_are_words_or_characters(tmp_path):
    folder = arrays(tmp_path / "a", 4)
    said = ["go up", "up", "go", "up up"]
    names = sorted(p.name for p in folder.glob("*.npy"))
    lines = [
        f"{n}\t{s}\t{p}"
        for n, s, p in zip(names, said, ["train", "train", "train", "dev"], strict=True)
    ]
    (folder / "all.tsv").write_text("\n".join(lines))
    made = read(folder / "all.tsv")
    assert made.labels.tokens == ("go", "up")
    assert made.said["train"] == [["go", "up"], ["up"], ["go"]]
    batch = made.sources["train"][0]
    assert batch["labels"].shape[1:] == batch["labels_lengths"].shape == batch["lengths"].shape
    made = read(folder / "all.tsv", "--units=characters")
    assert made.said["valid"] == [list("up up")]
    # One letter, decomposed and composed.
    (folder / "all.tsv").write_text("\n".join(lines).replace("up up", "e\u0301").replace("up", "é"))
    assert read(folder / "all.tsv", "--units=characters").said["valid"] == [["é"]]


def test_recordings_are_joined(tmp_path):
    folder = arrays(tmp_path / "a")
    flags = ("--test=index<2", "--valid=index<4", "--join=2,3", "--join_times=2")
    made, again = read(folder, *flags), read(folder, *flags)
    assert {part: len(said) for part, said in made.said.items()} == {
        "train": 32, "test": 2, "valid": 2,
    }  # fmt: skip
    assert {len(said) for said in made.said["train"]} == {2, 3}
    assert made.data == again.data
    assert made.data["sha256"] != read(folder, *flags, "--data_seed=1").data["sha256"]
    originals = {p.stem: np.load(p).astype(np.float32) for p in folder.glob("*.npy")}
    for frames, said in zip(examples(made, "test"), made.said["test"], strict=True):
        # Each is a string of whole recordings of the test part.
        while len(frames):
            label, *said = said
            piece = next(
                x for name, x in originals.items()
                if name in (f"{label}_a_0", f"{label}_a_1")
                and len(x) <= len(frames) and np.allclose(frames[: len(x)], x, atol=1e-4)
            )  # fmt: skip
            frames = frames[len(piece) :]
        assert not said


REFUSED = {
    "--units=characters --output=label": "units: got 'characters' with output=label",
    "--output=label --join=2,3": "join: got (2, 3) with output=label",
    "--join=3": "join: got (3,), want the fewest and the most",
    "--join=3,2": "join: got (3, 2)",
    "--join_times=2": "join_times: got 2 without --join",
    "--mels=20": "mels: got 20, but the data is no audio",
    "--join=5,5 --stack=9": "labels need",
    "--test=age<5": "test: got 'age<5', but the fields are label, speaker, index",
    "--pattern={label}-{index}": "does not fit the pattern '{label}-{index}'",
    "--data=beepz": "did you mean 'beeps'?",
    "--data=": "test: got 'index<2' for a data set by name: nothing would use it",
    "--data=beeps --mels=9": "mels: got 9, but the data is no audio",
    "--data=beeps --join=2,3": "join: got (2, 3) for a data set by name",
    "--data=beeps --output=label": "output: got 'label', but beeps has several labels each",
}


@pytest.mark.parametrize("flags", REFUSED)
def test_flags_that_are_refused(flags, tmp_path):
    folder = arrays(tmp_path / "a", 8)
    split = () if "beep" in flags else SPLIT
    found = given(f"--data={folder}", *split, *flags.split(" "), configs=transcribe.CONFIGS)
    with pytest.raises(ValueError) as error:
        transcribe.prepare(*found)
    assert REFUSED[flags] in str(error.value)


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
