"""Estimators of several targets at once: what is not known is not learned, and new targets come at any time."""

import math
import pickle
from decimal import Decimal

import numpy as np
import pytest
from models import bits
from river import compose, datasets, preprocessing

import streamnorm
from streamnorm import NormPropMultiLabelClassifier, NormPropMultiTargetRegressor, NormPropRegressor

ESTIMATORS = [NormPropMultiLabelClassifier, NormPropMultiTargetRegressor]
BOTH = pytest.mark.parametrize("estimator", ESTIMATORS)


def stream(estimator, n=200):
    rng = np.random.default_rng(2016)
    for _ in range(n):
        x = dict(zip("abc", rng.standard_normal(3).tolist(), strict=True))
        y = {"up": x["a"] - x["b"], "down": x["c"] * x["a"], "far": 100.0 + 7.0 * x["b"]}
        yield x, ({k: v > y["up"] / 2 for k, v in y.items()} if estimator is NormPropMultiLabelClassifier else y)


def learned(estimator, n=200, **arguments):
    model = estimator(**{"hidden": (8, 4), "seed": 1, **arguments})
    for x, y in stream(estimator, n):
        model.learn_one(x, y)
    return model


def told(model, x):
    """Numbers, by the name of the target."""
    if isinstance(model, NormPropMultiLabelClassifier):
        return {label: p[True] for label, p in model.predict_proba_one(x).items()}
    return model.predict_one(x)


@BOTH
def test_before_the_first_target_nothing_is_predicted(estimator):
    model = estimator()
    assert model.predict_one({"a": 1.0}) == {}
    model.learn_one({"a": 1.0}, {})
    model.learn_one({"a": 2.0}, {"up": None, "down": math.nan, "far": np.float32("nan")})
    assert model.predict_one({"a": 1.0}) == {}
    assert model.features_ == ["a"]


@BOTH
def test_the_order_of_dicts_does_not_matter(estimator):
    one, other = estimator(seed=1), estimator(seed=1)
    for x, y in stream(estimator, 50):
        one.learn_one(x, y)
        other.learn_one(dict(reversed(x.items())), dict(reversed(y.items())))
    assert one._targets.names == other._targets.names == ["down", "far", "up"]
    assert bits(one) == bits(other)


@BOTH
@pytest.mark.parametrize(
    "unknown",
    [{}, {"far": None}, {"far": math.nan}, {"far": Decimal("NaN")}],
    ids=["left out", "None", "NaN", "Decimal"],
)
def test_an_unknown_target_is_not_trained_towards_anything(estimator, unknown):
    model = learned(estimator, hidden=())  # Without hidden layers outputs share nothing.
    for x, y in stream(estimator, 20):
        model.learn_one({**x, "a": 3.0}, {name: value for name, value in y.items() if name != "far"} | unknown)
    head = model._learner.mixture.networks[0].parameters[-1]
    twin = learned(estimator, hidden=())._learner.mixture.networks[0].parameters[-1]
    far, up = model._targets.outputs["far"], model._targets.outputs["up"]
    assert np.array_equal(head["W"].value[far], twin["W"].value[far])
    assert not np.array_equal(head["W"].value[up], twin["W"].value[up])
    if model._learner.target:
        assert model._learner.target.count.tolist() == [220.0, 200.0, 220.0]


@BOTH
def test_a_new_target_leaves_the_predictions_of_the_others_as_they_were(estimator):
    model = learned(estimator)
    x, y = next(iter(stream(estimator)))
    twin = pickle.loads(pickle.dumps(model))
    model.learn_one(x, {**y, "late": 1})
    twin.learn_one(x, y)
    assert model._targets.names == ["down", "far", "up", "late"]
    # Its weights are zero, and so is what it sends back. What is left is that all outputs share one implicit rate, and
    # that replicas are weighed by the mean over one more target.
    model._learner.mixture.weights[:] = twin._learner.mixture.weights
    after, expected = told(model, x), told(twin, x)
    assert {name: after[name] for name in expected} == pytest.approx(expected, abs=1e-3)


def test_a_new_label_starts_at_one_half_and_is_not_predicted_yet():
    model = learned(NormPropMultiLabelClassifier)
    x, y = next(iter(stream(NormPropMultiLabelClassifier)))
    model._add(["late"])
    assert model.predict_proba_one(x)["late"] == {False: 0.5, True: 0.5}
    assert model.predict_one(x)["late"] is False
    for x, y in stream(NormPropMultiLabelClassifier, 60):
        model.learn_one(x, {**y, "late": True})
    assert model.predict_proba_one(x)["late"][True] > 0.9


def test_labels_are_independent():
    model = learned(NormPropMultiLabelClassifier)
    for x, _ in stream(NormPropMultiLabelClassifier, 20):
        for label, p in model.predict_proba_one(x).items():
            assert list(p) == [False, True]
            assert p[False] + p[True] == pytest.approx(1.0, abs=1e-15)
            assert model.predict_one(x)[label] is (p[True] > p[False])


@pytest.mark.parametrize(("yes", "no"), [(True, False), (1, 0), (np.True_, np.False_), (1.0, 0.0)], ids=str)
def test_what_is_true_and_false(yes, no):
    model, plain = NormPropMultiLabelClassifier(seed=1), NormPropMultiLabelClassifier(seed=1)
    for x, y in stream(NormPropMultiLabelClassifier, 20):
        model.learn_one(x, {label: yes if value else no for label, value in y.items()})
        plain.learn_one(x, {label: bool(value) for label, value in y.items()})
    assert bits(model) == bits(plain)


