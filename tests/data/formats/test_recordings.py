"""Names and manifests that say what is in a recording, and the parts made of them."""

from __future__ import annotations

import pytest

from seqjax.data.formats.recordings import Recording, manifest, named, parts

PATTERN = "{label}_{speaker}_{index}"
NAMES = [f"{digit}_{who}_{n}.wav" for digit in "789" for who in ("ann", "bo") for n in range(12)]


def test_a_name_says_what_it_is():
    (one,) = named(["deep/er/7_anna_12.wav"], PATTERN)
    assert one == Recording(
        "deep/er/7_anna_12.wav", "7", {"label": "7", "speaker": "anna", "index": "12"}
    )
    (one,) = named(["set/go left/0a1b_nohash_3.wav"], "{label}/{who}_nohash_{n}")
    assert one.said == "go left"
    assert one.fields == {"label": "go left", "who": "0a1b", "n": "3"}
    (one,) = named(["a.b_c"], "{label}")
    assert one.said == "a"
    assert [x.name for x in named(["b.wav", "a.wav"], "{label}")] == ["a.wav", "b.wav"]


@pytest.mark.parametrize("pattern", ["{speaker}", "{label}_{label}", "label"])
def test_patterns_that_are_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern: got .* want each field once and one of them"):
        named(["a.wav"], pattern)


def test_a_name_that_does_not_fit():
    with pytest.raises(ValueError, match=r"7-anna.wav: does not fit the pattern"):
        named(["7_anna_1.wav", "7-anna.wav"], PATTERN)
    with pytest.raises(ValueError, match=r"x.wav: does not fit"):
        named(["x.wav"], "{label}(1)")


def test_parts_by_rule():
    found = parts(named(NAMES, PATTERN), test="index<2", valid="index < 4")
    assert {part: len(rows) for part, rows in found.items()} == {
        "train": 48,
        "test": 12,
        "valid": 12,
    }
    index = {part: sorted({int(r.fields["index"]) for r in rows}) for part, rows in found.items()}
    assert index == {"test": [0, 1], "valid": [2, 3], "train": list(range(4, 12))}
    found = parts(named(NAMES, PATTERN), test="speaker==ann", valid="index>=10")
    assert {r.fields["speaker"] for r in found["test"]} == {"ann"}
    assert {r.fields["speaker"] for r in found["train"]} == {"bo"}
    assert "test" not in parts(named(NAMES, PATTERN), test="", valid="label!=7")


def test_parts_by_share():
    rows = named(NAMES, PATTERN)
    found = parts(rows, test="0.25", valid="0.5", seed=3)
    assert {part: len(rows) for part, rows in found.items()} == {
        "test": 18,
        "valid": 27,
        "train": 27,
    }
    assert sorted(one for each in found.values() for one in each) == sorted(rows)
    assert found == parts(rows, test="0.25", valid="0.5", seed=3)
    assert found != parts(rows, test="0.25", valid="0.5", seed=4)


@pytest.mark.parametrize(
    ("test", "valid", "message"),
    [
        ("age<3", "0.1", "test: got 'age<3', but the fields are label, speaker, index"),
        ("index", "0.1", "test: got 'index', want a rule such as index<5, or a share"),
        ("speaker<5", "0.1", "test: got 'speaker<5', but 7_ann_0.wav has speaker 'ann'"),
        ("index<0", "0.1", "test: got no recordings by 'index<0'"),
        ("", "", "valid: got no recordings for it"),
        ("", "index<99", "train: got no recordings for it"),
        ("1.5", "0.1", "shares: got test 1.5"),
    ],
)
def test_parts_that_are_refused(test, valid, message):
    with pytest.raises(ValueError, match=message):
        parts(named(NAMES, PATTERN), test=test, valid=valid)


def test_a_manifest(tmp_path):
    path = tmp_path / "all.tsv"
    path.write_text("a.wav\tone two\ttrain\nb.wav\t\tdev\n\nc/d.wav\tthree\ttest\n")
    found = parts(manifest(path), test="0.5", valid="0.5")
    assert {part: [(r.name, r.said) for r in rows] for part, rows in found.items()} == {
        "train": [("a.wav", "one two")],
        "valid": [("b.wav", "")],
        "test": [("c/d.wav", "three")],
    }
    path.write_text("a.wav\tone\nb.wav\ttwo\nc.wav\tthree\n")
    found = parts(manifest(path), test="", valid="0.3")
    assert {part: len(rows) for part, rows in found.items()} == {"train": 2, "valid": 1}
    with pytest.raises(ValueError, match="test: got 'index<5', but the fields are none"):
        parts(manifest(path), test="index<5", valid="0.3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.wav\tone\nb.wav\n", "line 2: got 1 columns, want name<TAB>transcript"),
        ("a.wav\tone\nb.wav\ttwo\ttrain\n", "line 2: got 3 columns"),
        ("a.wav\tone\teval\n", "line 1: got part 'eval', want train, valid or test"),
        ("a.wav\tone\n\na.wav\ttwo\n", "line 3: a.wav was there before"),
    ],
)
def test_manifests_that_are_refused(text, message, tmp_path):
    path = tmp_path / "all.tsv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        manifest(path)
    assert str(path) in str(error.value)
