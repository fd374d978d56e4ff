"""Arrays and frames are learned and predicted row by row, exactly as `learn_one` and `predict_one` would."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from models import NATIVE, bits
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor

STREAMS = {NormPropClassifier: datasets.ImageSegments, NormPropRegressor: datasets.TrumpApproval}


def pandas(rows):
    return pd.DataFrame(rows, index=range(100, 100 + len(rows)))


@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
@pytest.mark.parametrize(
    ("frame", "series"), [(pandas, pd.Series), (pl.DataFrame, pl.Series)], ids=["pandas", "polars"]
)
def test_frames_equal_rows(estimator, frame, series):
    stream = [*STREAMS[estimator]().take(120)]
    X, y = [x for x, _ in stream], [y for _, y in stream]
    one, many = estimator(seed=1), estimator(seed=1)
    for x, target in stream[:80]:
        one.learn_one(x, target)
    many.learn_many(frame(X[:80]), series(y[:80]))
    assert bits(one) == bits(many)

    predictions = many.predict_many(frame(X[80:]))
    assert isinstance(predictions, series)
    assert predictions.to_list() == [one.predict_one(x) for x in X[80:]]
    if series is pd.Series:
        assert predictions.index.tolist() == [*range(100, 140)]
    if estimator is NormPropClassifier:
        probabilities = many.predict_proba_many(frame(X[80:]))
        assert type(probabilities) is type(frame(X[80:]))
        assert [*probabilities.columns] == many.classes_
        expected = [[*one.predict_proba_one(x).values()] for x in X[80:]]
        np.testing.assert_array_equal(probabilities.to_numpy(), expected)


def test_columns_may_be_numbers():
    X = pd.DataFrame(np.arange(6.0).reshape(3, 2))
    model = NormPropRegressor(seed=1)
    model.learn_many(X, pd.Series([1.0, 2.0, 3.0]))
    assert model.features_ == [0, 1]


def test_before_the_first_sample_a_frame_has_no_classes():
    X = pl.DataFrame({"a": [1.0, 2.0]})
    assert NormPropClassifier().predict_proba_many(X).width == 0
    assert NormPropClassifier().predict_many(X).to_list() == [None, None]


def test_none_in_a_frame_is_an_error():
    with pytest.raises(TypeError, match="feature 'a' is None"):
        NormPropRegressor().learn_many(pl.DataFrame({"a": [1.0, None]}), pl.Series([1.0, 2.0]))


ENGINES = [NATIVE, "reference"]
SHUFFLED = np.random.default_rng(7).permutation(500)


def samples(estimator):
    """Features as an array in an order of its own, and targets, whose classes appear one after another."""
    stream = [*STREAMS[estimator]().take(500)]
    X, y = np.array([[*x.values()] for x, _ in stream]), np.array([y for _, y in stream])
    return X[SHUFFLED], y[SHUFFLED]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
def test_an_array_equals_its_rows(estimator, engine):
    X, y = samples(estimator)
    one, many = estimator((8,), engine=engine, seed=1), estimator((8,), engine=engine, seed=1)
    expected = []
    for x, target in zip(X.tolist(), y.tolist(), strict=True):
        expected.append(one.predict_one(dict(enumerate(x))))
        one.learn_one(dict(enumerate(x)), target)
    predictions = [many.test_then_train_many(X[:99], y[:99]), many.test_then_train_many(X[99:], y[99:].tolist())]
    assert bits(many) == bits(one)
    assert many.features_ == [*range(X.shape[1])]
    # Before the first sample a classifier has no class to predict.
    assert [prediction for part in predictions for prediction in part.tolist()] == expected

    rest = [dict(enumerate(x)) for x in X[:50].tolist()]
    assert many.predict_many(X[:50]).tolist() == [one.predict_one(x) for x in rest]
    if estimator is NormPropClassifier:
        probabilities = many.predict_proba_many(X[:50])
        np.testing.assert_array_equal(probabilities, [[*one.predict_proba_one(x).values()] for x in rest])


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_come_later_and_go(engine):
    X, y = samples(NormPropRegressor)
    one, many = (NormPropRegressor((8,), engine=engine, seed=1) for _ in range(2))
    for width in (2, 5, 3):
        many.learn_many(X[:60, :width], y[:60])
        for x, target in zip(X[:60, :width].tolist(), y.tolist(), strict=False):
            one.learn_one(dict(enumerate(x)), target)
    assert bits(many) == bits(one)
    assert many.predict_many(X).tolist() == [one.predict_one(dict(enumerate(x))) for x in X.tolist()]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, bool, object])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_type_and_layout_of_an_array_do_not_matter(dtype, order):
    X = np.random.default_rng(1).integers(0, 2, (40, 3))
    plain, other = NormPropClassifier((4,), seed=1), NormPropClassifier((4,), seed=1)
    plain.learn_many(X.astype(float), X[:, 0])
    other.learn_many(np.asarray(X.astype(dtype), order=order), X[:, 0])
    assert bits(plain) == bits(other)


@pytest.mark.parametrize("method", ["learn_many", "test_then_train_many"])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.array([[1.0], [math.nan]]), [1, 2], r"row 1: feature 0 \(int\) is nan, not a finite number"),
        (np.array([[1.0], ["a"]], dtype=object), [1, 2], r"row 1: feature 0 \(int\) is the text 'a', not a number"),
        (np.array([[1.0], [1j]]), [1, 2], "row 0: feature 0"),
        (np.array([1.0, 2.0]), [1, 2], r"X is an array \[samples, features\], not one of shape \(2,\)"),
        (np.array([[1.0], [2.0]]), [1], "X has 2 rows, y has 1 values"),
        (np.array([[1.0], [2.0]]), [1, "a"], "label 'a' is str, but the labels so far are int"),
        (np.array([[1.0], [2.0]]), np.array([1.5, 2.0]), "a label is a bool, int or str, not 1.5"),
        (np.array([[1.0], [2.0]]), [1, None], "a label is a bool, int or str, not None"),
    ],
)
def test_a_bad_row_leaves_all_unlearned(X, y, message, method):
    model = NormPropClassifier(seed=1)
    model.learn_many(np.array([[1.0, 2.0], [3.0, 4.0]]), [1, 2])
    before = bits(model)
    with pytest.raises((ValueError, TypeError), match=message):
        getattr(model, method)(X, y)
    assert bits(model) == before


def test_a_target_that_is_none_leaves_all_unlearned():
    model = NormPropRegressor(seed=1)
    before = bits(model)
    with pytest.raises(ValueError, match="the target is nan"):
        model.learn_many(np.ones((3, 2)), [1.0, 2.0, math.nan])
    assert bits(model) == before


def test_no_rows_are_no_change():
    model = NormPropClassifier(seed=1)
    before = bits(model)
    assert model.test_then_train_many(np.ones((0, 4)), []).shape == (0,)
    assert model.predict_proba_many(np.ones((0, 4))).shape == (0, 0)
    assert bits(model) == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
def test_the_first_row_of_new_columns_is_predicted_without_them(estimator, engine):
    X, y = samples(estimator)
    one, many = (estimator((8,), standardize=False, engine=engine, seed=1) for _ in range(2))
    for model in (one, many):
        model.learn_one({}, y.tolist()[0])
    for columns in (slice(0, 2), slice(0, 5)):
        expected = []
        for x, target in zip(X[:20, columns].tolist(), y[:20].tolist(), strict=True):
            expected.append(one.predict_one(dict(enumerate(x))))
            one.learn_one(dict(enumerate(x)), target)
        assert many.test_then_train_many(X[:20, columns], y[:20]).tolist() == expected
    assert bits(many) == bits(one)


def test_a_mask_is_not_lost():
    X = np.ma.array([[1.0, 2.0], [3.0, 999.0]], mask=[[False, False], [False, True]])
    with pytest.raises(ValueError, match="X has masked values"):
        NormPropRegressor().learn_many(X, [1.0, 2.0])
    with pytest.raises(ValueError, match="y has masked values"):
        NormPropRegressor().learn_many(X.data, np.ma.array([1.0, 2.0], mask=[True, False]))


@pytest.mark.parametrize("kind", ["datetime64[ns]", "timedelta64[ns]"])
def test_dates_are_not_numbers(kind):
    dates = np.array([[1], [2]]).astype(kind)
    with pytest.raises(TypeError, match="row 0: feature 0"):
        NormPropRegressor().learn_many(dates, [1.0, 2.0])
    with pytest.raises(TypeError, match="a label is a bool, int or str"):
        NormPropClassifier().learn_many(np.ones((2, 1)), dates[:, 0])
    with pytest.raises(TypeError, match="the target is"):
        NormPropRegressor().learn_many(np.ones((2, 1)), dates[:, 0])


def test_labels_come_back_as_they_are():
    X = np.array([[0.0], [1.0]])
    for labels in ([2**63, -1], [2**53 + 1, 2**53 + 3], ["a\0", "b"]):
        model = NormPropClassifier((4,), seed=1)
        assert pd.isna(model.test_then_train_many(pd.DataFrame({"x": X[:, 0]}), labels)[0])
        model.learn_many(pd.DataFrame({"x": np.tile(X[:, 0], 300)}), labels * 300)
        assert model.predict_many(pd.DataFrame({"x": X[:, 0]})).to_list() == labels
        model = NormPropClassifier((4,), seed=1)
        model.learn_many(np.tile(X, (300, 1)), labels * 300)
        assert model.predict_many(X).tolist() == labels


def test_a_column_whose_name_does_not_equal_itself():
    model = NormPropClassifier(seed=1)
    model.learn_many(pd.DataFrame({"a": [1.0, 2.0]}), ["x", "y"])
    before = bits(model)
    with pytest.raises(ValueError, match="a feature is named nan, which does not equal itself"):
        model.learn_many(pd.DataFrame([[1.0, 2.0]], columns=["a", math.nan]), ["z"])
    assert bits(model) == before


def test_an_array_for_a_model_that_knows_features_by_name():
    model = NormPropClassifier(seed=1)
    model.learn_many(pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 1.0]}), ["x", "y"])
    before = bits(model)
    X = np.ones((2, 2))
    for call in (model.predict_many, model.predict_proba_many, lambda X: model.learn_many(X, ["x", "y"])):
        with pytest.raises(ValueError, match=r"the model knows only others: 'a', 'b', \.\.\. Give it a frame"):
            call(X)
    assert bits(model) == before


@pytest.mark.parametrize("X", [[[1.0, 2.0]], ({"a": 1.0},), {"a": [1.0]}])
def test_lists_and_dicts_are_neither_arrays_nor_frames(X):
    with pytest.raises(TypeError, match=r"X is an array \[samples, features\] or a frame, not a"):
        NormPropClassifier().learn_many(X, [True])
