"""What is counted goes on being counted: a float32 would stand still at 2**24, an int32 turn over at 2**31."""

import numpy as np
import pytest
from models import NATIVE
from river import datasets

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import EdgeLearner, to_onnx

STREAMS = {NormPropClassifier: datasets.Phishing, NormPropRegressor: datasets.TrumpApproval}
LATE = [2**24, 2**31]


def long_trained(estimator, engine, optimizer, samples):
    """A model that believes to have learned so many samples, and some."""
    model = estimator((4,), optimizer=optimizer, engine=engine, seed=1)
    rows = [*STREAMS[estimator]().take(20)]
    for x, y in rows:
        model.learn_one(x, y)
    learner = model._learner
    learner.mixture.samples[:] = samples
    for network in learner.mixture.networks:
        network.step = samples
        for last in network.last:
            last[:] = samples
    for standardizer in filter(None, [learner.standardizer, learner.target]):
        standardizer.count[:] = samples
    learner.connect()
    return model, rows


def assert_counted(model, samples):
    learner = model._learner
    assert learner.mixture.samples.tolist() == [samples]
    assert [network.step for network in learner.mixture.networks] == [samples] * 3
    assert set(learner.standardizer.count.tolist()) == {samples}
    assert learner.target is None or learner.target.count.tolist() == [samples]
    assert all(np.isfinite(array).all() for array in model._arrays().values())


@pytest.mark.parametrize("samples", LATE)
@pytest.mark.parametrize("engine", [NATIVE, "reference", "autograd"])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
def test_live_models_count_on(estimator, optimizer, engine, samples):
    model, rows = long_trained(estimator, engine, optimizer, samples)
    before = {name: array.copy() for name, array in model._arrays().items()}
    for x, y in rows[:5]:
        model.learn_one(x, y)
    assert_counted(model, samples + 5)
    # It still learns: rates do not depend on how many samples there have been.
    moved = {name for name, array in model._arrays().items() if not np.array_equal(array, before[name])}
    assert {"network.0.0.W", "network.2.1.b", "network.weights", "features.mean", "features.variance"} <= moved


@pytest.mark.parametrize("samples", LATE)
@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
def test_exported_files_count_on(estimator, samples, tmp_path):
    model, rows = long_trained(estimator, "auto", "adam", samples)
    to_onnx(model, tmp_path / "late.onnx", learn=True)
    device = EdgeLearner(tmp_path / "late.onnx")
    for x, y in rows[:5]:
        device.learn_one(x, y)
    device.save(tmp_path / "late.onnx")
    assert_counted(streamnorm.load_edge(tmp_path / "late.onnx"), samples + 5)
