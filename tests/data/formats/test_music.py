"""Frames of music: from and to JSON, MIDI and sound."""

from __future__ import annotations

import gzip
import json
import sys
import tracemalloc
import wave

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data.builtin.progressions import SCALE, progressions
from seqjax.data.formats.midi import LONGEST, TICKS, read_midi, write_midi
from seqjax.data.formats.music import KEYS, frames, notes, pitches, read_pieces, write_pieces
from seqjax.data.formats.sound import RELEASE, sound, write_wav

STEPS = [[60, 64, 67], [], [21, 108], [60]]
PIECES = st.lists(st.lists(st.integers(21, 108), max_size=4, unique=True), min_size=1, max_size=8)


def test_frames_are_the_keys_of_a_piano():
    made = frames(STEPS)
    assert (made.shape, made.dtype) == ((4, 88), bool)
    assert np.argwhere(made).tolist() == [[0, 39], [0, 43], [0, 46], [2, 0], [2, 87], [3, 39]]


def test_silence_and_one_entry_a_voice():
    np.testing.assert_array_equal(frames([[60, -1, 64, 67], [-1] * 4]), frames([[60, 64, 67], []]))


@given(PIECES)
def test_pitches_is_the_inverse(steps):
    assert pitches(frames(steps)) == [sorted(step) for step in steps]


@pytest.mark.parametrize("pitch", [20, 109, -2, 60.5, "60", None, True])
def test_a_pitch_no_piano_has(pitch):
    with pytest.raises(ValueError, match=r"^file: train, sequence 3, step 1: got pitch") as error:
        frames([[60], [64, pitch]], "file: train, sequence 3")
    assert repr(pitch) in str(error.value)
    assert "21 to 108" in str(error.value)


@pytest.mark.parametrize("step", [60, "60", None])
def test_a_step_that_is_no_list(step):
    with pytest.raises(ValueError, match=r"steps, step 0: got .* want a list of MIDI pitches"):
        frames([step])


def test_no_steps():
    with pytest.raises(ValueError, match="steps: got no steps"):
        frames([])


@given(PIECES)
def test_notes_are_held(steps):
    made = frames(steps)
    again = np.zeros_like(made)
    for begin, end, pitch in notes(made):
        assert not again[begin:end, pitch - 21].any()
        again[begin:end, pitch - 21] = True
        assert begin == 0 or not made[begin - 1, pitch - 21]
        assert end == len(made) or not made[end, pitch - 21]
    np.testing.assert_array_equal(again, made)


def write(folder, content, name="pieces.json"):
    path = folder / name
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["pieces.json", "pieces.json.gz"])
def test_pieces_by_part(name, tmp_path):
    found = read_pieces(write(tmp_path, {"train": [STEPS, [[60]]], "validation": [[[61]]]}, name))
    assert list(found) == ["train", "valid"]
    assert [pitches(piece) for piece in found["train"]] == [STEPS, [[60]]]
    assert pitches(found["valid"][0]) == [[61]]


def test_pieces_without_parts_go_round(tmp_path):
    made = [frames(STEPS), frames([[60], []])]
    write_pieces(tmp_path / "p.json", made)
    (part, found), *rest = read_pieces(tmp_path / "p.json").items()
    assert (part, rest) == ("", [])
    assert list(map(pitches, found)) == list(map(pitches, made))


BAD = {
    "got no JSON": b"[[[60]]",
    "got train, other, want": {"train": [[[60]]], "other": []},
    "got int, want": 3,
    "train: got no list of pieces": {"train": []},
    "train, sequence 1: got 60, want a list": {"train": [[[60]], 60]},
    "test, sequence 1, step 2: got pitch 12": {"train": [[[60]]], "test": [[[60]], [[], [], [12]]]},
}


@pytest.mark.parametrize("words", BAD)
def test_bad_files(words, tmp_path):
    path = write(tmp_path, BAD[words])
    with pytest.raises(ValueError, match=words) as error:
        read_pieces(path)
    assert str(error.value).startswith(str(path))


