"""Features and classes that arrive one by one: what is copied, what is computed, what is saved. No clock is asked."""

import math
import pickle

import numpy as np
import pytest
from models import NATIVE, bits

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor, room
from streamnorm.learner import Learner

ENGINES = [NATIVE, "reference", "autograd"]


@pytest.fixture
def allocated(monkeypatch):
    """Bytes of every array that growth has made."""
    sizes = []

    def counted(array, axis, n):
        longer = room.lengthened(array, axis, n)
        if room.buffer(longer) is not room.buffer(array):
            sizes.append(room.buffer(longer).nbytes)
        return longer

    for module in ("network", "standardizer"):
        monkeypatch.setattr(f"streamnorm.{module}.lengthened", counted)
    return sizes


@pytest.fixture
def connected(monkeypatch):
    """How often a learner was described to its engine."""
    times = []
    connect = Learner.connect
    monkeypatch.setattr(Learner, "connect", lambda learner: (times.append(1), connect(learner)))
    return times


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hidden", [(), (4,)], ids=len)
def test_features_one_by_one_copy_a_few_times_the_final_size(engine, hidden, allocated, connected):
    n = 1_000 if engine == "autograd" else 10_000  # Torch takes a millisecond to be connected again.
    model = NormPropRegressor(hidden, 0.01, optimizer="adam", engine=engine, seed=1)
    for name in range(n):
        model._learner.add_features([name])
    width = hidden[0] if hidden else 1
    W, statistics = 3 * 4 * width * n, 6 * 8 * n  # W, m and v in float32; six statistics of a feature in float64.
    # Buffers double: the last is at most twice what it holds, and those before it are as much again in all.
    assert W + statistics < sum(allocated) < 4 * (W + statistics)
    if engine == "native":
        assert len(connected) <= 3 + math.ceil(math.log2(n))  # Empty, with an output, with a feature; then it doubles.
    assert model._arrays()["network.0.0.W"].shape == (width, n)


@pytest.mark.parametrize("engine", ENGINES)
def test_classes_one_by_one_copy_a_few_times_the_final_size(engine, allocated, connected):
    n = 300
    model = NormPropClassifier((4,), 0.01, engine=engine, seed=1)
    for label in range(n):
        model.learn_one({"x": 1.0}, label)
    head = 2 * 4 * 5 * n + 8 * n  # W and b with their v in float32, and the last step of each output.
    assert head < sum(allocated) < 4.1 * head
    if engine == "native":
        assert len(connected) <= 3 + math.ceil(math.log2(n))


def test_the_first_features_take_no_more_room_than_they_need():
    model = NormPropClassifier(seed=1)
    model.learn_one(dict.fromkeys("abcde", 1.0), True)
    arrays = model._arrays()
    assert all(room.buffer(arrays[name]).shape == arrays[name].shape for name in arrays if ".0.W" in name)
    assert room.buffer(arrays["features.mean"]).size == 5


def test_memory_is_reported_with_the_room():
    model = NormPropClassifier((64,), 0.01, seed=1)
    model.learn_one(dict.fromkeys("abcde", 1.0), True)
    before = model._raw_memory_usage
    model.learn_one(dict.fromkeys("abcdef", 1.0), True)
    # Five more columns of W and v in float32, of which one is in use; five more of three statistics.
    assert before + 2 * 4 * 64 * 5 < model._raw_memory_usage < before + 2 * 4 * 64 * 5 + 3 * 8 * 5 + 1000
    grown = model._raw_memory_usage
    model.learn_one(dict.fromkeys("abcdefg", 1.0), True)
    assert grown < model._raw_memory_usage < grown + 200  # A name.


def stream(samples, seed=3):
    """A new feature every third sample, one sample in four without one of the old; targets from four of them."""
    rng = np.random.default_rng(seed)
    for i in range(samples):
        x = {f"f{j}": float(v) for j, v in enumerate(rng.standard_normal(2 + i // 3)) if i % 4 or j != i % 7}
        yield x, float(np.sin(x.get("f0", 0.0)) + x.get("f1", 0.0) * x.get("f5", 1.0) + 0.5 * x.get("f20", 0.0))


def grown(estimator, engine, samples=120, **arguments):
    model = estimator((7, 5), 0.01, engine=engine, dtype="float64", seed=5, **arguments)
    for x, y in stream(samples):
        model.learn_one(x, y if estimator is NormPropRegressor else str(round(y)))
    return model


@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("engine", [NATIVE, "autograd"])
def test_engines_walk_the_same_path_while_features_and_classes_grow(engine, optimizer, estimator):
    models = [grown(estimator, name, optimizer=optimizer) for name in (engine, "reference")]
    settled = []
    for model in models:
        mixture = model._learner.mixture
        for network, method in zip(mixture.networks, mixture.optimizers, strict=True):
            network.settle(method.decays)
        settled.append(model._arrays())
    for name, array in settled[1].items():
        # Roundings of 1e-16, amplified by 120 steps.
        np.testing.assert_allclose(settled[0][name], array, rtol=0.0, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hidden", [(), (7, 5)], ids=len)
@pytest.mark.parametrize("features", [5, 300])  # Long rows have a loop of their own.
def test_a_new_feature_moves_no_prediction_without_it(engine, hidden, features):
    model = NormPropClassifier(hidden, engine=engine, dtype="float64", seed=5)
    rng = np.random.default_rng(1)
    for i in range(60):
        model.learn_one(dict(enumerate(rng.standard_normal(features).tolist())), i % 3)
    x = dict(enumerate(rng.standard_normal(features).tolist()))
    for new in range(5):
        before = model.predict_proba_one(x)
        model._learner.add_features([f"new {new}"])
        # Zeros are added, but vectors may group the others anew.
        assert model.predict_proba_one(x) == pytest.approx(before, rel=0.0, abs=1e-13)


@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), "saved"], ids=["pickle", "file"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hidden", [(), (7, 5)], ids=len)
def test_a_model_that_resumes_amid_growth_has_the_same_bits(engine, hidden, dtype, optimizer, copied, tmp_path):
    """The live one has room in its arrays, the other has none."""
    model = NormPropRegressor(hidden, 0.01, engine=engine, dtype=dtype, optimizer=optimizer, seed=5)
    samples = [*stream(120)]
    for i, (x, y) in enumerate(samples):
        if i in (40, 100):
            if copied == "saved":
                model.save(tmp_path / "model")
                other = streamnorm.load(tmp_path / "model")
            else:
                other = copied(model)
            assert bits(other) == bits(model)
            for x_, y_ in samples[i : i + 20]:
                other.learn_one(x_, y_)
        model.learn_one(x, y)
        if i in (59, 119):
            assert bits(other) == bits(model)


@pytest.mark.parametrize("engine", ENGINES)
def test_room_is_not_saved(engine, tmp_path):
    model = grown(NormPropRegressor, engine)
    model.save(tmp_path / "model")
    values = sum(array.nbytes for array in model._arrays().values())
    assert values < (tmp_path / "model").stat().st_size < values + 20_000
