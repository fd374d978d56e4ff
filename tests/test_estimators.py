"""The estimators: arguments, growth, copies, weights, pipelines. River's own checks are in test_river_checks.py."""

import copy
import math
import pickle

import numpy as np
import pytest
from models import bits, handed_over
from river import compose, datasets, evaluate, metrics, preprocessing, utils

from streamnorm import NormPropClassifier, NormPropRegressor

ESTIMATORS = [NormPropClassifier, NormPropRegressor]

# A stream for each kind of estimator.
STREAMS = {NormPropClassifier: datasets.Phishing, NormPropRegressor: datasets.TrumpApproval}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("engine", ["reference", "autograd"])
@pytest.mark.parametrize("copier", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_independent_and_go_on_alike(estimator, engine, copier):
    model = estimator(engine=engine, seed=1)
    stream = [*STREAMS[estimator]().take(60)]
    for x, y in stream[:30]:
        model.learn_one(x, y)
    twin, before = copier(model), bits(model)
    for x, y in stream[30:]:
        twin.learn_one(x, y)
    assert bits(model) == before
    for x, y in stream[30:]:
        model.learn_one(x, y)
    assert bits(model) == bits(twin) != before


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_rivers_clone_with_attributes_goes_on_alike(estimator):
    model = estimator(seed=1)
    stream = [*STREAMS[estimator]().take(60)]
    for x, y in stream[:30]:
        model.learn_one(x, y)
    twin = model.clone(include_attributes=True)
    for x, y in stream[30:]:
        assert model.predict_one(x) == twin.predict_one(x)
        model.learn_one(x, y)
        twin.learn_one(x, y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_hidden_layer_is_a_linear_model(estimator):
    model = estimator(hidden=(), seed=1)
    assert model.clone().hidden == ()
    for x, y in STREAMS[estimator]().take(100):
        model.learn_one(x, y)
    inputs, outputs = len(x), 2 if estimator is NormPropClassifier else 1
    assert model._learner.mixture.networks[0].n_parameters == (inputs + 1) * outputs


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": 64},
        {"hidden": (64, 0)},
        {"hidden": (64.0,)},
        {"hidden": "64"},
        {"learning_rate": 0.0},
        {"learning_rate": -0.1},
        {"learning_rate": 2.0},
        {"learning_rate": math.nan},
        {"learning_rate": "fast"},
        {"learning_rate": None},
        {"optimizer": "adamw"},
        {"optimizer": None},
        {"activation": "relu6"},
        {"standardize": 1},
        {"fading_factor": 1.0},
        {"fading_factor": -0.1},
        {"engine": "cuda"},
        {"dtype": "float16"},
        {"seed": -1},
        {"seed": 1.5},
    ],
    ids=str,
)
def test_a_wrong_argument_raises_at_once_and_is_named(estimator, wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=rf"^{name} .*{value!r}".replace("(", r"\(").replace(")", r"\)")):
        estimator(**wrong)


def test_a_grid_of_layers_takes_lists():
    """River reads a tuple in a grid as a class with its arguments."""
    models = utils.expand_param_grid(NormPropClassifier(), {"hidden": [[8], [4, 4], []]})
    assert [model.hidden for model in models] == [(8,), (4, 4), ()]


def test_a_wrong_loss_raises():
    with pytest.raises(ValueError, match="loss is one of 'huber', 'squared_error', not 'log'"):
        NormPropRegressor(loss="log")


def test_before_the_first_sample():
    assert NormPropClassifier().predict_one({"a": 1}) is None
    assert NormPropClassifier().predict_proba_one({"a": 1}) == {}
    assert NormPropRegressor().predict_one({"a": 1}) == 0.0


def test_an_empty_sample_teaches_the_prior():
    model = NormPropClassifier(seed=1)
    for _ in range(200):
        model.learn_one({}, "a")
        model.learn_one({}, "b")
        model.learn_one({}, "a")
    assert model.predict_one({}) == "a"
    model.learn_one({"x": 1.0}, "b")
    assert model.features_ == ["x"]


