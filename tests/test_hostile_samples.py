"""Whatever comes as a sample, a label, a target or a weight: it is learned, or it raises and nothing has changed."""

import copy
import sys
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction

import hostile
import numpy as np
import pytest
from hostile import (
    ERRORS,
    Name,
    Number,
    Text,
    X,
    assert_consistent,
    assert_learned_or_unchanged,
    contents,
    fail,
    model_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from models import NATIVE

from streamnorm import NormPropClassifier, NormPropRegressor

ESTIMATORS = [NormPropClassifier, NormPropRegressor]


HARMLESS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3)
NUMBERS = (
    st.floats()
    | st.floats(-1e-300, 1e-300)  # Denormals among them.
    | st.sampled_from([5e-324, 1.7e308, -1e38, 3.5e38, 10**400, -(2**63), 2**64, True])
    | st.decimals()
    | st.fractions()
    | st.builds(np.float32, st.floats(width=32))
    | st.builds(np.int8, st.integers(-128, 127))
    | st.sampled_from([np.longdouble(2), np.float64("nan"), np.bool_(True), np.timedelta64(1, "s"), np.complex64(1)])
)
ODD = st.recursive(
    NUMBERS | HARMLESS | st.builds(lambda: Number(fail)) | st.builds(Text, st.text(max_size=2)) | st.just(1j),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)
NAMES = (
    st.sampled_from([*X])
    | HARMLESS
    | st.builds(Text, st.sampled_from(["age", "new"]))
    | st.builds(lambda twin: Name(twin, fail), st.sampled_from(["age", "new"]))
    | st.tuples(HARMLESS, HARMLESS)
)
SAMPLES = st.lists(st.tuples(NAMES, NUMBERS | ODD), max_size=5)


def as_dict(pairs):
    try:
        return dict(pairs)
    except ZeroDivisionError:  # Two names were compared already here.
        return {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SAMPLES, ODD | st.integers(0, 3), NUMBERS | st.just(1.0)), min_size=1, max_size=4))
@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_anything_is_learned_or_refused(estimator, engine, samples):
    model = model_of(estimator, engine)
    for pairs, y, w in samples:
        assert_learned_or_unchanged(model, as_dict(pairs), y, w)
        assert_learned_or_unchanged(model, as_dict([*X.items(), *pairs]), 1, w)


@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("mistake", ERRORS)
def test_every_mistake_raises_and_changes_nothing(mistake, engine):
    x, y, w = ERRORS[mistake]
    model = model_of(NormPropClassifier, engine)
    before = contents(model)
    with pytest.raises((TypeError, ValueError, ZeroDivisionError)):
        model.learn_one(x, y, w)
    assert contents(model) == before


@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("mistake", ERRORS)
def test_a_mistake_leaves_nothing_in_memory(mistake, engine):
    left, references = hostile.left_in_memory(mistake, 500)
    # Not a byte an error: what is left are a few of Python's own caches, the same after a million.
    assert left < 500 * 8
    assert references == 0


ACTS = {
    "learns": lambda model, x: model.learn_one({**X, "inner": 1.0}, 0),
    "learns a new class": lambda model, x: model.learn_one(X, 2),
    "learns rows": lambda model, x: model.learn_many(np.ones((2, 3)), [0, 1]),
    "predicts": lambda model, x: model.predict_one(X),
    "copies": lambda model, x: copy.deepcopy(model),
    "empties the sample": lambda model, x: x.clear(),
    "adds to the sample": lambda model, x: x.update({f"more {i}": 1.0 for i in range(100)}),
    "removes a value": lambda model, x: x.pop("https", None),
    "deletes the learner": lambda model, x: model.__dict__.pop("_learner", None),
    "connects another engine": lambda model, x: model._learner.connect(),
    "raises": lambda model, x: fail(),
    "exits": lambda model, x: sys.exit(1),
}


@pytest.mark.parametrize("engine", [NATIVE, "reference"])
@pytest.mark.parametrize("place", ["value", "new value", "name", "new name", "known name", "target", "weight"])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_what_runs_while_a_sample_is_read(estimator, act, place, engine):
    """A value, a name, a target or a weight of a class of its own turns on the model, or on the sample."""
    model = model_of(estimator, engine)
    x, y, w, armed = dict(X), 1, 1.0, []

    def turn():
        if armed:
            ACTS[act](model, x)

    if place in ("value", "new value"):
        x["age" if place == "value" else "new"] = Number(turn)
    elif place in ("name", "new name"):
        twin = "age" if place == "name" else "new"
        x = {Name(twin, turn): 1.0, "https": 1.0, "new": 2.0}
    elif place == "known name":  # The extension compares it, when a plain name of the same hash comes.
        model.learn_one({Name("other", turn): 1.0}, 0)
        x = {"https": 1.0, "".join(["oth", "er"]): 2.0, "age": 1.0}
    elif place == "target":
        y = Number(turn)
    else:
        w = Number(turn)
    learner, before = model._learner, contents(model)
    for call in (lambda: model.learn_one(x, y, w), lambda: model.predict_one(x)):
        armed.append(True)
        try:
            call()
        except (Exception, SystemExit):
            model._learner = learner
            armed.clear()
            # What ran before the sample's turn has learned by itself.
            assert place in ("target", "weight") or contents(model) == before
        model._learner = learner
        armed.clear()
        assert_consistent(model)
        before = contents(model)
        model.learn_one(X, 1)
        assert contents(model) != before
        before = contents(model)


@pytest.mark.parametrize("engine", [NATIVE])
def test_a_name_that_raises_when_it_gets_its_column(engine):
    """It was looked up without complaint; the names before it lose the columns that they just got."""
    model = model_of(NormPropClassifier, engine)
    calls = []

    def second_time():
        calls.append(True)
        if len(calls) > 1:
            fail()

    before = contents(model)
    with pytest.raises(ZeroDivisionError):
        model.learn_one({"a new one": 1.0, Name("age", second_time): 1.0}, 2)
    assert contents(model) == before
    model.learn_one({"a new one": 1.0}, 2)
    assert model.features_ == ["age", "anchor", "https", "a new one"]
    assert_consistent(model)


def test_a_hundred_thousand_features():
    model = NormPropClassifier((2,), learning_rate=0.01, optimizer="sgd", seed=1)
    wide = {f"feature {i}": float(i) for i in range(100_000)}
    model.learn_one(wide, 0)
    model.learn_one({**wide, "feature 7": 1e308}, 1)
    before = contents(model)
    with pytest.raises(ValueError, match="feature 'feature 99999' is nan"):
        model.learn_one({**wide, "one more": 1.0, "feature 99999": float("nan")}, 2)
    assert contents(model) == before
    assert sum(model.predict_proba_one(wide).values()) == pytest.approx(1.0, abs=1e-9)
    assert len(model.features_) == 100_000


@pytest.mark.parametrize("engine", [NATIVE, "reference"])
@pytest.mark.parametrize("value", [Decimal("1e-400"), Fraction(1, 10**400), 5e-324, 1e-310, np.float32(1e-45), 1e308])
def test_numbers_at_the_edge_are_what_a_float32_holds(value, engine):
    """Whatever is too small for one is 0, whatever is too large counts as 1e38: the same for every type of number."""
    plain, odd = model_of(NormPropClassifier, engine), model_of(NormPropClassifier, engine)
    as_stored = float(np.float32(min(float(value), 1e38)))
    for _ in range(3):
        plain.learn_one({**X, "age": as_stored}, 1)
        odd.learn_one(OrderedDict(X, age=value), 1)
    assert contents(plain)[0] == contents(odd)[0]
