"""A sample that is an array: taken, whatever its type and layout, or refused with the model as it was.

River's own checks give dicts of numbers, which is why they do not run with an `input_shape`.
"""

import datetime

import numpy as np
import pytest
from arrays import SHAPE, TARGETS, teach, told, trained, waves
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from models import NATIVE, bits

from streamnorm import NormPropClassifier, NormPropRegressor

ESTIMATORS = pytest.mark.parametrize("estimator", TARGETS, ids=lambda estimator: estimator.__name__)
ENGINES = pytest.mark.parametrize("engine", [NATIVE, "reference"])
GOOD = waves(1, seed=7)[0][0]
WHOLE = np.arange(24).reshape(SHAPE)


class Subclass(np.ndarray):
    """An array that says otherwise when it is asked."""

    shape = (1, 1)

    def __array_finalize__(self, other):
        pass


def with_value(value, dtype=np.float64, place=(1, 3)):
    array = GOOD.astype(dtype)
    array[place] = value
    return array


REFUSED = {
    "nan": (with_value(np.nan), "array 'w' is nan at (1, 3), not a finite number"),
    "inf": (with_value(np.inf), "array 'w' is inf at (1, 3), not a finite number"),
    "-inf in half precision": (with_value(-np.inf, np.float16), "array 'w' is -inf at (1, 3)"),
    "a longdouble beyond a double": (with_value(np.longdouble("1e400"), np.longdouble), "array 'w' is inf at (1, 3)"),
    "turned over": (
        GOOD.T,
        "array 'w' has shape (12, 2), and the model takes (2, 12): "
        "input_shape says what an array is, and channels come first.",
    ),
    "flat": (
        GOOD.ravel(),
        "array 'w' has shape (24,), and the model takes (2, 12): input_shape says what an array is.",
    ),
    "one more axis": (GOOD[None], "array 'w' has shape (1, 2, 12)"),
    "no axis": (np.array(1.0), "array 'w' has shape ()"),
    "empty": (np.zeros((0, 12)), "array 'w' has shape (0, 12)"),
    "objects": (GOOD.astype(object), "array 'w' is an array of object, not a NumPy array of numbers"),
    "complex": (GOOD.astype(complex), "an array of complex128, not"),
    "text": (GOOD.astype(str), "not a NumPy array of numbers"),
    "dates": (WHOLE.astype("datetime64[s]"), "an array of datetime64[s], not"),
    "durations": (WHOLE.astype("timedelta64[s]"), "an array of timedelta64[s], not"),
    "records": (np.zeros(SHAPE, [("a", float)]), "not a NumPy array of numbers"),
    "masked": (np.ma.array(GOOD, mask=GOOD > 50.0), "array 'w' has masked values"),
    "lists": (GOOD.tolist(), "np.asarray(..., dtype=float)"),
    "a number": (1.0, "array 'w' is 1.0, not a NumPy array"),
    "a NumPy number": (np.float64(1.0), "not a NumPy array"),
    "None": (None, "array 'w' is None, not a NumPy array"),
    "a date": (datetime.date(2020, 1, 1), "not a NumPy array"),
}


@ENGINES
@ESTIMATORS
def test_what_is_no_such_array_is_refused_and_nothing_changes(estimator, engine):
    model = trained(estimator, 10, engine=engine, learning_rate=0.01)
    before = bits(model)
    samples = {name: ({"w": array}, message) for name, (array, message) in REFUSED.items()}
    samples["two arrays"] = {"w": GOOD, "v": GOOD}, "a sample has 2 features, and a model with input_shape=(2, 12)"
    samples["numbers by name"] = {"a": 1.0, "b": 2.0}, "takes one array"
    samples["an array alone"] = GOOD, "a sample is a dict with one array, not"
    for name, (x, message) in samples.items():
        for call in (teach, told):
            with pytest.raises((TypeError, ValueError)) as error:
                call(model, x)
            assert message in str(error.value), name
        assert bits(model) == before, name


@ESTIMATORS
def test_a_bad_array_with_a_new_class_or_target_adds_neither(estimator):
    model = trained(estimator, 0)
    before = bits(model)
    with pytest.raises(ValueError, match="is nan at"):
        teach(model, {"w": with_value(np.nan)})
    assert bits(model) == before


