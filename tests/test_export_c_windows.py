"""Models of arrays as C: compiled for this machine, run, and compared with the live model.

The tolerances are those of test_export_c.py; measured are 2e-7 for a prediction and 2e-6 after 200 learning steps.
"""

from __future__ import annotations

import copy
import subprocess

import c_programs
import numpy as np
import pytest
from c_programs import STRICT, build, predictions, run
from river import preprocessing
from test_export_windows import NETWORKS
from windows import learned, waves

from streamnorm import (
    Conv1d,
    GlobalMaxPool,
    MaxPool,
    NormPropClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
    SlidingWindow,
)
from streamnorm.export import to_c

PREDICTION = 1e-5
LEARNING = 1e-4
COMPILERS = c_programs.compilers()
SENSOR = (Conv1d(4, 5), MaxPool(2), Conv1d(6, 3), GlobalMaxPool(), 8)
SERIES = (3, 20)

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def compiler():
    return [*next(iter(COMPILERS.values())), "-O1"]


def flat(array):
    """As the program takes it: channels last."""
    return np.moveaxis(array, 0, -1).ravel()


def rows(model, stream):
    return np.array([[*flat(x["window"]), model.classes_.index(y)] for x, y in stream], np.float32)


def classifier(hidden, shape, **arguments):
    return learned(NormPropClassifier(hidden, input_shape=shape, seed=1, **arguments), waves(shape, 40))


def before_learning(model, stream):
    """What the live model says of each sample before it learns it."""
    live, said = copy.deepcopy(model), []
    for x, y in stream:
        said.append([*live.predict_proba_one(x).values()])
        live.learn_one(x, y)
    return np.array(said)


@needs_compiler
@pytest.mark.parametrize("name", NETWORKS)
def test_predictions(name, tmp_path):
    hidden, shape = NETWORKS[name]
    model, stream = classifier(hidden, shape), waves(shape, 60, seed=1)
    expected = [[*model.predict_proba_one(x).values()] for x, _ in stream]
    found = predictions(build(model, tmp_path, compiler()), rows(model, stream), 3)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=PREDICTION)
    assert np.ptp(found, axis=0).min() > 0.005  # The samples are not all one to the model.
    run([build(model, tmp_path, compiler(), "workspace.c")], tmp_path)


@needs_compiler
@pytest.mark.parametrize("name", NETWORKS)
def test_learning(name, tmp_path):
    hidden, shape = NETWORKS[name]
    model, stream = classifier(hidden, shape), waves(shape, 200, seed=1)
    expected = before_learning(model, stream)
    found = predictions(build(model, tmp_path, compiler(), learn=True), rows(model, stream), 3)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=LEARNING)
    still = [[*model.predict_proba_one(x).values()] for x, _ in stream]
    assert np.abs(found - still).max() > 100.0 * LEARNING  # What it has learned is far more than that.
    run([build(model, tmp_path, compiler(), "workspace.c", learn=True)], tmp_path)


@needs_compiler
@pytest.mark.parametrize(
    "arguments",
    [
        {"optimizer": "sgd", "learning_rate": 0.03},
        {"optimizer": "adam", "learning_rate": 0.003, "activation": "gelu"},
        {"standardize": False, "dtype": "float64"},
    ],
    ids=str,
)
def test_learning_with_other_settings(arguments, tmp_path):
    model, stream = classifier(SENSOR, SERIES, **arguments), waves(SERIES, 200, seed=1)
    expected = before_learning(model, stream)
    found = predictions(build(model, tmp_path, compiler(), learn=True), rows(model, stream), 3)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=LEARNING)
    run([build(model, tmp_path, compiler(), "workspace.c", learn=True)], tmp_path)


@needs_compiler
def test_the_best_replica_learns_on_alone(tmp_path):
    model, stream = classifier(SENSOR, SERIES), waves(SERIES, 200, seed=1)
    rates = model.learning_rates_
    alone = classifier(SENSOR, SERIES, learning_rate=max(rates, key=rates.get))
    found = predictions(build(model, tmp_path, compiler(), learn=True, which="best"), rows(model, stream), 3)
    np.testing.assert_allclose(found, before_learning(alone, stream), rtol=0.0, atol=LEARNING)


@needs_compiler
def test_learning_goes_on_from_a_kept_state(tmp_path):
    model, stream = classifier(SENSOR, SERIES), waves(SERIES, 200, seed=1)
    program = build(model, tmp_path, compiler(), "resume.c", learn=True)
    first, second = np.split(predictions(program, rows(model, stream), 3), 2)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, before_learning(model, stream)[100:], rtol=0.0, atol=LEARNING)


