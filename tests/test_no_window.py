"""A sample without its array: it predicts as the mean does, and teaches nothing."""

import numpy as np
import pytest
from models import bits

from streamnorm import Conv1d, Conv2d, GlobalMaxPool, MaxPool, NormPropClassifier, NormPropRegressor

ENGINES = pytest.mark.parametrize("engine", ["reference", "autograd", "auto"])
NETS = [
    ((Conv1d(4, 3), MaxPool(2), Conv1d(3, 3), GlobalMaxPool(), 5), (2, 9)),
    ((Conv2d(4, 3), 5), (2, 4, 4)),
    ((5,), (2, 9)),
]


def trained(estimator, hidden, shape, engine):
    model = estimator(hidden, input_shape=shape, engine=engine, seed=1)
    rng = np.random.default_rng(1)
    for i in range(40):
        model.learn_one({"window": rng.standard_normal(shape) + i % 2}, i % 2)
    return model


@ENGINES
@pytest.mark.parametrize(("hidden", "shape"), NETS, ids=["1-D", "2-D", "dense"])
def test_it_teaches_a_classifier_nothing(engine, hidden, shape):
    model = trained(NormPropClassifier, hidden, shape, engine)
    before = bits(model)
    model.learn_one({}, 1)
    assert bits(model) == before


@ENGINES
@pytest.mark.parametrize(("hidden", "shape"), NETS, ids=["1-D", "2-D", "dense"])
def test_a_regressor_counts_its_target_and_nothing_else(engine, hidden, shape):
    model = trained(NormPropRegressor, hidden, shape, engine)
    before = {name: array.copy() for name, array in model._arrays().items()}
    model.learn_one({}, 3.0)
    changed = {name for name, array in model._arrays().items() if not np.array_equal(array, before[name])}
    assert changed == {"target.count", "target.mean", "target.variance"}
    assert model._arrays()["target.count"] == before["target.count"] + 1


@ENGINES
@pytest.mark.parametrize(("hidden", "shape"), NETS, ids=["1-D", "2-D", "dense"])
def test_it_predicts_as_the_mean_does(engine, hidden, shape):
    model = trained(NormPropClassifier, hidden, shape, engine)
    positions = model._learner.standardizer.positions
    center = np.tile(model._learner.standardizer.center, positions)  # channels last
    mean = np.moveaxis(center.reshape(*shape[1:], shape[0]), -1, 0)
    assert model.predict_proba_one({}) == model.predict_proba_one({"window": mean})


@ENGINES
def test_a_window_of_nothing_but_nan_is_no_window(engine):
    hidden, shape = NETS[0]
    model = NormPropClassifier(hidden, input_shape=shape, missing="mean", engine=engine, seed=1)
    rng = np.random.default_rng(1)
    for i in range(40):
        model.learn_one({"window": rng.standard_normal(shape)}, i % 2)
    before = bits(model)
    nothing = {"window": np.full(shape, np.nan)}
    model.learn_one(nothing, 1)
    assert bits(model) == before
    assert model.predict_proba_one(nothing) == model.predict_proba_one({})


@ENGINES
def test_a_class_that_is_met_without_its_window_is_known_from_then_on(engine):
    hidden, shape = NETS[0]
    model = trained(NormPropClassifier, hidden, shape, engine)
    model.learn_one({}, 7)
    assert model.classes_ == [0, 1, 7]
    assert model.predict_proba_one({})[7] > 0.0
