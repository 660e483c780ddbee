"""Audio files as features: mono samples, then log mel energies or cepstra, by libraries.

Files are read by soundfile (WAV, FLAC, OGG and others), features are those of kaldi-native-fbank;
both come with the extra "audio".
"""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

KINDS = ("mel", "mfcc")
BLOCK = 1 << 20
"""Numbers that are read at once, of all channels together."""
MULTIPLE, ALLOWANCE = 1000, 1 << 24
"""Samples that a file may hold for each of its bytes, if they are more than so many: silence packs
to a three hundredth."""
SLOWEST, WIDEST = 1000, 50_000
"""Of rates that are converted: the lowest, and the largest number that their ratio may take."""


class Spectral(NamedTuple):
    """Which features are made of samples.

    >>> Spectral(kind="mfcc", cepstra=13).sample_rate  # samples a second
    16000
    """

    kind: str = "mel"
    """mel, the logarithms of energies in bands, or mfcc, their cosine transform"""
    sample_rate: int = 16_000
    """samples a second"""
    frame: float = 25.0
    """milliseconds that a frame looks at"""
    hop: float = 10.0
    """milliseconds from one frame to the next"""
    mels: int = 40
    """bands, between 20 Hz and half the rate, equally wide on the mel scale"""
    cepstra: int = 13
    """mfcc: coefficients that are kept, the first one replaced by the log energy"""
    deltas: int = 0
    """1: the slope of each feature over 5 frames beside it; 2: the slope of the slope too"""


def samples(path: str | Path, rate: int, *, resample: bool = True) -> NDArray[np.float32]:
    """float32 [N] in [-1, 1] of an audio file: the mean of its channels, at that rate.

    What is louder, as files of floating point numbers may be, is cut at 1, as in playing it.

    Raises:
      ImportError: without soundfile.
      ValueError: names the file: missing, no audio, empty, of another rate without resample or one
        that no converter takes, or much longer than its bytes can hold.
    """
    soundfile = library("soundfile")
    if not Path(path).is_file():
        raise ValueError(f"{path}: got no file there, want an audio file")
    mono, file_rate = _mono(soundfile, path)
    if not np.isfinite(mono).all():
        raise ValueError(f"{path}: got samples that are no finite numbers")
    if file_rate != rate:
        mono = _resampled(str(path), mono, file_rate, rate, resample)
    return np.clip(mono, -1, 1)


def _mono(soundfile: Any, path: str | Path) -> tuple[NDArray[np.float32], int]:
    """The mean of the channels of a file, float32 [N], and its samples a second."""
    most = max(ALLOWANCE, MULTIPLE * Path(path).stat().st_size)
    blocks, size = [], 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            # In blocks: a header may claim any length.
            while len(block := file.read(BLOCK // file.channels, "float32", always_2d=True)):
                blocks.append(block.mean(1))
                size += len(block)
                if size > most:
                    raise ValueError(f"over {most:,} samples in a file that short")
            file_rate = file.samplerate
    # SoundFileError and what else its steps raise.
    except Exception as error:
        raise ValueError(f"{path}: got no audio that can be read ({error})") from error
    if not blocks:
        raise ValueError(f"{path}: got no samples, want one or more")
    return np.concatenate(blocks), file_rate


def _resampled(
    path: str, mono: NDArray[np.float32], file_rate: int, rate: int, resample: bool
) -> NDArray[np.float32]:
    if not resample:
        raise ValueError(
            f"{path}: got {file_rate} samples a second, want {rate}; --resample converts such files"
        )
    common = math.gcd(file_rate, rate)
    # The filter has 20 numbers for each of the larger one of these.
    if not file_rate >= SLOWEST or max(rate, file_rate) // common > WIDEST:
        raise ValueError(
            f"{path}: got {file_rate} samples a second, which cannot be converted to {rate}"
        )
    from scipy.signal import resample_poly

    resampled: NDArray[np.float32] = resample_poly(mono, rate // common, file_rate // common)
    return resampled.astype(np.float32)


def spectral(signal: NDArray[np.floating], features: Spectral) -> NDArray[np.float32]:
    """float32 [t, d]: one frame for each hop of the signal, float [N], at its rate.

    Frames are centred; those at both ends see the signal mirrored. Pre-emphasis 0.97 and Povey's
    window, as Kaldi has them; no dither, so that equal samples give equal features.

    Raises:
      ImportError: without kaldi-native-fbank.
      ValueError: for features out of range, or a signal shorter than half a hop.
    """
    check(features)
    kaldi = library("kaldi_native_fbank")
    extractor_class, options_class = {
        "mel": (kaldi.OnlineFbank, kaldi.FbankOptions),
        "mfcc": (kaldi.OnlineMfcc, kaldi.MfccOptions),
    }[features.kind]
    options = options_class()
    options.frame_opts.samp_freq = features.sample_rate
    options.frame_opts.frame_length_ms = features.frame
    options.frame_opts.frame_shift_ms = features.hop
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = features.mels
    if features.kind == "mfcc":
        options.num_ceps = features.cepstra
    extractor = extractor_class(options)
    extractor.accept_waveform(features.sample_rate, np.asarray(signal, np.float32))
    extractor.input_finished()
    if not extractor.num_frames_ready:
        raise ValueError(f"signal: got {len(signal)} samples, want half a hop or more")
    frames: NDArray[np.float32] = np.stack(
        [extractor.get_frame(n) for n in range(extractor.num_frames_ready)]
    )
    if features.deltas:
        slopes = kaldi.DeltaOptions()
        slopes.order, slopes.window = features.deltas, 2
        frames = kaldi.compute_deltas(slopes, frames)
    return frames


def check(features: Spectral) -> None:
    """Checks that features are in range.

    Raises:
      ValueError: for features out of range; it names the option.

    >>> check(Spectral(mels=1))
    Traceback (most recent call last):
        ...
    ValueError: mels: got 1, want 3 or more
    """
    if features.kind not in KINDS:
        raise ValueError(f"features: got {features.kind!r}, want one of {', '.join(KINDS)}")
    if features.sample_rate < 1000:
        raise ValueError(
            f"sample_rate: got {features.sample_rate}, want 1000 samples a second or more"
        )
    for name in ("frame", "hop"):
        if not (value := getattr(features, name)) * features.sample_rate >= 2000:
            raise ValueError(f"{name}: got {value} milliseconds, want two samples or more")
    if features.mels < 3:
        raise ValueError(f"mels: got {features.mels}, want 3 or more")
    if features.kind == "mfcc" and not 1 <= features.cepstra <= features.mels:
        raise ValueError(f"cepstra: got {features.cepstra}, want 1 to {features.mels}, the mels")
    if features.deltas not in (0, 1, 2):
        raise ValueError(f"deltas: got {features.deltas}, want 0, 1 or 2")


def library(name: str) -> Any:
    """The module of that name.

    Raises:
      ImportError: if it is not installed; names the extra that brings it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} is not installed; pip install 'seqjax[audio]'") from error