@needs_compiler
@pytest.mark.parametrize("learn", [False, True])
def test_a_value_that_is_absent_is_the_mean_of_its_channel(learn, tmp_path):
    model, stream = classifier(SENSOR, SERIES, missing="mean"), waves(SERIES, 120, seed=1)
    rng = np.random.default_rng(2)
    for i, (x, _) in enumerate(stream):
        x["window"][rng.random(SERIES) < 0.2] = np.nan
        if i % 10 == 3:
            x["window"][:] = np.nan  # Of which nothing is learned.
    still = [[*model.predict_proba_one(x).values()] for x, _ in stream]
    expected = before_learning(model, stream) if learn else np.array(still)
    found = predictions(build(model, tmp_path, compiler(), learn=learn), rows(model, stream), 3)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=LEARNING if learn else PREDICTION)


@needs_compiler
def test_values_leave_in_their_unit(tmp_path):
    def labelled(n, seed):
        for x, y in waves(SERIES, n, seed):
            yield x, 1e3 + 50.0 * "abc".index(y)

    model = SlidingWindow(20) | preprocessing.TargetStandardScaler(
        NormPropRegressor(SENSOR, input_shape=SERIES, seed=1)
    )
    scaler = model.steps["TargetStandardScaler"]
    model.steps["SlidingWindow"].learn_one({"a": 1.0, "b": 2.0, "c": 3.0})
    learned(scaler, [*labelled(60, 0)])
    for _ in range(20):
        model.steps["SlidingWindow"].learn_one({"a": 1.0, "b": 2.0, "c": 3.0})
    samples = [x for x, _ in labelled(30, 1)]
    expected = [[scaler.predict_one(x)] for x in samples]
    rows = np.array([[*flat(x["window"]), 0.0] for x in samples], np.float32)
    found = predictions(build(model, tmp_path, compiler()), rows, 1)
    np.testing.assert_allclose(found, expected, rtol=PREDICTION)
    assert np.ptp(found) > 10.0
    with pytest.raises(TypeError, match="a pipeline cannot learn in C"):
        to_c(model, tmp_path / "learns", learn=True)


@needs_compiler
def test_learning_several_values(tmp_path):
    model = NormPropMultiTargetRegressor(SENSOR, input_shape=SERIES, seed=1)
    stream = [(x, {"class": float("abc".index(y)), "level": x["window"].mean()}) for x, y in waves(SERIES, 140)]
    learned(model, stream[:40])
    rows = np.array([[*flat(x["window"]), *y.values()] for x, y in stream[40:]], np.float32)
    found = predictions(build(model, tmp_path, compiler(), learn=True), rows, 2)
    expected = []
    for x, y in stream[40:]:
        expected.append([*model.predict_one(x).values()])
        model.learn_one(x, y)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=LEARNING)


@needs_compiler
@pytest.mark.parametrize(("name", "learn"), [("sensor", True), ("image, strides", False)])
def test_sanitizers_find_nothing(name, learn, tmp_path):
    flags = [*compiler(), "-fsanitize=address,undefined", "-fno-sanitize-recover"]
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    if subprocess.run([*flags, "empty.c"], cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip("the C compiler here has no sanitizers")
    hidden, shape = NETWORKS[name]
    model = classifier(hidden, shape)
    found = predictions(build(model, tmp_path, flags, learn=learn), rows(model, waves(shape, 30, seed=1)), 3)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=0, atol=1e-6)  # 3 classes in float32.


@pytest.mark.parametrize("name", ["cc", "clang"])
def test_no_warning_for_a_core_without_vectors(name, tmp_path):
    if name not in COMPILERS:
        pytest.skip(f"{name} is not installed")
    paths = to_c(classifier(SENSOR, SERIES), tmp_path, learn=True)
    flags = [*COMPILERS[name], *STRICT, "-O2", "-U__SSE2__", "-U__ARM_NEON"]
    run([*flags, "-c", *(p for p in paths if p.suffix == ".c")], tmp_path)


@needs_compiler
def test_a_core_without_vectors_computes_the_same(tmp_path):
    model, stream = classifier(SENSOR, SERIES), waves(SERIES, 60, seed=1)
    plain = [*compiler(), "-U__SSE2__", "-U__ARM_NEON"]
    found = predictions(build(model, tmp_path, plain, learn=True), rows(model, stream), 3)
    np.testing.assert_allclose(found, before_learning(model, stream), rtol=0.0, atol=LEARNING)