TAKEN = {
    "float16": WHOLE.astype(np.float16),
    "float32": WHOLE.astype(np.float32),
    "longdouble": WHOLE.astype(np.longdouble),
    "int8": WHOLE.astype(np.int8),
    "uint64": WHOLE.astype(np.uint64),
    "big-endian": WHOLE.astype(">f8"),
    "big-endian whole numbers": WHOLE.astype(">i2"),
    "columns first": np.asfortranarray(WHOLE.astype(float)),
    "every other value": np.repeat(WHOLE, 2, axis=1)[:, ::2],
    "backwards": WHOLE[::-1, ::-1].copy()[::-1, ::-1],
    "not aligned": np.frombuffer(b"\0" + WHOLE.astype(float).tobytes(), np.uint8)[1:].view(float).reshape(SHAPE),
    "a subclass": WHOLE.astype(float).view(Subclass),
    "a mask of nothing": np.ma.array(WHOLE.astype(float)),
}


@ENGINES
@pytest.mark.parametrize("kind", TAKEN)
def test_the_type_and_layout_of_an_array_do_not_matter(kind, engine):
    plain, other = (trained(NormPropRegressor, 10, engine=engine) for _ in range(2))
    array = TAKEN[kind]
    array.flags.writeable = False
    for name in ("w", None, ("a", 1), 7):
        plain.learn_one({"window": WHOLE.astype(float)}, 1.0)
        other.learn_one({name: array}, 1.0)
        assert other.predict_one({name: array}) == plain.predict_one({"window": WHOLE.astype(float)})
    assert bits(plain) == bits(other)


@ENGINES
def test_truth_and_numbers_at_the_edge_are_what_a_float32_holds(engine):
    for array in (WHOLE > 7, WHOLE + 2**53 + 1, WHOLE * 1e-320, WHOLE * 1e300, np.full(SHAPE, 2**64 - 1, np.uint64)):
        plain, other = (trained(NormPropRegressor, 10, engine=engine) for _ in range(2))
        as_stored = np.clip(array.astype(float), -1e38, 1e38).astype(np.float32).astype(float)
        plain.learn_one({"w": as_stored}, 1.0)
        other.learn_one({"w": array}, 1.0)
        assert bits(plain) == bits(other)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        arrays.arrays(
            arrays.floating_dtypes()
            | arrays.integer_dtypes()
            | arrays.boolean_dtypes()
            | arrays.complex_number_dtypes(),
            st.just(SHAPE) | arrays.array_shapes(max_dims=3, max_side=3),
        ),
        max_size=3,
    )
)
@ENGINES
def test_any_array_is_learned_or_refused(engine, given_arrays):
    for missing in ("error", "mean"):
        model = trained(NormPropClassifier, 4, engine=engine, missing=missing, learning_rate=0.01)
        for array in given_arrays:
            before = bits(model)
            try:
                model.learn_one({"w": array}, "new")
            except (TypeError, ValueError):
                assert bits(model) == before
            assert all(np.isfinite(values).all() for values in model._arrays().values())
            assert sum(model.predict_proba_one({"w": GOOD}).values()) == pytest.approx(1.0, abs=1e-9)


@ENGINES
def test_a_missing_value_is_its_channels_mean(engine):
    model = trained(NormPropRegressor, missing="mean", engine=engine)
    mean = model._learner.standardizer.center[1]
    missing, filled = with_value(np.nan), with_value(mean)
    assert model.predict_one({"w": missing}) == model.predict_one({"w": filled})
    count = model._learner.standardizer.count.copy()
    nothing = np.full(SHAPE, np.nan)
    assert model.predict_one({"w": nothing}) == model.predict_one({})
    model.learn_one({"w": missing}, 1.0)
    np.testing.assert_array_equal(model._learner.standardizer.count, count + 1)
    weights = model._learner.mixture.networks[0].parameters[0]["W"].value.copy()
    model.learn_one({"w": nothing}, 1.0)
    model.learn_one({}, 1.0)
    np.testing.assert_array_equal(model._learner.mixture.networks[0].parameters[0]["W"].value, weights)
    before = bits(model)
    with pytest.raises(ValueError, match=r"array 'w' is inf at \(1, 3\)"):
        model.learn_one({"w": with_value(np.inf)}, 1.0)
    assert bits(model) == before
