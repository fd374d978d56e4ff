"""When a Checkpointer saves, what it goes on from, and what it refuses."""

import itertools
import threading
import time
from datetime import timedelta

import numpy as np
import pytest
from models import NATIVE, bits
from river import datasets, preprocessing

import streamnorm
from streamnorm import Checkpointer, NormPropClassifier, NormPropRegressor
from streamnorm.checkpoint import load_counted


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


def learn(checkpointer, n):
    samples = itertools.islice(datasets.Phishing(), checkpointer.samples, checkpointer.samples + n)
    for x, y in samples:
        checkpointer.model.learn_one(x, y)
        checkpointer.step()


def on_disk(path):
    return load_counted(path)[1]


def test_it_saves_every_so_many_samples(path):
    checkpointer = Checkpointer(NormPropClassifier((4,), seed=1), path, every=10)
    assert on_disk(path) == 0
    for n, saved in [(9, 0), (1, 10), (9, 10), (1, 20)]:
        learn(checkpointer, n)
        assert on_disk(path) == saved
    checkpointer.step(25)
    assert on_disk(path) == 45
    checkpointer.step(9)
    assert on_disk(path) == 45
    checkpointer.save()
    assert on_disk(path) == checkpointer.samples == 54


def test_it_saves_after_so_much_time(path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    checkpointer = Checkpointer(NormPropClassifier((4,), seed=1), path, every=timedelta(seconds=2))
    for seconds, saved in [(1.9, 0), (0.1, 2), (1.9, 2), (5.0, 4)]:
        now += seconds
        learn(checkpointer, 1)
        assert on_disk(path) == saved


def test_the_model_becomes_what_the_file_holds(path):
    first = Checkpointer(NormPropClassifier((4,), seed=1), path, every=100)
    learn(first, 250)
    model = NormPropClassifier((4,), seed=1)
    second = Checkpointer(model, path, every=100)
    assert second.model is model
    assert second.samples == 200
    assert bits(model) == bits(streamnorm.load(path))
    learn(second, 50)
    assert bits(model) == bits(first.model)
    learn(second, 50)
    assert on_disk(path) == 300


def test_it_goes_on_within_a_pipeline(path):
    def pipeline():
        return preprocessing.TargetStandardScaler(NormPropRegressor((4,), seed=1))

    first, second = pipeline(), pipeline()
    checkpointer = Checkpointer(first.regressor, path, every=1)
    for x, y in datasets.TrumpApproval().take(10):
        first.learn_one(x, y)
        checkpointer.step()
    assert Checkpointer(second.regressor, path).samples == 10
    assert bits(second.regressor) == bits(first.regressor)


def test_after_an_error_of_the_disk_the_next_step_tries_again(path, monkeypatch):
    checkpointer = Checkpointer(NormPropClassifier((4,), seed=1), path, every=10)

    def fail(*arguments):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as disk:
        disk.setattr("streamnorm.files.replace", fail)
        learn(checkpointer, 9)
        with pytest.raises(OSError, match="No space left"):
            learn(checkpointer, 1)
    assert on_disk(path) == 0
    learn(checkpointer, 1)
    assert on_disk(path) == 11


def test_where_nothing_can_be_written_is_said_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Checkpointer(NormPropClassifier(), tmp_path / "nowhere" / "model")


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "1", None, timedelta(0), timedelta(seconds=-1)], ids=repr)
def test_every_is_a_count_or_a_time(every, path):
    with pytest.raises(ValueError, match="every is a number of samples, 1 or more, or a timedelta above 0, not"):
        Checkpointer(NormPropClassifier(), path, every=every)
    assert not path.exists()


@pytest.mark.parametrize("samples", [-1, 1.0, True, "1", None], ids=repr)
def test_only_counts_are_counted(samples, path):
    """What was not counted could not be skipped, and a file that says so could not be loaded."""
    checkpointer = Checkpointer(NormPropClassifier((4,), seed=1), path, every=1)
    checkpointer.step(np.int64(3))
    with pytest.raises(ValueError, match="samples is an int of 0 or more, not"):
        checkpointer.step(samples)
    assert on_disk(path) == checkpointer.samples == 3


def test_a_pipeline_is_refused(path):
    with pytest.raises(TypeError, match=r"not a Pipeline: of a pipeline give it the last step"):
        Checkpointer(preprocessing.MinMaxScaler() | NormPropClassifier(), path)


def test_a_model_that_has_learned_does_not_give_way_to_a_file(path):
    learn(Checkpointer(NormPropClassifier((4,), seed=1), path, every=1), 1)
    for x in ({"a": 1.0}, {}):
        model = NormPropClassifier((4,), seed=1)
        model.learn_one(x, True)
        before, file = bits(model), path.read_bytes()
        with pytest.raises(ValueError, match="the one that was given has learned something else"):
            Checkpointer(model, path)
        assert (bits(model), path.read_bytes()) == (before, file)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (NormPropRegressor((4,), seed=1), "holds a NormPropClassifier, not a NormPropRegressor"),
        (NormPropClassifier((8,), seed=1), r"holds a model with hidden=\(4,\), not hidden=\(8,\)"),
        (NormPropClassifier((4,), seed=2), "holds a model with seed=1, not seed=2"),
    ],
    ids=["class", "hidden", "seed"],
)
def test_a_file_of_another_model_is_refused(other, words, path):
    learn(Checkpointer(NormPropClassifier((4,), seed=1), path, every=1), 1)
    before, file = bits(other), path.read_bytes()
    with pytest.raises(ValueError, match=words):
        Checkpointer(other, path)
    assert (bits(other), path.read_bytes()) == (before, file)


def test_a_file_that_does_not_count_is_refused(path):
    NormPropClassifier((4,), seed=1).save(path)
    with pytest.raises(ValueError, match="does not say how many samples its model has learned"):
        Checkpointer(NormPropClassifier((4,), seed=1), path)


def test_a_model_that_was_loaded_goes_on_with_its_file(path):
    learn(Checkpointer(NormPropClassifier((4,), seed=1), path, every=1), 3)
    checkpointer = Checkpointer(streamnorm.load(path), path, every=1)
    assert checkpointer.samples == 3
    learn(checkpointer, 1)
    assert Checkpointer(NormPropClassifier((4,), seed=1), path).samples == 4
    checkpointer.model.save(path)
    assert Checkpointer(streamnorm.load(path), path).samples == 0  # That file does not count.


@pytest.mark.parametrize("engine", [NATIVE, "reference"])
def test_a_save_waits_for_a_thread_that_learns(engine, path):
    model = NormPropClassifier((16,), seed=1, engine=engine)
    rng = np.random.default_rng(1)
    rows = 30 if engine == "reference" else 3_000
    X = rng.normal(size=(rows, 20))
    y = X[:, 0] > 0
    model.learn_many(X[:10], y[:10])
    moments = [bits(model)]
    for _ in range(5):
        thread = threading.Thread(target=model.learn_many, args=(X, y))
        thread.start()
        model.save(path)
        thread.join()
        moments.append(bits(model))
        # What is on disk is the model before or after all rows, and nothing in between.
        assert bits(streamnorm.load(path)) in moments[-2:]
