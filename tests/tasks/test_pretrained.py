"""Word vectors of a file: what they change in a task, from settings to the trained rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from launches import TINY, given, prepared, quick, run, untrained, write

from seqjax import runs
from seqjax.data import UNK, Vocabulary
from seqjax.data.formats.vector_readers import Vectors
from seqjax.data.formats.vector_writers import write_vectors
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.runs.begin import FREE
from seqjax.tasks import TASKS
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.report import held_out
from seqjax.tasks.pretrained.config import PretrainedConfig, check
from seqjax.tasks.pretrained.encode import encode, predicted, widened
from seqjax.tasks.pretrained.transfer import read_transfer
from seqjax.training import step
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer

WORDS = ("cat", "dog", "durian", "cultivator", "the")
MATRIX = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
VOCABULARY = Vocabulary((UNK, "the", "Cat", "plum"))
COUNTS = Counter({"the": 5, "Cat": 3, "plum": 2})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "vectors.txt"
    write_vectors(path, Vectors(WORDS, MATRIX), format="glove")
    return path


def transfer_of(file, **options):
    return read_transfer(PretrainedConfig(vectors=str(file), **options), VOCABULARY, COUNTS)


def test_parameters_begin_with_the_vectors(file):
    transfer = transfer_of(file)
    assert transfer.vocabulary.tokens == (*VOCABULARY.tokens, *WORDS[:4])
    before = {"words": {"w": jnp.ones((4, 6)), "unseen": jnp.ones((4, 6))}, "head": jnp.ones(2)}
    params = transfer.init(lambda key: before)(jax.random.key(0))
    np.testing.assert_array_equal(params["words"]["w"][1:3], MATRIX[[4, 0]])
    np.testing.assert_array_equal(params["words"]["unseen"], MATRIX[:4])
    assert params["head"] is before["head"]
    with pytest.raises(ValueError, match="unseen: got None in the model, but the vectors make it"):
        transfer.init(lambda key: {"words": {"w": jnp.ones((4, 6))}})(jax.random.key(0))


def test_words_to_come(file):
    transfer, words = transfer_of(file), ["Durian", "cultivator", "CAT", "nothing"]
    ids = transfer.encode(words)
    assert transfer.vocabulary.decode(ids) == ["durian", "cultivator", "cat", UNK]
    data = {"name": "some", **transfer.data}
    np.testing.assert_array_equal(encode(data, transfer.vocabulary, words), ids)
    exact = transfer_of(file, vectors_lower=False)
    assert exact.vocabulary.decode(exact.encode(words)) == [UNK, "cultivator", UNK, UNK]
    assert encode({}, transfer.vocabulary, words)[0] == 0


def test_the_report_says_what_is_covered(file):
    transfer = transfer_of(file)
    assert transfer.about == (
        "vectors.txt: 5 vectors of width 6, tuned; of the training part they cover 66.7% of the"
        " vocabulary, 80.0% of the running words",
        "4 words that only they have are known in other texts",
    )
    assert transfer.data["pretrained"]["covered"] == {"words": 0.6667, "tokens": 0.8}
    other = file.with_name("other.txt")
    lines = file.read_text().splitlines(keepends=True)
    other.write_text("".join([*lines, lines[0]]))
    assert "width 6 (1 repetitions left out)" in transfer_of(other).about[0]
    assert transfer_of(other).data["pretrained"]["sha256"] != transfer.data["pretrained"]["sha256"]
    assert transfer_of(file, vectors_limit=1).vocabulary.tokens == (*VOCABULARY.tokens, "cat")


def walk(transfer, config, epoch, steps):
    """How far each row of w and unseen is from its start after each step; all gradients are 1."""
    ones = np.ones((4, 6), np.float32)
    params = {"words": {"w": ones, "unseen": ones}, "head": np.ones(2, np.float32)}
    start = params = transfer.init(lambda key: params)(jax.random.key(0))
    chain = transfer.adjust(config, epoch)(optimizer(config, epoch, steps))
    state, path = jax.jit(chain.init)(params), []

    @jax.jit
    def moved(state, params):
        updates, state = chain.update(jax.tree.map(jnp.ones_like, params), state, params)
        return step.moved(params, updates), state

    for _ in range(steps):
        params, state = moved(state, params)
        path.append(jax.tree.map(lambda a, b: np.abs(a - b).max(-1), params, start)["words"])
    return path


@pytest.mark.parametrize(
    ("train", "steps_frozen"), [("tuned", 0), ("frozen", 4), ("0", 0), ("1", 2), ("2", 4)]
)
def test_frozen_tuned_or_both(train, steps_frozen, file):
    """Rows with a vector (1, 2) stand still as long as they should; the others (0, 3) never do."""
    config = Optimization(optimizer="adamw", rate=0.01, weight_decay=0.1, clip=1.0)
    path = walk(transfer_of(file, vectors_train=train), config, epoch=2, steps=4)
    assert [bool(far["w"][[1, 2]].all()) for far in path] == [n > steps_frozen for n in range(1, 5)]
    assert all(not far["w"][[1, 2]].any() for far in path[:steps_frozen])
    assert all(far["w"][[0, 3]].all() for far in path)
    assert not any(far["unseen"].any() for far in path)  # weight decay does not move them either


def test_a_rate_of_their_own(file):
    config = Optimization(optimizer="sgd", rate=0.5)
    (far,) = walk(transfer_of(file, vectors_rate=0.1), config, epoch=1, steps=1)
    np.testing.assert_allclose(far["w"], [0.5, 0.05, 0.05, 0.5], rtol=1e-5)


def test_without_a_file_nothing_changes():
    transfer = read_transfer(PretrainedConfig(), VOCABULARY, COUNTS)
    config = LanguageModelConfig(embedding=7)
    assert (transfer.vocabulary, transfer.unseen, transfer.about, transfer.data) == (
        VOCABULARY,
        0,
        (),
        {},
    )
    assert widened(config, transfer.data) is config
    chain, init = optax.sgd(1.0), walk
    assert transfer.adjust(Optimization(), 1)(chain) is chain
    assert transfer.init(init) is init
    assert transfer.encode(["THE", "the"]).tolist() == [0, 1]


@pytest.mark.parametrize("width", [0, 6])
def test_the_embedding_is_as_wide_as_the_vectors(width, file):
    vectors = PretrainedConfig(vectors=str(file))
    check(vectors, LanguageModelConfig(embedding=width))
    assert widened(LanguageModelConfig(embedding=width), transfer_of(file).data).embedding == 6
    with pytest.raises(
        ValueError, match=r"embedding: got 7, but the vectors of .* are 6 wide; wan"
    ):
        check(vectors, LanguageModelConfig(embedding=7))


TEXTS = {
    "classification": ("x the cat\ny plum\n", ("--layout=label_first",)),
    "language_model": ("the cat\nplum\n", ("--tokenizer=words", "--sentences", "--batch=2")),
    "tagging": ("the X\ncat Y\n\nplum X\n\n", ("--minimum=1",)),
    "translation": ("the cat {n}\tchat {n}\nplum {n}\tpomme {n}\n", ("--tokenizer=words",)),
}
"""Of each task that begins with vectors: what it reads, and how."""


@pytest.mark.parametrize("name", TEXTS)
def test_every_task_begins_with_them(name, file, tmp_path):
    """The record holds settings as they were given, and the width beside the data."""
    text, flags = TEXTS[name]
    path = tmp_path / "data.tsv"
    path.write_text("".join(text.format(n=n) for n in range(10)))
    task = TASKS[name]
    flags = [f"--data={path}", *flags, f"--vectors={file}", "--valid=0.2", "--test=0.2"]
    record, data_set, _, training = prepared(task, *flags, "--hidden=6", "--driver=sequential")
    transfer = data_set.pretrained
    as_given = {field.name: field.default for c in task.configs for field in fields(c)}
    assert record["config"]["embedding"] == as_given["embedding"]
    assert record["data"]["pretrained"]["width"] == 6
    params = training.init(jax.random.key(0))
    for key in transfer.path:
        params = params[key]
    (cat,) = transfer.encode(["cat"])
    np.testing.assert_array_equal(params["w"][cat], MATRIX[0])
    np.testing.assert_array_equal(params["unseen"], MATRIX[1:4])
    model = task.build(record, data_set.vocabularies)
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    want = jax.eval_shape(training.init, jax.random.key(0))
    assert jax.tree.map(jnp.shape, shapes) == jax.tree.map(jnp.shape, want)


def test_no_task_with_vectors_is_left_out():
    with_vectors = {name for name, task in TASKS.items() if PretrainedConfig in task.configs}
    assert with_vectors == set(TEXTS)


WRONG = {
    "--vectors_train=frozn": "vectors_train: got 'frozn', want tuned, frozen or a number of epochs",
    "--vectors_train=-1": "vectors_train: got '-1'",
    "--vectors_rate=0": "vectors_rate: got 0.0, want a number above 0",
    "--vectors_rate=inf": "vectors_rate: got inf",
    "--vectors_train=frozen --vectors_rate=2": "vectors_rate: got 2.0 with vectors_train=frozen",
    "--vectors_limit=-1": "vectors_limit: got -1",
    "--vectors= --vectors_rate=2": "vectors_rate: got 2.0 without --vectors",
    "--vectors= --novectors_lower": "vectors_lower: got False without --vectors",
    "--embedding=5": "embedding: got 5, but the vectors of",
    "--tokenizer=characters": "vectors: got .* for characters, want --tokenizer=words",
    "--vectors=nothing": "nothing: got no file, want vectors",
}


@pytest.mark.parametrize("flags", WRONG)
def test_flags_that_are_wrong_or_contradict(flags, file, tmp_path):
    common = [f"--data={write(tmp_path)}", "--tokenizer=words", f"--vectors={file}"]
    with pytest.raises(ValueError, match=WRONG[flags]):
        prepared(TASK, *TINY, *common, *flags.split())


SAID = "the cat sat on the mat\na dog ran to the cat\nthe dog sat on a mat\n"


def launched(folder, file, *more):
    text = folder / "text"
    text.mkdir(exist_ok=True)
    (text / "train.txt").write_text(SAID * 10)
    for part in ("valid", "test"):
        (text / f"{part}.txt").write_text("the durian sat on a mat\nthe cultivator ran\n")
    return [
        *TINY, f"--data={text}", "--tokenizer=words", "--sentences", "--batch=8", "--epochs=2",
        f"--vectors={file}", "--optimizer=adamw", "--weight_decay=0.1", "--head=tied",
        "--hidden=6", "--driver=sequential", *more,
    ]  # fmt: skip


def test_a_language_model_reads_words_that_it_cannot_predict(file, tmp_path, monkeypatch):
    quick(monkeypatch)
    made = prepared(TASK, *launched(tmp_path, file))
    loaded = untrained(TASK, made, grow=3.0)
    model, params, words = loaded.model, loaded.params, loaded.vocabulary
    size = predicted(made.record["data"], words)
    assert words.tokens[size:] == ("durian", "cultivator")
    durian, unk = words.encode(["durian"])[0], words.unk
    ids = jnp.array([[durian, unk]])
    _, logits = jax.jit(model.step)(params, model.start(params, 2), ids[0])
    assert logits.shape == (2, size)
    assert (logits[0] != logits[1]).all()
    # As a target it is the unknown word.
    batch = {"targets": ids, "inputs": 0 * ids, "weights": ids * 0 + 1.0, "fresh": jnp.array(True)}
    nats, _ = jax.jit(model.evaluate)(params, model.start(params, 2), batch)[1]["loss"]
    assert nats[0, 0] == nats[0, 1]
    both = jax.jit(jax.value_and_grad(model.loss, has_aux=True))
    (loss, _), gradients = both(params, model.start(params, 2), batch)
    np.testing.assert_allclose(loss, nats.mean(), rtol=1e-6)
    assert gradients["embed"]["w"].any() and not gradients["embed"]["unseen"].any()


def test_scores_texts_and_baselines_of_such_a_model(file, tmp_path, monkeypatch):
    quick(monkeypatch)
    made = prepared(TASK, *launched(tmp_path, file))
    loaded = untrained(TASK, made, grow=3.0)
    known, strange = loaded.score(["the durian sat", "the kiwi sat"])
    assert (known.unknown, strange.unknown) == (1, 1)
    assert known.log_probability != strange.log_probability
    (text,) = loaded.sample("the durian", length=5, top_k=99)
    assert text.startswith("the durian")
    ids, _ = held_out(made.data_set, "test")
    words = loaded.vocabulary
    assert " ".join(words.decode(ids)) == "the <unk> sat on a mat <eos> the <unk> ran <eos>"


def test_a_run_with_vectors_from_start_to_end(file, tmp_path, monkeypatch, capsys):
    quick(monkeypatch)
    folder, flags = tmp_path / "run", launched(tmp_path, file, "--vectors_train=1")
    flags = [*flags, f"--workdir={folder}"]
    assert run(TASK, *flags) == 0
    error = capsys.readouterr().err
    assert "vectors.txt: 5 vectors of width 6, 1; of the training part they cover" in error
    loaded = runs.load(folder, "newest")
    embed, words = loaded.params["embed"], loaded.vocabulary
    np.testing.assert_array_equal(embed["unseen"], MATRIX[[2, 3]])
    assert (embed["w"][words.encode(["cat"])[0]] != MATRIX[0]).all()
    # The same vectors elsewhere are the same run; others are not.
    other = file.rename(tmp_path / "elsewhere.txt")
    with runs.begun(TASK, given(TASK, *flags, f"--vectors={other}")) as same:
        assert same.done == same.training.loop.steps
    write_vectors(other, Vectors(WORDS, MATRIX + 1), format="glove")
    with pytest.raises(SystemExit):
        run(TASK, *flags, f"--vectors={other}")
    assert "data: pretrained (the word vectors of a file): got" in capsys.readouterr().err
    assert "vectors" in FREE
