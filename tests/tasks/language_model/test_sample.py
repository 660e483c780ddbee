"""Text from a model: the same for the same seed, with its prompt, without marks of ours."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import launches
import numpy as np
import pytest
from launches import TINY, call, quick, write

from experiments import generate as launch
from experiments.generate import GenerateConfig
from seqjax import decoding, runs
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.sample import SampleOptions, sample, unknown

CONFIGS = (GenerateConfig, SampleOptions)


def untrained(*flags, grow=20.0):
    return launches.untrained(TASK, launches.prepared(TASK, *TINY, *flags), grow)


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def characters(tmp_path_factory):
    return untrained(f"--data={write(tmp_path_factory.mktemp('text'))}")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"))
    return untrained(f"--data={path}", "--tokenizer=words", "--sentences")


def test_the_seed_decides(characters):
    first, again = (sample(characters, length=30, count=3, seed=7) for _ in range(2))
    assert first == again
    assert len(set(first)) == 3
    assert [len(text) for text in first] == [30, 30, 30]
    assert sample(characters, length=30, count=3, seed=8) != first


def test_temperature_zero_takes_the_likeliest_whatever_the_seed(characters):
    some, other = (sample(characters, length=20, temperature=0, seed=seed) for seed in (1, 2))
    assert some == other
    assert sample(characters, length=20, top_k=1, seed=3) == some
    assert sample(characters, length=20, top_k=999, top_p=1e-6) == some
    (greedy,) = some
    places = range(0, 20, 7)
    nexts = characters.predict([greedy[:n] for n in places])
    assert [each.tokens[0] for each in nexts] == [greedy[n] for n in places]


def test_the_prompt_stays_in_front_and_matters(characters):
    (text,) = sample(characters, "the cat", length=20, temperature=0)
    assert text.startswith("the cat")
    assert len(text) == 7 + 20
    (other,) = sample(characters, "red dog", length=20, temperature=0)
    assert other[7:] != text[7:]


def test_what_the_model_does_not_know_is_printed_as_given(characters, sentences):
    for loaded, prompt in ((characters, "THE ça"), (sentences, "the xylophone")):
        (text,) = sample(loaded, prompt, length=20)
        assert text.startswith(prompt)
        assert "<" not in text
    assert unknown(characters, "Tç the Tç") == ["T", "ç"]
    assert unknown(sentences, "the xylophone") == ["xylophone"]


def test_sentences_end(sentences):
    texts = sample(sentences, length=60, count=20, temperature=1)
    lengths = [len(sentences.tokenizer.split(text)) for text in texts]
    assert min(lengths) < 60
    assert len(set(lengths)) > 3
    assert not any(mark in text for text in texts for mark in ("<", "\n"))


def test_characters_of_sentences_print_no_mark(tmp_path):
    loaded = untrained(f"--data={write(tmp_path)}", "--sentences")
    texts = sample(loaded, length=60, count=20, temperature=1)
    assert min(map(len, texts)) < 60
    assert not any("<" in text for text in texts)


def test_bytes_make_valid_text(tmp_path):
    path = write(tmp_path, "고양이가 집에 있다.\n" * 60)
    loaded = untrained(f"--data={path}", "--tokenizer=bytes", grow=1)
    texts = sample(loaded, "집", length=40, count=3, temperature=2)
    assert all(text.startswith("집") for text in texts)
    assert any("\ufffd" in text for text in texts)  # half letters, which a terminal can show
    assert all(text.encode() for text in texts)


def test_padded_prompts_and_traced_options_do_not_matter(characters):
    """What is drawn is what ``decoding.sample`` draws when nothing is padded or traced."""
    model, params, words = characters.model, characters.params, characters.vocabulary
    prompt = jnp.asarray(words.encode(list("the cat")))
    step = functools.partial(model.step, params)
    for seed, temperature, top_p in ((0, 0.7, 0.9), (1, 1.5, 1.0)):
        choose = functools.partial(
            decoding.choose, temperature=temperature, top_p=top_p, top_k=9, forbid=[words.unk]
        )
        drawn = jax.jit(
            functools.partial(decoding.sample, step, steps=25, choose=choose)
        )(
            model.start(params, 2), jnp.full(2, characters.first), key=jax.random.key(seed),
            prompt=jnp.tile(prompt[:, None], (1, 2)),
        )  # fmt: skip
        want = ["".join(words.decode(row)) for row in np.asarray(drawn.tokens).T]
        found = sample(
            characters, "the cat", count=2, length=25, temperature=temperature, top_p=top_p,
            top_k=9, seed=seed,
        )  # fmt: skip
        assert found == want


def test_other_options_compile_nothing(characters):
    """Temperature, top_p, seed, and the prompt as long as it is short; count does."""
    traced = []

    def step(params, carry, token):
        traced.append(1)
        return characters.model.step(params, carry, token)

    loaded = characters._replace(model=characters.model._replace(step=step))
    sample(loaded, "a", length=9)
    before = len(traced)
    for options in ({"temperature": 0.3}, {"temperature": 0}, {"top_p": 0.5, "seed": 4}):
        sample(loaded, "the cat", length=9, **options)
    assert len(traced) == before > 0
    sample(loaded, "the cat", length=9, count=2)
    assert len(traced) > before


def test_unknown_options(characters):
    with pytest.raises(ValueError, match=r"temprature: got 2, .* did you mean temperature"):
        sample(characters, temprature=2)


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
        call(monkeypatch, launch.main, flag, configs=CONFIGS)
    out, error = capsys.readouterr()
    assert (exit.value.code, out) == (1, "")
    assert error.startswith(f"error: {WRONG[flag]}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("there", [False, True])
def test_no_run_there(tmp_path, there, monkeypatch, capsys):
    folder = tmp_path if there else tmp_path / "none"
    with pytest.raises(SystemExit):
        call(monkeypatch, launch.main, f"--run={folder}", configs=CONFIGS)
    assert capsys.readouterr().err == (f"error: {folder}: got no run there (run.json is missing)\n")
