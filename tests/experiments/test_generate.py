"""Text from a model: the same for the same seed, with its prompt, without marks of ours."""

from __future__ import annotations

import pytest
from launches import call, prepared, quick, untrained, write

from experiments import generate as launch
from experiments.generate import GenerateConfig, generate
from seqjax import runs


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def characters(tmp_path_factory):
    return untrained(prepared(f"--data={write(tmp_path_factory.mktemp('text'))}"))


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"))
    return untrained(prepared(f"--data={path}", "--tokenizer=words", "--sentences"))


def test_the_seed_decides(characters):
    config = GenerateConfig(length=30, count=3, seed=7)
    first, again = generate(characters, config), generate(characters, config)
    assert first == again
    assert len(set(first)) == 3
    assert [len(text) for text in first] == [30, 30, 30]
    assert generate(characters, GenerateConfig(length=30, count=3, seed=8)) != first


def test_temperature_zero_takes_the_likeliest_whatever_the_seed(characters):
    some, other = (
        generate(characters, GenerateConfig(length=20, temperature=0, seed=seed)) for seed in (1, 2)
    )
    assert some == other
    assert generate(characters, GenerateConfig(length=20, top_k=1, seed=3)) == some
    assert generate(characters, GenerateConfig(length=20, top_k=999, top_p=1e-6)) == some


def test_the_prompt_stays_in_front_and_matters(characters):
    config = GenerateConfig(length=12, temperature=0, prompt="the cat")
    (text,) = generate(characters, config)
    assert text.startswith("the cat")
    assert len(text) == 7 + 12
    (other,) = generate(characters, GenerateConfig(length=12, temperature=0, prompt="red dog"))
    assert other[7:] != text[7:]


def test_what_the_model_does_not_know_is_printed_as_given(characters, sentences):
    for loaded, prompt in ((characters, "THE ça"), (sentences, "the xylophone")):
        (text,) = generate(loaded, GenerateConfig(length=5, prompt=prompt))
        assert text.startswith(prompt)
        assert "<" not in text
    assert launch.unknown(characters, "Tç the Tç") == ["T", "ç"]
    assert launch.unknown(sentences, "the xylophone") == ["xylophone"]


def test_sentences_end(sentences):
    texts = generate(sentences, GenerateConfig(length=60, count=20, temperature=1))
    lengths = [len(sentences.tokenizer.split(text)) for text in texts]
    assert min(lengths) < 60
    assert len(set(lengths)) > 3
    assert not any(mark in text for text in texts for mark in ("<", "\n"))


def test_characters_of_sentences_print_no_mark(tmp_path):
    loaded = untrained(prepared(f"--data={write(tmp_path)}", "--sentences"))
    texts = generate(loaded, GenerateConfig(length=60, count=20, temperature=1))
    assert min(map(len, texts)) < 60
    assert not any("<" in text for text in texts)


def test_bytes_make_valid_text(tmp_path):
    path = write(tmp_path, "고양이가 집에 있다.\n" * 60)
    loaded = untrained(prepared(f"--data={path}", "--tokenizer=bytes"), grow=1)
    texts = generate(loaded, GenerateConfig(length=40, count=3, temperature=2, prompt="집"))
    assert all(text.startswith("집") for text in texts)
    assert any("\ufffd" in text for text in texts)  # half letters, which a terminal can show
    assert all(text.encode() for text in texts)


WRONG = {
    "--count=0": "count: got 0",
    "--length=-1": "length: got -1",
    "--top_k=-2": "top_k: got -2",
    "--top_p=0": "top_p: got 0",
    "--top_p=1.5": "top_p: got 1.5",
    "--temperature=-1": "temperature: got -1",
    "--temperature=nan": "temperature: got nan",
    "--seed=-1": "seed: got -1",
    "--seed=99999999999999999999": "seed: got 9999",
    "--checkpoint=bst": "checkpoint: got 'bst', want one of best, newest; did you mean 'best'?",
}


@pytest.mark.parametrize("flag", WRONG)
def test_options_out_of_range(flag, characters, monkeypatch, capsys):
    monkeypatch.setattr(runs, "load", lambda *_, **__: characters)
    with pytest.raises(SystemExit) as exit:
        call(monkeypatch, launch.main, flag, configs=[GenerateConfig])
    out, error = capsys.readouterr()
    assert (exit.value.code, out) == (1, "")
    assert error.startswith(f"error: {WRONG[flag]}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("there", [False, True])
def test_no_run_there(tmp_path, there, monkeypatch, capsys):
    folder = tmp_path if there else tmp_path / "none"
    with pytest.raises(SystemExit):
        call(monkeypatch, launch.main, f"--run={folder}", configs=[GenerateConfig])
    assert capsys.readouterr().err == (f"error: {folder}: got no run there (run.json is missing)\n")
