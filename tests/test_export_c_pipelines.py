"""Pipelines as C, compared with the ONNX file of the same pipeline in onnxruntime: the C comes from its nodes.

Both compute the same operators in float32, so they agree within 1e-5, for a value beyond 1 relative to it; they round
sums in an order of their own.
"""

from __future__ import annotations

import math
import random
import re
import subprocess
import sys

import c_programs
import numpy as np
import onnxruntime as ort
import pytest
from c_programs import STRICT, build, predictions, run
from river import compose, feature_extraction, preprocessing, stats

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import to_c, to_onnx
from streamnorm.export.c.operators import OPERATORS

TOLERANCE = 1e-5
COMPILERS = c_programs.compilers()
COLOURS = ["red", "grün", 'b"l??/ue', "never seen", None]

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def stream(n, seed, colours=COLOURS):
    """Two texts and three numbers, absent now and then."""
    rng = random.Random(seed)
    for _ in range(n):
        a, b = rng.gauss(1e3, 10), rng.gauss(0, 1)
        x = {"a": a, "b": b, "code": float(rng.randrange(4)), "colour": rng.choice(colours), "shade": rng.choice("xyz")}
        if rng.random() < 0.2:
            del x["b"]
        if x["colour"] is None:
            del x["colour"]
        yield x, (b > 0) != (x.get("colour") == "red")


def numbers():
    # Select wants every one of its features to be there.
    return compose.Discard("colour", "shade")


def one_hot():
    return compose.SelectType(str) | preprocessing.OneHotEncoder()


def classifier():
    return NormPropClassifier((6,), learning_rate=0.01, seed=1)


PIPELINES = {
    "one hot": lambda: one_hot() + (numbers() | preprocessing.StandardScaler()) | classifier(),
    "without zeros": lambda: (
        (compose.Select("shade") | preprocessing.OneHotEncoder(categories={"shade": {"x", "y"}}, drop_zeros=True))
        + numbers()
        | classifier()
    ),
    "ordinal": lambda: compose.Discard("a", "b", "shade") | preprocessing.OrdinalEncoder() | classifier(),
    "ordinal, unknown absent": lambda: (
        compose.Discard("a", "b", "shade") | preprocessing.OrdinalEncoder(unknown_value=None) | classifier()
    ),
    "imputed": lambda: (
        (numbers() | preprocessing.StatImputer() | preprocessing.MinMaxScaler())
        + (compose.Discard("a", "b", "code", "shade") | preprocessing.PreviousImputer() | preprocessing.OneHotEncoder())
        | classifier()
    ),
    "some imputed": lambda: numbers() | preprocessing.StatImputer(("a", stats.Mean())) | classifier(),
    "binarized": lambda: numbers() | preprocessing.Binarizer(threshold=0.5, dtype=float) | classifier(),
    "norm 1": lambda: numbers() | preprocessing.Normalizer(order=1) | classifier(),
    "norm 2": lambda: numbers() | preprocessing.Normalizer(order=2) | classifier(),
    "largest": lambda: numbers() | preprocessing.Normalizer(order=np.inf) | classifier(),
    "polynomial": lambda: (
        numbers()
        | preprocessing.StandardScaler()
        | feature_extraction.PolynomialExtender(include_bias=True)
        | classifier()
    ),
    "two branches": lambda: (
        (compose.Select("a") | preprocessing.StandardScaler())
        + (numbers() | preprocessing.MaxAbsScaler() | compose.Suffixer("_scaled"))
        | classifier()
    ),
    "mixture without standardizer": lambda: (
        numbers() | preprocessing.StandardScaler() | NormPropClassifier((4,), standardize=False, seed=1)
    ),
    "values": lambda: one_hot() + numbers() | preprocessing.TargetStandardScaler(NormPropRegressor((4,), seed=1)),
}


def trained(pipeline):
    # `never seen` comes later.
    for x, y in stream(200, seed=1, colours=[*COLOURS[:3], None]):
        pipeline.learn_one(x, y if "Regressor" not in repr(pipeline) else 40.0 * y + x["a"])
    return pipeline


def texts_of(directory):
    """The texts of model.c, as Python reads the literals."""
    _, *table = re.split(r"model_texts\[MODEL_TEXTS\] = \{", (directory / "model.c").read_text())
    literals = re.findall(r'"((?:[^"\\]|\\.)*)"', table[0].split("};")[0]) if table else []
    return [re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), text.encode()).decode() for text in literals]