def test_a_single_target_is_the_regression():
    several, single = NormPropMultiTargetRegressor(seed=1), NormPropRegressor(seed=1)
    for x, y in datasets.TrumpApproval().take(200):
        assert several.predict_one(x) == ({"y": single.predict_one(x)} if several.targets_ else {})
        several.learn_one(x, {"y": y})
        single.learn_one(x, y)
    assert several._arrays().keys() == single._arrays().keys()
    for name, array in single._arrays().items():
        assert np.array_equal(several._arrays()[name], array), name


def test_targets_are_standardised_each_by_itself():
    # The unit of one target changes nothing but its own predictions; 1024 is exact in floating point.
    model, scaled = (NormPropMultiTargetRegressor(seed=1) for _ in range(2))
    for x, y in stream(NormPropMultiTargetRegressor):
        expected = model.predict_one(x)
        found = scaled.predict_one(x)
        assert found == (expected | {"up": 1024.0 * expected["up"]} if expected else {})
        model.learn_one(x, y)
        scaled.learn_one(x, y | {"up": 1024.0 * y["up"]})


@pytest.mark.parametrize(
    ("estimator", "y", "w", "error", "words"),
    [
        (NormPropMultiLabelClassifier, {"up": 2}, 1.0, ValueError, "label 'up' is 2, neither true nor false. Leave it"),
        (NormPropMultiLabelClassifier, {"up": "yes"}, 1.0, TypeError, "label 'up' is the text 'yes', not a number"),
        (NormPropMultiLabelClassifier, {"new": 0.5}, 1.0, ValueError, "label 'new' is 0.5, neither true nor false"),
        (NormPropMultiLabelClassifier, True, 1.0, TypeError, r"y is a dict of labels, not True"),
        (NormPropMultiLabelClassifier, {frozenset("a"): True}, 1.0, TypeError, "a label is named frozenset"),
        (NormPropMultiTargetRegressor, {"up": math.inf}, 1.0, ValueError, "target 'up' is inf, not a finite number"),
        (NormPropMultiTargetRegressor, {"up": "high"}, 1.0, TypeError, "target 'up' is the text 'high'"),
        (NormPropMultiTargetRegressor, 3.0, 1.0, TypeError, "y is a dict of targets, not 3.0"),
        (NormPropMultiTargetRegressor, {"new": 1.0}, -1.0, ValueError, "the sample weight is -1"),
        (NormPropMultiTargetRegressor, {math.inf: 1.0}, 1.0, TypeError, "a target is named inf"),
    ],
)
def test_after_an_error_nothing_has_changed(estimator, y, w, error, words):
    model = learned(estimator, 20)
    before = bits(model)
    with pytest.raises(error, match=words):
        model.learn_one({"a": 1.0}, y, w)
    with pytest.raises(ValueError, match="feature 'a' is nan"):
        model.learn_one({"a": math.nan, "new": 1.0}, {"up": 1, "new": 1})
    assert bits(model) == before


@BOTH
@pytest.mark.parametrize("arguments", [{}, {"engine": "reference"}, {"optimizer": "adam", "dtype": "float64"}], ids=str)
def test_resumed_is_bit_for_bit_straight_through(estimator, arguments, tmp_path):
    model = learned(estimator, 100, **arguments)
    model.learn_one({"a": 1.0}, {("late", 2): 1, 3: 0})
    model.save(tmp_path / "model")
    resumed = streamnorm.load(tmp_path / "model")
    assert type(resumed) is estimator
    assert resumed._targets.names == ["down", "far", "up", 3, ("late", 2)]
    for x, y in stream(estimator):
        assert resumed.predict_one(x) == model.predict_one(x)
        for m in (model, resumed):
            m.learn_one(x, y | {"later": 0})
    assert bits(resumed) == bits(model)


@BOTH
def test_there_is_no_half_working_learn_many(estimator):
    assert not {"learn_many", "predict_many", "test_then_train_many"} & set(dir(estimator))


def test_at_the_end_of_a_pipeline():
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(int)
    model = encode | NormPropMultiTargetRegressor(seed=1)
    for x, y in datasets.SolarFlare().take(50):
        model.learn_one(x, y)
    assert model.predict_one(x).keys() == y.keys()


def test_a_target_is_explained_by_its_name():
    model = learned(NormPropMultiTargetRegressor, dtype="float64")
    x, _ = next(iter(stream(NormPropMultiTargetRegressor)))
    for target in ("far", "up"):
        moved = model.predict_one(x)[target] - model.predict_one({})[target]
        # Integration is exact to 1e-6 of the contributions' size, here a few units of up to 7.
        assert sum(model.explain_one(x, target).values()) == pytest.approx(moved, abs=1e-4)
    with pytest.raises(ValueError, match="'late' is none of the outputs: 'down', 'far', 'up'"):
        model.explain_one(x, "late")


def test_a_target_that_is_another_one_when_it_is_read_again_leaves_no_feature():
    class Once(float):
        reads = 0

        def __float__(self):
            self.reads += 1
            return math.inf if self.reads > 1 else 1.0

    model = learned(NormPropMultiTargetRegressor, 20)
    before = bits(model)
    with pytest.raises(ValueError, match="target 'later' is "):
        model.learn_one({"a": 1.0, "new": 1.0}, {"later": Once()})
    assert bits(model) == before