@given(PIECES)
def test_midi_goes_round(tmp_path_factory, steps):
    path = tmp_path_factory.getbasetemp() / "round.mid"
    made = frames([*steps, [60]])  # rests at the end make no note
    write_midi(path, made, per_quarter=3)
    np.testing.assert_array_equal(read_midi(path, per_quarter=3), made)


def test_midi_as_another_program_sees_it(tmp_path):
    write_midi(tmp_path / "a.mid", frames([[60, 64], [60], [], []]), per_quarter=2, tempo=120)
    file = mido.MidiFile(tmp_path / "a.mid")
    assert file.length == pytest.approx(1.0)  # four eighths, 120 quarters a minute
    now, found = 0, []
    for message in file.tracks[0]:
        now += message.time
        if not message.is_meta:
            found.append((now / TICKS, message.type, message.note))
    assert found == [
        (0, "note_on", 60), (0, "note_on", 64), (0.5, "note_off", 64), (1, "note_off", 60),
    ]  # fmt: skip


def midi(folder, *tracks, **options):
    file = mido.MidiFile(ticks_per_beat=96, **options)
    for events in tracks:
        file.tracks.append(mido.MidiTrack(mido.Message(*e[:1], **e[1]) for e in events))
    file.save(folder / "made.mid")
    return folder / "made.mid"


def on(pitch, time, velocity=90, channel=0):
    return "note_on", {"note": pitch, "time": time, "velocity": velocity, "channel": channel}


def off(pitch, time, channel=0):
    return "note_off", {"note": pitch, "time": time, "channel": channel}


def test_midi_of_several_tracks_channels_and_endings(tmp_path):
    path = midi(
        tmp_path,
        [on(60, 0), on(60, 96, velocity=0), on(62, 2), on(62, 46, velocity=0)],  # velocity 0 ends
        [on(48, 0, channel=1), on(36, 0, channel=9), off(36, 200, channel=9)],  # drums; no end
        [on(67, 100), off(67, 1)],  # shorter than a step
    )
    found = pitches(read_midi(path, per_quarter=2))
    assert found == [[48, 60], [48, 60], [48, 62, 67], [48]]


def raw_midi(*events, ticks=480):
    """A MIDI file of one track with these bytes in it."""
    track = b"".join(events) + b"\0\xff\x2f\0"
    head = b"MThd\0\0\0\6\0\0\0\1" + ticks.to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


NOTE = b"\0\x90\x3c\x40\x60\x80\x3c\x40"
"""One that begins and ends."""


@pytest.mark.parametrize(
    "event",
    [
        b"\0\xff\x59\2\xf7\0",  # a key with nine flats
        b"\0\xff\x59\2\0\7",
        b"\0\xff\x58\4\0\0\0\0",
        b"\0\xff\x54\5\xff\xff\xff\xff\xff",
        b"\0\xff\x51\1\0",
        b"\0\xff\x21\0",
        b"\0\x3c\x40",  # data without a status
    ],
)
def test_events_that_mido_cannot_take_are_errors_of_the_file(event, tmp_path):
    path = write(tmp_path, raw_midi(event, NOTE), "a.mid")
    try:
        assert read_midi(path).any()
    except ValueError as error:
        assert str(error).startswith(f"{path}: is no MIDI file")


def test_a_key_that_there_is_not(tmp_path):
    path = write(tmp_path, raw_midi(b"\0\xff\x59\2\xf7\0", NOTE), "a.mid")
    with pytest.raises(ValueError, match=r"is no MIDI file that can be read .*KeySignatureError"):
        read_midi(path)


@pytest.mark.parametrize("ticks", [1, 96, 480])
def test_a_short_file_that_claims_hours(ticks, tmp_path):
    path = write(tmp_path, raw_midi(b"\x84\x80\x80\0\x90\x3c\x40", NOTE, ticks=ticks), "a.mid")
    tracemalloc.start()
    if 2**23 / ticks > LONGEST:
        with pytest.raises(ValueError, match=r"a\.mid: got .* quarter notes, want 25,000 at most"):
            read_midi(path)
    else:
        assert len(read_midi(path)) == pytest.approx(4 * 2**23 / ticks, abs=2)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