def test_a_new_class_and_a_new_feature_keep_the_odds_of_the_others():
    # One replica: in a mixture each keeps its odds, and gives the new class a share of its own.
    model = NormPropClassifier(learning_rate=0.005, seed=1, dtype="float64", standardize=False)
    for x, y in datasets.ImageSegments().take(300):
        if y != "sky":
            model.learn_one(x, y)
    before = model.predict_proba_one(x)
    model.learn_one({**x, "new": 3.0}, "sky", w=0.0)
    after = model.predict_proba_one({**x, "new": 3.0})
    assert [*after] == [*before, "sky"]
    assert model.features_[-1] == "new"
    for label in before:
        # float64; sums of 18 and of 19 products.
        assert after[label] / after["path"] == pytest.approx(before[label] / before["path"], rel=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_predicting_changes_nothing(estimator):
    model = estimator(seed=1)
    for x, y in STREAMS[estimator]().take(50):
        model.learn_one(x, y)
    before = pickle.dumps(model)
    for unseen in ({}, {"unseen": 1.0}, {**x, "unseen": -1e300}, dict.fromkeys(x, 1e300)):
        model.predict_one(unseen)
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_absent_feature_is_its_mean(estimator):
    model = estimator(seed=1, dtype="float64")
    for x, y in STREAMS[estimator]().take(200):
        model.learn_one(x, y)
    name = model.features_[2]
    mean = float(model._learner.standardizer.mean[2])
    without = {key: value for key, value in x.items() if key != name}
    assert model.predict_one(without) == model.predict_one({**x, name: mean})


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_a_weight_of_zero_teaches_nothing_and_a_larger_one_more(estimator, optimizer):
    stream = [*STREAMS[estimator]().take(50)]
    model = estimator(seed=1, optimizer=optimizer)
    for x, y in stream:
        model.learn_one(x, y)
    x, y = stream[-1]
    arrays = {name: array.copy() for name, array in model._learner.mixture.networks[0].arrays()}
    model.learn_one(x, y, w=0.0)
    for name, array in model._learner.mixture.networks[0].arrays():
        np.testing.assert_array_equal(array, arrays[name])
    once, thrice = copy.deepcopy(model), copy.deepcopy(model)
    once.learn_one(x, y)
    thrice.learn_one(x, y, w=3.0)

    def moved(other):
        network = other._learner.mixture.networks[0]
        return sum(float(np.abs(a - arrays[n]).sum()) for n, a in network.arrays() if n[-1] in "Wgb")

    assert moved(once) < moved(thrice)  # How much more: test_weights.py.


def test_memory_is_what_the_arrays_hold():
    model = NormPropClassifier((256, 256), 0.001, "adam", seed=1)
    for x, y in datasets.Phishing().take(10):
        model.learn_one(x, y)
    parameters = 9 * 256 + 256 * 256 + 256 * 2 + 4 * 256 + 2
    arrays = 3 * 4 * parameters  # float32: value, m and v
    assert arrays < model._raw_memory_usage < 1.05 * arrays


def test_in_a_pipeline():
    model = (
        compose.Select("age_of_domain") | preprocessing.StandardScaler() | NormPropClassifier(seed=1, standardize=False)
    )
    metric = evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy())
    assert model["NormPropClassifier"].features_ == ["age_of_domain"]
    assert metric.get() > 0.55


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_it_learns_what_a_linear_model_cannot(optimizer):
    rng = np.random.default_rng(1)
    model, accuracy = NormPropClassifier(seed=1, optimizer=optimizer), metrics.Accuracy()
    for i in range(4_000):
        x = dict(enumerate(rng.standard_normal(4)))
        y = bool(x[0] * x[1] > 0)
        if i >= 2_000:
            accuracy.update(y, model.predict_one(x))
        model.learn_one(x, y)
    assert accuracy.get() > 0.9


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_model_whose_arrays_come_read_only(estimator):
    model = estimator(seed=1)
    for x, y in STREAMS[estimator]().take(30):
        model.learn_one(x, y)
    other = handed_over(model)
    assert other.predict_one(x) == model.predict_one(x)
    other.learn_one(x, y)
    model.learn_one(x, y)
    assert other.predict_one(x) == model.predict_one(x)