def code(texts, x, name):
    """A value of a sample as the program takes it."""
    value = x.get(name, math.nan)
    return texts.index(value) if value in texts else -1.0 if isinstance(value, str) else value


@needs_compiler
@pytest.mark.parametrize("name", PIPELINES)
def test_predictions(name, tmp_path):
    pipeline = trained(PIPELINES[name]())
    program = build(pipeline, tmp_path, [*next(iter(COMPILERS.values())), "-O1"])
    session = ort.InferenceSession(to_onnx(pipeline).SerializeToString(), providers=["CPUExecutionProvider"])
    texts, inputs = texts_of(tmp_path), session.get_inputs()
    samples = [x for x, _ in stream(200, seed=2)]
    for x in samples[::10]:  # What River's own steps would not stand.
        del x["a"]
    rows = np.array([[*(code(texts, x, value.name) for value in inputs), 0.0] for x in samples], np.float32)
    columns = {}
    for value in inputs:
        absent = "" if value.type == "tensor(string)" else math.nan
        column = [[x.get(value.name, absent)] for x in samples]
        columns[value.name] = np.array(column, np.float32 if absent else object)
    expected = session.run(None, columns)[-1].reshape(len(samples), -1)
    found = predictions(program, rows, expected.shape[1])
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)
    # The samples are not all one to the pipeline.
    assert np.ptp(found[:, 0]) > 1e-3


@pytest.mark.skipif("clang" not in COMPILERS, reason="clang is not installed here")
@pytest.mark.parametrize("name", PIPELINES)
def test_no_warning_of_another_compiler(name, tmp_path):
    to_c(trained(PIPELINES[name]()), tmp_path)
    run([*COMPILERS["clang"], *STRICT, "-O2", "-c", "model.c"], tmp_path)


def test_every_operator_has_been_compared(tmp_path):
    used = {"Identity", "Or", "Not", "Add"}  # By the converter of test_export_c_operators.py.
    for make in PIPELINES.values():
        to_c(trained(make()), tmp_path)
        used |= set(re.findall(r"; /\* (\w+) \*/", (tmp_path / "model.c").read_text()))
    assert used == set(OPERATORS)


@needs_compiler
def test_what_is_not_finite_is_absent_and_what_is_beyond_is_bounded(tmp_path):
    # Each feature counts in proportion to the largest.
    model = NormPropClassifier((6,), learning_rate=0.01, standardize=False, seed=1)
    pipeline = trained(numbers() | preprocessing.Normalizer(order=np.inf) | model)
    program = build(pipeline, tmp_path, next(iter(COMPILERS.values())))
    samples = np.repeat(np.array([[1e38, 1.0, 1.0, 0.0]], np.float32), 7, axis=0)
    samples[:, 1] = [np.nan, np.inf, -np.inf, 1e38, 3e38, -1e38, -3e38]
    found = predictions(program, samples, 2)
    np.testing.assert_array_equal(found, found[[0, 0, 0, 3, 3, 5, 5]])
    assert len({*found[:, 0]}) == 3


def test_a_step_that_has_no_converter_is_named(tmp_path):
    pipeline = trained(numbers() | compose.FuncTransformer(dict) | classifier())
    with pytest.raises(TypeError, match="no converter for FuncTransformer"):
        to_c(pipeline, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_does_not_learn(tmp_path):
    with pytest.raises(TypeError, match="its other steps learn as well: export the estimator alone with learn=True"):
        to_c(trained(PIPELINES["one hot"]()), tmp_path / "out", learn=True)
    with pytest.raises(ValueError, match="call learn_one before"):
        to_c(PIPELINES["one hot"](), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_needs_onnx_and_a_model_alone_does_not(tmp_path):
    code = f"""
import sys
sys.modules["onnx"] = sys.modules["onnxruntime"] = None
from river import preprocessing
from streamnorm import NormPropClassifier
from streamnorm.export import to_c
pipeline = preprocessing.StandardScaler() | NormPropClassifier((2,))
pipeline.learn_one({{"a": 1.0}}, True)
to_c(pipeline["NormPropClassifier"], {str(tmp_path / "alone")!r})
to_c(pipeline, {str(tmp_path / "pipeline")!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert re.search(
        r"^ImportError: .* need.* the onnx package.*: pip install 'streamnorm\[onnx\]'$", done.stderr, re.M
    )
    assert [path.name for path in tmp_path.iterdir()] == ["alone"]
