"""Audio files as samples, and features against their definition in NumPy."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from tones import RATE, tone

from seqjax.data.formats import audio
from seqjax.data.formats.audio import Spectral, samples, spectral

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("kaldi_native_fbank")


def signal(seconds=0.23):
    return np.random.default_rng(0).normal(size=round(seconds * RATE)).astype(np.float32) * 0.1


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_files(ending, tmp_path):
    path = tmp_path / f"x.{ending}"
    both = np.stack([tone(), -0.5 * tone()], 1)
    soundfile.write(path, both, RATE)
    got = samples(path, RATE)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, both.mean(1), atol=2**-15)


def test_another_rate_is_converted_or_refused(tmp_path):
    soundfile.write(tmp_path / "x.wav", tone(rate=22_050), 22_050, subtype="FLOAT")
    got = samples(tmp_path / "x.wav", RATE)
    want = tone()
    assert len(got) == len(want)
    # Away from the ends, where the signal begins and stops at once.
    np.testing.assert_allclose(got[100:-100], want[100:-100], atol=2e-3)
    with pytest.raises(ValueError, match=r"x.wav: got 22050 samples a second, want 8000; --resam"):
        samples(tmp_path / "x.wav", RATE, resample=False)
    soundfile.write(tmp_path / "x.wav", tone(), RATE, subtype="FLOAT")
    np.testing.assert_array_equal(samples(tmp_path / "x.wav", RATE, resample=False), want)


def test_samples_beyond_one_are_cut(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([3.0, -7, 0.5]), RATE, subtype="FLOAT")
    assert samples(tmp_path / "x.wav", RATE).tolist() == [1, -1, 0.5]
    # A step overshoots where it is resampled.
    soundfile.write(tmp_path / "x.wav", np.repeat([-1.0, 1.0], 500), 22_050, subtype="FLOAT")
    assert np.abs(samples(tmp_path / "x.wav", RATE)).max() == 1


@pytest.mark.parametrize("rate", [1, 999, 191_999, 2_105_410])
def test_rates_that_cannot_be_converted(rate, tmp_path):
    soundfile.write(tmp_path / "x.wav", tone()[:100], rate)
    with pytest.raises(ValueError, match=rf"x\.wav: got {rate} samples a second, which cannot be"):
        samples(tmp_path / "x.wav", RATE)


def test_much_silence_in_few_bytes(monkeypatch, tmp_path):
    soundfile.write(tmp_path / "x.flac", np.zeros(1_000_000), RATE)
    assert len(samples(tmp_path / "x.flac", RATE)) == 1_000_000
    monkeypatch.setattr(audio, "ALLOWANCE", 1000)
    monkeypatch.setattr(audio, "MULTIPLE", 10)
    with pytest.raises(ValueError, match=r"x\.flac: got no audio that can be read \(over .* sam"):
        samples(tmp_path / "x.flac", RATE)


def test_broken_files(tmp_path):
    path = tmp_path / "x.wav"
    with pytest.raises(ValueError, match=r"x.wav: got no file there"):
        samples(path, RATE)
    soundfile.write(path, tone(), RATE)
    header = path.read_bytes()[:30]
    for content in (b"", b"no audio at all", header):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x.wav: got no audio that can be read"):
            samples(path, RATE)
    soundfile.write(path, np.zeros(0), RATE)
    with pytest.raises(ValueError, match=r"x.wav: got no samples"):
        samples(path, RATE)
    soundfile.write(path, np.array([0, np.nan]), RATE, subtype="FLOAT")
    with pytest.raises(ValueError, match=r"x.wav: got samples that are no finite numbers"):
        samples(path, RATE)


def framed(x, frame, hop):
    """[t, frame], centred on the middle of each hop; the ends are mirrored."""
    starts = np.arange((len(x) + hop // 2) // hop) * hop + hop // 2 - frame // 2
    place = starts[:, None] + np.arange(frame)
    place = np.where(place < 0, -place - 1, place)
    place = np.where(place >= len(x), 2 * len(x) - 1 - place, place)
    return x[place]


def mel_energies(x, frame, hop, mels):
    """The logarithms of energies in triangles on the mel scale, float64."""
    frames = framed(x.astype(np.float64), frame, hop)
    frames = frames - frames.mean(1, keepdims=True)
    frames = frames - 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], 1)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / (frame - 1))) ** 0.85
    size = 1 << (frame - 1).bit_length()
    power = np.abs(np.fft.rfft(frames * window, size)) ** 2
    scale = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    edges = np.linspace(scale(20), scale(RATE / 2), mels + 2)[:, None]
    at = scale(np.arange(size // 2 + 1) * RATE / size)
    up, down = (
        (at - edges[:-2]) / (edges[1:-1] - edges[:-2]),
        (edges[2:] - at) / (edges[2:] - edges[1:-1]),
    )
    bands = np.maximum(0, np.minimum(up, down))
    return np.log(power @ bands.T)


def test_mel_energies_are_those_of_the_definition():
    x = signal()
    got = spectral(x, Spectral(sample_rate=RATE, mels=12))
    want = mel_energies(x, 200, 80, 12)
    assert got.shape == want.shape == (23, 12)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, atol=2e-4)


def test_a_tone_is_loudest_in_its_band():
    got = spectral(tone(1000), Spectral(sample_rate=RATE, mels=20))
    scale = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    centres = np.linspace(scale(20), scale(RATE / 2), 22)[1:-1]
    assert set(got[3:-3].argmax(1)) == {np.abs(centres - scale(1000)).argmin()}


def test_cepstra_are_a_cosine_transform():
    x = signal()
    got = spectral(x, Spectral("mfcc", RATE, mels=12, cepstra=5))
    n = np.arange(12)
    basis = np.sqrt(2 / 12) * np.cos(np.pi * np.arange(1, 5)[:, None] * (n + 0.5) / 12)
    lifter = 1 + 11 * np.sin(np.pi * np.arange(1, 5) / 22)
    want = mel_energies(x, 200, 80, 12) @ basis.T * lifter
    np.testing.assert_allclose(got[:, 1:], want, atol=5e-3)
    frames = framed(x.astype(np.float64), 200, 80)
    energy = ((frames - frames.mean(1, keepdims=True)) ** 2).sum(1)
    np.testing.assert_allclose(got[:, 0], np.log(energy), atol=1e-4)


def test_slopes():
    x = signal()
    plain = spectral(x, Spectral(sample_rate=RATE, mels=6)).astype(np.float64)

    def slope(values):
        """Of the line of least squares through five frames; the ends are repeated."""
        ends = np.concatenate([values[:1]] * 2 + [values] + [values[-1:]] * 2)
        shifted = [ends[2 + k : len(values) + 2 + k] * k for k in range(-2, 3)]
        return sum(shifted) / 10

    once = spectral(x, Spectral(sample_rate=RATE, mels=6, deltas=1))
    np.testing.assert_allclose(once, np.concatenate([plain, slope(plain)], 1), atol=1e-5)
    twice = spectral(x, Spectral(sample_rate=RATE, mels=6, deltas=2))
    assert twice.shape == (23, 18)
    np.testing.assert_allclose(twice[4:-4, 12:], slope(slope(plain))[4:-4], atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "melody"}, "features: got 'melody', want one of mel, mfcc"),
        ({"sample_rate": 8}, "sample_rate: got 8"),
        ({"hop": 0.0}, "hop: got 0.0 milliseconds"),
        ({"frame": float("nan")}, "frame: got nan"),
        ({"mels": 2}, "mels: got 2"),
        ({"kind": "mfcc", "cepstra": 41}, "cepstra: got 41, want 1 to 40"),
        ({"deltas": 3}, "deltas: got 3"),
    ],
)
def test_features_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        spectral(signal(), Spectral(**options))


def test_a_signal_that_is_too_short():
    with pytest.raises(ValueError, match="signal: got 30 samples, want half a hop or more"):
        spectral(signal()[:30], Spectral(sample_rate=RATE))
    assert spectral(signal()[:40], Spectral(sample_rate=RATE)).shape == (1, 40)


def test_libraries_that_are_missing(monkeypatch, tmp_path):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match=r"soundfile is not installed; pip install 'seqjax\[aud"):
        samples(tmp_path / "x.wav", RATE)
    with pytest.raises(ImportError, match="kaldi_native_fbank is not installed"):
        spectral(signal(), Spectral())
    assert audio.KINDS
