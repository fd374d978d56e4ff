"""Of the samples that are learned every n-th moves the weights."""

import math
import pickle

import numpy as np
import pytest
from river import datasets

import streamnorm
from streamnorm import (
    Conv1d,
    GlobalMaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
    SlidingWindow,
)
from streamnorm.export import EdgeLearner, to_onnx

STREAM = [*datasets.Phishing().take(60)]
ENGINES = ["native", "reference", "autograd"]


def arrays(model):
    return {name: array.tolist() for name, array in model._arrays().items() if name != "pace.count"}


def n_learned(model):
    """How many samples have moved the weights, or had the weight to."""
    return int(model._learner.mixture.samples[0])


def as_label(y):
    return y


def as_value(y):
    return float(y)


def as_several(y):
    return {"one": y, "other": not y}


# What has the weight of a sample as an argument, and what it learns of a label.
WEIGHTED = {
    NormPropClassifier: as_label,
    NormPropMultiLabelClassifier: as_several,
    NormPropMultiTargetRegressor: as_several,
    NormPropRegressor: as_value,
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("estimator", WEIGHTED)
def test_every_third_is_every_third_with_a_weight_and_the_others_without(estimator, engine):
    target = WEIGHTED[estimator]
    model = estimator((4,), seed=1, engine=engine, learn_every=3)
    by_hand = estimator((4,), seed=1, engine=engine)
    for i, (x, y) in enumerate(STREAM):
        model.learn_one(x, target(y), w=2.0)
        by_hand.learn_one(x, target(y), w=0.0 if i % 3 else 2.0)
    assert arrays(model) == arrays(by_hand)
    assert n_learned(model) == 20
    assert model._learner.standardizer.count.tolist() == [60] * 9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_detector_judges_every_sample_and_learns_every_third(engine):
    model = NormPropAnomalyDetector((4, 2, 4), seed=1, engine=engine, learn_every=3)
    for x, _ in STREAM:
        model.learn_one(x)
    assert n_learned(model) == 20
    assert model._learner.standardizer.count.tolist() == [60] * 9
    assert model._surprise.errors.count.tolist() == [60] * 9


def test_one_learns_all_and_has_nothing_more_in_its_file():
    model = NormPropClassifier((4,), seed=1, learn_every=1)
    assert model._learner.pace is None
    assert "pace.count" not in model._arrays()


@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor])
def test_many_rows_are_learned_as_one_by_one(estimator):
    target = WEIGHTED[estimator]
    one, many, tested = (estimator((4,), seed=1, learn_every=4) for _ in range(3))
    X, Y = np.array([[*x.values()] for x, _ in STREAM]), [target(y) for _, y in STREAM]
    before = []
    for x, y in zip(X.tolist(), Y, strict=True):
        before.append(one.predict_one(dict(enumerate(x))))
        one.learn_one(dict(enumerate(x)), y)
    for rows in (slice(0, 7), slice(7, 60)):
        many.learn_many(X[rows], Y[rows])
    predicted = tested.test_then_train_many(X, Y)
    assert arrays(many) == arrays(one) == arrays(tested)
    assert [*predicted[1:]] == before[1:]
    assert many._learner.pace.count == one._learner.pace.count == 60


def test_a_class_is_known_from_the_sample_that_shows_it():
    model = NormPropClassifier((4,), seed=1, learn_every=5)
    for (x, _), y in zip(STREAM, ("first", "second", "third"), strict=False):
        model.learn_one(x, y)
    assert model.classes_ == ["first", "second", "third"]
    assert n_learned(model) == 1


def test_a_sample_that_raises_has_no_turn():
    model = NormPropClassifier((4,), seed=1, learn_every=2)
    model.learn_one(*STREAM[0])
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match="'a' is inf"):
        model.learn_one({"a": math.inf}, True)
    assert pickle.dumps(model) == before


def windowed(size=6, **arguments):
    return NormPropClassifier((Conv1d(3, 3), GlobalMaxPool()), input_shape=(2, size), seed=1, **arguments)


def test_without_a_window_a_sample_has_no_turn():
    model = windowed(learn_every=2)
    x = {"window": np.arange(12.0).reshape(2, 6)}
    for sample in (x, {}, x, {}, {}, x):
        model.learn_one(sample, 0)
    assert model._learner.pace.count == 3
    assert n_learned(model) == 2


def test_in_a_pipeline_the_first_window_is_learned_and_then_every_nth():
    model = SlidingWindow(6) | windowed(learn_every=4)
    angles = np.arange(26) * 0.7
    for i, angle in enumerate(angles.tolist()):
        model.learn_one({"x": math.sin(angle), "y": math.cos(angle)}, i // 6 % 2)
    # 21 windows, of which the first, the fifth, ... count.
    assert n_learned(model["NormPropClassifier"]) == 6


def test_a_detector_takes_no_window_for_no_sample():
    model = NormPropAnomalyDetector((Conv1d(3, 3), GlobalMaxPool(), 2), input_shape=(2, 6), seed=1)
    model.learn_one({"window": np.arange(12.0).reshape(2, 6)})
    before = arrays(model)
    model.learn_one({})
    assert arrays(model) == before


@pytest.mark.parametrize("estimator", [*WEIGHTED, NormPropAnomalyDetector])
def test_the_turn_goes_on_where_a_file_was_saved(estimator, tmp_path):
    width = (4, 2, 4) if estimator is NormPropAnomalyDetector else (4,)
    target = WEIGHTED.get(estimator)
    model = estimator(width, seed=1, learn_every=7)

    def learn(model, samples):
        for x, y in samples:
            model.learn_one(*((x, target(y)) if target else (x,)))

    learn(model, STREAM[:10])
    model.save(tmp_path / "model.streamnorm")
    resumed = streamnorm.load(tmp_path / "model.streamnorm")
    pickled = pickle.loads(pickle.dumps(model))
    for each in (model, resumed, pickled):
        learn(each, STREAM[10:])
        assert each._learner.pace.count == 60
    assert arrays(model) == arrays(resumed) == arrays(pickled)


def test_a_clone_begins_with_the_first_sample():
    model = NormPropClassifier((4,), seed=1, learn_every=7)
    model.learn_one(*STREAM[0])
    clone = model.clone()
    assert clone.learn_every == 7
    assert clone._learner.pace.count == 0


def test_on_a_device_the_caller_decides_and_at_home_the_count_starts_anew(tmp_path):
    path = tmp_path / "model.onnx"
    model = NormPropClassifier((4,), seed=1, learn_every=3)
    for x, y in STREAM[:40]:
        model.learn_one(x, y)
    to_onnx(model, path, learn=True)
    device = EdgeLearner(path)
    for x, y in STREAM[40:]:
        device.learn_one(x, y)
    device.save(path)
    home = streamnorm.load_edge(path)
    assert home.learn_every == 3
    assert home._learner.pace.count == 0
    assert n_learned(home) == 14 + 20
    assert home.predict_proba_one(STREAM[0][0]) == pytest.approx(device.predict_proba_one(STREAM[0][0]), abs=1e-5)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_what_is_no_count_raises(value):
    with pytest.raises(ValueError, match="learn_every is an int of 1 or more, not"):
        NormPropRegressor(learn_every=value)