BROKEN = {
    "is no MIDI file": b"no midi at all",
    "is no MIDI file that can be read": b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x0c\0",
}


@pytest.mark.parametrize("words", BROKEN)
def test_midi_that_is_none(words, tmp_path):
    path = write(tmp_path, BROKEN[words], "a.mid")
    with pytest.raises(ValueError, match=words) as error:
        read_midi(path)
    assert str(error.value).startswith(str(path))


def test_midi_that_is_refused(tmp_path):
    with pytest.raises(ValueError, match="got no notes"):
        read_midi(midi(tmp_path, [on(36, 0, channel=9)]))
    with pytest.raises(ValueError, match=r"made\.mid, step 0: got pitch 15"):
        read_midi(midi(tmp_path, [on(15, 0), off(15, 96)]))
    with pytest.raises(ValueError, match=r"made\.mid"):
        read_midi(midi(tmp_path, [on(60, 0)], type=2))
    with pytest.raises(FileNotFoundError):
        read_midi(tmp_path / "none.mid")


def test_without_mido(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(ImportError, match=r"seqjax\[music\]"):
        write_midi(tmp_path / "a.mid", frames(STEPS))


@pytest.mark.parametrize(("pitch", "hertz"), [(69, 440.0), (60, 261.63), (81, 880.0)])
def test_sound_has_the_pitch_of_its_key(pitch, hertz):
    made = sound(frames([[pitch]] * 8), seconds=0.5, rate=8000)
    power = np.abs(np.fft.rfft(made))
    assert np.argmax(power) * 8000 / len(made) == pytest.approx(hertz, abs=0.5)


def test_sound_is_as_long_as_its_steps_and_silent_where_they_are():
    made = sound(frames([[60], [60], [], [64]]), seconds=0.25, rate=8000)
    assert len(made) == 4 * 2000 + 8000 * RELEASE
    rest = slice(round(4000 + 8000 * RELEASE), 6000)
    assert not made[rest].any()
    assert np.abs(made[6000:7000]).max() > 0.1
    assert np.abs(made).max() == pytest.approx(0.9)
    assert abs(made[0]) < 1e-6  # no click


def test_sound_of_silence():
    assert not sound(np.zeros((3, KEYS), bool)).any()
    with pytest.raises(ValueError, match="seconds: got 0"):
        sound(frames(STEPS), seconds=0)


def test_overtones_that_the_rate_cannot_hold(tmp_path):
    made = sound(frames([[108]] * 2), seconds=0.5, rate=9000)  # 4186 Hz; half the rate is 4500
    power = np.abs(np.fft.rfft(made))
    peak = np.argmax(power)
    assert peak * 9000 / len(made) == pytest.approx(4186, abs=1)
    assert power[: peak - 100].max() < 0.01 * power[peak]


def test_wav_as_the_standard_library_sees_it(tmp_path):
    write_wav(tmp_path / "a.wav", np.array([0, 1, -1, 0.5, 2]), rate=8000)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 5)
        samples = np.frombuffer(file.readframes(5), "<i2")
    assert samples.tolist() == [0, 32767, -32767, 16384, 32767]


def test_progressions():
    made, again = progressions(), progressions()
    assert [len(made[part]) for part in ("train", "valid", "test")] == [160, 40, 40]
    for part, found in made.items():
        for piece, other in zip(found, again[part], strict=True):
            np.testing.assert_array_equal(piece, other)
    bass = set()
    for piece in made["train"]:
        assert 24 <= len(piece) <= 48
        names = [{pitch % 12 for pitch in step} for step in pitches(piece)]
        tonic = pitches(piece)[0][0] % 12
        bass.add(tonic)
        scale = {(tonic + step) % 12 for step in SCALE}
        for step, chord in zip(pitches(piece), names, strict=True):
            assert 3 <= len(step) <= 4  # two voices may meet
            assert len(chord) == 3
            assert chord <= scale
    assert bass == set(range(12))
