"""None and NaN as absent features: the same as leaving them out, in every engine, form and file."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import onnxruntime
import pandas as pd
import polars as pl
import pytest
from models import NATIVE, bits
from river import compose, datasets

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import EdgeLearner, EdgeModel, to_onnx

ENGINES = [NATIVE, "reference", "autograd"]
MISSING = [None, math.nan, np.float64("nan"), np.float32("nan"), np.float16("nan"), Decimal("NaN"), Decimal("sNaN")]
STREAM = [*datasets.Phishing().take(80)]
FIRST = next(iter(STREAM[0][0]))


def holes(seed=7):
    """For each sample which of its features are missing; the last has never been seen in the first 30."""
    rng = np.random.default_rng(seed)
    for i, (x, y) in enumerate(STREAM):
        gone = {name for name in x if rng.random() < 0.3}
        last = [*x][-1]
        yield x, y, gone | {last} if i < 30 else gone


def kind(value):
    return f"{type(value).__name__}-{value}"


@pytest.mark.parametrize("missing", MISSING, ids=kind)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_value_is_an_absent_feature_bit_for_bit(engine, missing):
    model, without = (NormPropClassifier((6,), 0.01, missing="mean", engine=engine, seed=1) for _ in range(2))
    for x, y, gone in holes():
        dirty = {name: missing if name in gone else value for name, value in x.items()}
        clean = {name: value for name, value in x.items() if name not in gone}
        assert model.predict_proba_one(dirty) == without.predict_proba_one(clean)
        model.learn_one(dirty, y)
        without.learn_one(clean, y)
    assert bits(model) == bits(without)


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, "1", "", "nan", [1.0], 10**400, 1j, np.float32("inf")], ids=kind
)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_missing_but_no_number_stays_an_error(engine, value):
    model = NormPropRegressor((6,), 0.01, missing="mean", engine=engine, seed=1)
    for x, y in STREAM[:10]:
        model.learn_one(x, y)
    before = bits(model)
    for name in (FIRST, "new"):
        for call in (lambda bad: model.learn_one(bad, 1.0), model.predict_one):
            with pytest.raises((ValueError, TypeError), match=f"feature '{name}' is "):
                call({**x, name: value})
    assert bits(model) == before


@pytest.mark.parametrize(
    "number", [True, 3, 1.5, Decimal("1.5"), Fraction(3, 2), np.int8(3), np.float32(1.5), np.bool_(1)], ids=kind
)
@pytest.mark.parametrize("missing", ["error", "mean"])
@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_of_every_kind_are_their_float(engine, missing, number):
    model, floats = (NormPropRegressor((6,), 0.01, missing=missing, engine=engine, seed=1) for _ in range(2))
    for i in range(5):
        model.learn_one({"a": number, "b": i}, i)
        floats.learn_one({"a": float(number), "b": float(i)}, i)
    assert bits(model) == bits(floats)


@pytest.mark.parametrize("missing", MISSING, ids=kind)
def test_by_default_a_missing_value_is_an_error_that_names_the_feature(missing):
    model = NormPropClassifier(seed=1)
    with pytest.raises((ValueError, TypeError), match="feature 'b' is "):
        model.learn_one({"a": 1.0, "b": missing}, True)
    assert model.features_ == []


def test_a_feature_without_a_number_does_not_come_to_be():
    model = NormPropClassifier(missing="mean", seed=1)
    model.learn_one({"a": 1.0, "b": None, "c": math.nan}, True)
    assert model.features_ == ["a"]
    with pytest.raises(ValueError, match="does not equal itself"):
        model.learn_one({math.nan: None}, True)


def frames():
    X = pd.DataFrame([x for x, *_ in holes()])
    for i, (*_, gone) in enumerate(holes()):
        X.loc[i, [*gone]] = np.nan
    return {
        "pandas": X,
        "objects": X.astype(object).where(X.notna(), None),
        "nullable": X.astype("Float64"),
        "polars": pl.DataFrame([{k: None if v != v else v for k, v in row.items()} for row in X.to_dict("records")]),
    }


@pytest.mark.parametrize("form", frames())
@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("engine", [NATIVE, "reference"])
def test_frames_learn_what_the_loop_learns(engine, estimator, form):
    loop, many = (estimator((6,), 0.01, missing="mean", engine=engine, seed=1) for _ in range(2))
    expected = []
    for x, y, gone in holes():
        row = {name: None if name in gone else value for name, value in x.items()}
        expected.append(loop.predict_one(row))
        loop.learn_one(row, y)
    predictions = many.test_then_train_many(frames()[form], [y for _, y in STREAM])
    assert [*predictions] == expected
    assert bits(many) == bits(loop)
    assert [*many.predict_many(frames()[form])] == [*map(loop.predict_one, frames()["objects"].to_dict("records"))]


def test_arrays_learn_what_the_loop_learns():
    X = frames()["pandas"].to_numpy()
    loop, many = (NormPropRegressor((6,), 0.01, missing="mean", seed=1) for _ in range(2))
    for row, (_, y) in zip(X, STREAM, strict=True):
        loop.learn_one(dict(enumerate(row.tolist())), y)
    many.learn_many(X, np.array([y for _, y in STREAM]))
    assert bits(many) == bits(loop)
    with pytest.raises(ValueError, match="row 3: feature 2"):
        many.learn_many(np.where(np.arange(9) == 2, np.where(np.arange(8) == 3, np.inf, 1.0)[:, None], 1.0), [1.0] * 8)


@pytest.fixture(params=[NormPropClassifier, NormPropRegressor], ids=lambda kind: kind.__name__)
def learned(request):
    model = request.param((6,), missing="mean", max_features=20, seed=1)
    for x, y, gone in holes():
        model.learn_one({name: None if name in gone else value for name, value in x.items()}, y)
    return model


def dirty_and_clean():
    for x, y, gone in holes(seed=8):
        missing = MISSING[len(gone) % len(MISSING)]
        yield (
            {name: missing if name in gone else value for name, value in x.items()},
            {name: value for name, value in x.items() if name not in gone},
            y,
        )


def said(device, x):
    """Probabilities or the value, as an array."""
    return np.array([*device.predict_proba_one(x).values()] if device.classes_ else [device.predict_one(x)])


def test_an_exported_file_takes_missing_values_as_the_model_does(learned, tmp_path):
    to_onnx(learned, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for dirty, clean, _ in dirty_and_clean():
        live = learned.predict_proba_one(clean).values() if edge.classes_ else [learned.predict_one(clean)]
        assert said(edge, dirty) == pytest.approx([*live], abs=1e-5)  # The file is float32.
        row = np.array([[clean.get(name, math.nan) for name in learned.features_]], np.float32)
        (direct,) = session.run(["probabilities" if edge.classes_ else "value"], {"x": row})
        assert direct.ravel() == pytest.approx([*live], abs=1e-5)


def test_a_learning_file_takes_missing_values_and_brings_the_arguments_home(learned, tmp_path):
    to_onnx(learned, tmp_path / "learns.onnx", learn=True)
    device = EdgeLearner(tmp_path / "learns.onnx")
    for dirty, clean, y in dirty_and_clean():
        device.learn_one(dirty, y)
        learned.learn_one(clean, y)
    device.save(tmp_path / "learns.onnx")
    home = streamnorm.load_edge(tmp_path / "learns.onnx")
    assert (home.missing, home.max_features, home.n_forgotten_) == ("mean", 20, 0)
    for dirty, *_ in dirty_and_clean():
        # Float32 steps round otherwise in another engine, and 80 of them amplify that.
        assert home.predict_one(dirty) == pytest.approx(learned.predict_one(dirty), abs=1e-3)
        assert device.predict_one(dirty) == pytest.approx(learned.predict_one(dirty), abs=1e-3)


@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("value", [None, math.nan, Decimal("NaN")], ids=kind)
def test_a_file_of_a_strict_model_is_strict(value, learn, tmp_path):
    model = NormPropClassifier((6,), seed=1)
    for x, y in STREAM[:10]:
        model.learn_one(x, y)
    to_onnx(model, tmp_path / "model.onnx", learn=learn)
    device = (EdgeLearner if learn else EdgeModel)(tmp_path / "model.onnx")
    with pytest.raises((ValueError, TypeError), match=f"feature '{FIRST}' is "):
        device.predict_one({**x, FIRST: value})


def test_a_pipeline_in_a_file_takes_nan_as_absent(tmp_path):
    model = compose.Discard("https") | NormPropClassifier((6,), missing="mean", seed=1)
    for x, y in STREAM:
        model.learn_one(x, y)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    for dirty, clean, _ in dirty_and_clean():
        assert edge.predict_proba_one(dirty) == pytest.approx(model.predict_proba_one(clean), abs=1e-5)


@pytest.mark.parametrize("missing", [None, "drop", 0, True])
def test_another_word_is_refused(missing):
    with pytest.raises(ValueError, match="missing is one of 'error', 'mean', not"):
        NormPropClassifier(missing=missing)
