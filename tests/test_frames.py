"""Frames are learned and predicted row by row, in whatever kind they come."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from models import bits
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
