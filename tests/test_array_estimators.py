"""What estimators offer, with samples that are arrays: rows, reports, files, copies, River, threads."""

import copy
import math
import pickle
import threading
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from arrays import HIDDEN, SHAPE, TARGETS, teach, told, trained, waves
from models import NATIVE, bits, handed_over
from mutants import edited
from river import evaluate, metrics

import streamnorm
from streamnorm import (
    AvgPool,
    Checkpointer,
    Conv1d,
    Conv2d,
    GlobalAvgPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropRegressor,
)

ESTIMATORS = pytest.mark.parametrize("estimator", TARGETS, ids=lambda estimator: estimator.__name__)
ENGINES = pytest.mark.parametrize("engine", [NATIVE, "reference"])
MINI_BATCH = pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor], ids=lambda e: e.__name__)
LATER = waves(20, seed=3)


@ESTIMATORS
def test_attributes(estimator):
    model = trained(estimator)
    assert model.features_ == [0, 1]
    assert model.n_forgotten_ == 0
    assert sum(model.learning_rates_.values()) == pytest.approx(1.0, abs=1e-12)
    assert model._raw_memory_usage > sum(array.nbytes for array in model._arrays().values())
    assert model._learner.mixture.samples == 40
    assert model._learner.standardizer.count.tolist() == [40.0, 40.0]


@ESTIMATORS
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"hidden": "sensor", "learning_rate": 0.01},
        {"hidden": (Conv1d(3, 5, 2), AvgPool(2), GlobalAvgPool()), "optimizer": "adam", "dtype": "float64"},
        {"hidden": (4,), "missing": "mean"},
        {"hidden": [], "standardize": False},
        {"hidden": (Conv2d(2, (2, 3)), MaxPool((1, 2))), "input_shape": [1, *SHAPE], "engine": "reference"},
    ],
    ids=["small", "preset", "averages", "dense", "none", "image"],
)
def test_saved_and_copied_it_goes_on_bit_for_bit(estimator, arguments, tmp_path):
    model = estimator(**{"hidden": HIDDEN, "input_shape": SHAPE, "seed": 1, **arguments})
    image = (lambda window: window[None]) if len(model.input_shape) == 3 else (lambda window: window)
    for window, y in waves(10):
        teach(model, {"w": image(window)}, y)
    model.save(tmp_path / "model")
    others = [streamnorm.load(tmp_path / "model"), copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    others.append(handed_over(model))
    assert all(bits(other) == bits(model) for other in others)
    assert [repr(other) for other in others] == [repr(model)] * 4
    for window, y in LATER:
        for each in (model, *others):
            teach(each, {"w": image(window)}, y)
        expected = told(model, {"w": image(window)})
        assert all(told(other, {"w": image(window)}) == expected for other in others)
    assert all(bits(other) == bits(model) for other in others)
    clone = model.clone()
    assert clone._get_params() == model._get_params()
    assert told(clone, {"w": image(window)}) == told(estimator(**model._get_params()), {"w": image(window)})


@ENGINES
@MINI_BATCH
@pytest.mark.parametrize("missing", ["error", "mean"])
def test_an_array_of_arrays_equals_its_rows(estimator, engine, missing):
    one, many = (trained(estimator, 0, engine=engine, missing=missing) for _ in range(2))
    X = np.array([window for window, _ in waves(40)])
    y = [TARGETS[estimator](y) for _, y in waves(40)]
    if missing == "mean":
        X[3, 1, 4], X[5] = np.nan, np.nan
    expected = []
    for x, target in zip(X, y, strict=True):
        expected.append(one.predict_one({"w": x}))
        one.learn_one({"w": x}, target)
    assert many.test_then_train_many(X[:7], y[:7]).tolist() == expected[:7]
    assert many.test_then_train_many(np.asfortranarray(X[7:]), y[7:]).tolist() == expected[7:]
    assert bits(many) == bits(one)
    assert many.predict_many(X).tolist() == [one.predict_one({"w": x}) for x in X]
    if estimator is NormPropClassifier:
        expected = [[*one.predict_proba_one({"w": x}).values()] for x in X]
        np.testing.assert_array_equal(many.predict_proba_many(X), expected)
    assert many.predict_many(X[:0]).tolist() == []


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((3, 12, 2)), r"row 0 has shape \(12, 2\), and the model takes \(2, 12\)"),
        (np.ones(SHAPE), r"row 0 has shape \(12,\), and the model takes \(2, 12\)"),
        (np.ones((3, 24)), r"row 0 has shape \(24,\)"),
        (np.array(1.0), r"row 0 has shape \(\)"),
        (
            np.where(np.arange(72).reshape(3, 2, 12) == 65, np.inf, 1.0),
            r"row 2 is inf at \(1, 5\), not a finite number",
        ),
        (
            np.where(np.arange(72).reshape(3, 2, 12) == 25, np.nan, 1.0),
            r"row 1 is nan at \(0, 1\), not a finite number",
        ),
        (np.ones((3, *SHAPE), object), "X is an array of object, not a NumPy array of numbers"),
        (np.ma.masked_equal(np.eye(6).reshape(3, 1, 12).repeat(2, axis=1), 1.0), "X has masked values"),
        (
            np.ones((3, *SHAPE)).tolist(),
            r"X is .* \(list\), .* takes an array of shape \(samples, 2, 12\): np\.stack\(X\)",
        ),
        (pd.DataFrame({"a": [1.0]}), r"\(DataFrame\), .* takes an array .* a frame has no place for arrays"),
        (pl.DataFrame({"a": [1.0]}), "a frame has no place for arrays"),
    ],
)
@MINI_BATCH
def test_a_bad_row_leaves_all_unlearned(estimator, X, message):
    model = trained(estimator, 10)
    before = bits(model)
    y = [TARGETS[estimator](0)] * 3
    for call in (
        lambda: model.learn_many(X, y),
        lambda: model.test_then_train_many(X, y),
        lambda: model.predict_many(X),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            call()
    assert bits(model) == before


def forward(model, h, output):
    """An output of the mixture's mean, by the reference engine in float64."""
    from streamnorm.engines.reference import Reference

    mixture = model._learner.mixture
    outputs = [Reference(network, None, None).forward(h)[output] for network in mixture.networks]
    return float(mixture.weights @ np.array(outputs))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
@pytest.mark.parametrize(
    "hidden",
    [HIDDEN, (Conv1d(4, 5), GlobalAvgPool(), 4), (MaxPool(3, 2), AvgPool(2)), "sensor"],
    ids=["small", "averages", "pools", "preset"],
)
def test_contributions_sum_to_the_difference(hidden, activation):
    model = trained(NormPropRegressor, 30, hidden=hidden, activation=activation, dtype="float64")
    learner = model._learner
    for window, _ in LATER[:3]:
        ((name, parts),) = model.explain_one({"mine": window}).items()
        assert (name, parts.shape) == ("mine", SHAPE)
        h, _ = learner.standardized(learner.known({"w": window}))
        difference = (forward(model, h, 0) - forward(model, 0.0 * h, 0)) * learner.target.sd[0]
        assert parts.sum() == pytest.approx(difference, rel=0.0, abs=1e-6 * np.abs(parts).sum())
    assert model.explain_one({}) == {}
    with pytest.raises(ValueError, match="has shape"):
        model.explain_one({"w": window.T})


def test_contributions_are_integrated_gradients():
    """The midpoint rule in 4,000 steps over torch's gradients of the same network, written out here."""
    torch = pytest.importorskip("torch")
    hidden = (Conv1d(3, 3, padding="valid"), MaxPool(2), 4)
    model = trained(NormPropRegressor, 40, hidden=hidden, dtype="float64", learning_rate=0.01)
    (network,) = model._learner.mixture.networks
    first, _, second, head = network.parameters
    m, d = streamnorm.activations.ACTIVATIONS["relu"].moments

    def units(rows, parameters):
        W, g, b = (torch.from_numpy(parameters[name].value) for name in "Wgb")
        z = rows @ (W / W.norm(dim=1, keepdim=True)).T * g + b
        return (torch.relu(z) - m) / d

    h, _ = model._learner.standardized(model._learner.known({"w": LATER[0][0]}))
    way = (((torch.arange(4_000) + 0.5) / 4_000)[:, None] * torch.from_numpy(h)).requires_grad_()
    steps = way.reshape(-1, 12, 2).unfold(1, 3, 1).transpose(2, 3).reshape(-1, 10, 6)
    pooled = units(steps, first).reshape(-1, 5, 2, 3).amax(dim=2).reshape(-1, 15)
    (units(pooled, second) @ torch.from_numpy(head["W"].value[0])).sum().backward()
    expected = (h * way.grad.mean(dim=0).numpy() * model._learner.target.sd).reshape(12, 2).T
    # A kink in a step costs a part of its 1 / 4,000.
    explained = model.explain_one({"w": LATER[0][0]})["w"]
    np.testing.assert_allclose(explained, expected, rtol=0.0, atol=2e-3 * np.abs(expected).max())


def test_a_detector_explains_with_an_array():
    detector = trained(NormPropAnomalyDetector, 60)
    window = LATER[0][0].copy()
    window[1, 7] = 5_000.0
    parts = detector.explain_one({"w": window})["w"]
    assert np.unravel_index(parts.argmax(), SHAPE) == (1, 7)
    assert detector.score_one({"w": window}) > 0.9


def test_no_array_teaches_a_detector_nothing():
    detector = trained(NormPropAnomalyDetector, missing="mean")
    before = bits(detector)
    detector.learn_one({})
    detector.learn_one({"w": np.full(SHAPE, np.nan)})
    assert bits(detector) == before


def test_health_by_hand(tmp_path):
    model = trained(NormPropClassifier, 40, hidden=(MaxPool(2), Conv1d(2, 1), 4), learning_rate=0.01, dtype="float64")
    (network,) = model._learner.mixture.networks
    _, convolution, *_ = network.parameters
    convolution["W"].value[:] = [[3.0, 4.0], [0.0, 2.0]]
    convolution["g"].value[:], convolution["b"].value[:] = [1.0, 1.0], [0.0, -1e6]
    before = bits(model)
    samples = [{"w": window} for window, _ in LATER]
    report = model.health(samples)
    assert bits(model) == before
    assert [layer["units"] for layer in report["layers"]] == [2, 4]
    assert report["layers"][0]["norm"] == pytest.approx((2.0, 5.0), rel=1e-12)
    assert report["layers"][0]["dead"] == 0.5
    learner = model._learner
    h = np.array([learner.standardized(learner.known(x))[0] for x in samples])
    z = h.reshape(20, 6, 2, 2).max(axis=2) @ np.array([0.6, 0.8])
    m, d = streamnorm.activations.ACTIVATIONS["relu"].moments
    a = np.stack([(np.maximum(z, 0.0) - m) / d, np.full_like(z, -m / d)])
    assert report["layers"][0]["mean"] == pytest.approx(a.mean(), rel=1e-12)
    assert report["layers"][0]["sd"] == pytest.approx(math.sqrt(a.var(axis=(1, 2)).mean()), rel=1e-12)
    assert model.health()["layers"][0]["mean"] is None
    report.to_svg(tmp_path / "health.svg")
    assert "layer 2: 4" in (tmp_path / "health.svg").read_text()


WILD = [
    {"input_shape": [10**9, 10**9]},
    {"input_shape": [2, 10**9]},
    {"input_shape": [2, 10**300]},
    {"input_shape": [0, 12]},
    {"input_shape": [2, -12]},
    {"input_shape": [2.0, 12]},
    {"input_shape": ["2", 12]},
    {"input_shape": [2]},
    {"input_shape": [[2, 12]]},
    {"input_shape": "2"},
    {"input_shape": 12},
    {"input_shape": None},
    {"hidden": "nonsense"},
    {"hidden": "image"},
    {"hidden": [{"layer": "Conv1d", "filters": 3, "kernel": 10**9}]},
    {"hidden": [{"layer": "Conv1d", "filters": 10**9, "kernel": 3}]},
    {"hidden": [{"layer": "Conv1d", "filters": 3, "kernel": 3, "wild": 1}]},
    {"hidden": [{"layer": "Conv1d", "filters": 3, "kernel": 3, "stride": 0}]},
    {"hidden": [{"layer": "Conv1d", "filters": 3}]},
    {"hidden": [{"layer": "Dense", "fan_out": 3}]},
    {"hidden": [{"layer": ["Conv1d"]}]},
    {"hidden": [{"kernel": 3}]},
    {"hidden": [{"layer": "MaxPool", "size": [2, 10**9]}]},
    {"hidden": [None]},
    {"hidden": {"layer": "Conv1d"}},
    {"hidden": 7},
]


@pytest.mark.parametrize("parameters", WILD, ids=lambda parameters: str(parameters)[:60])
def test_a_file_with_wild_arguments_is_refused(parameters, tmp_path):
    trained(NormPropClassifier, 4).save(tmp_path / "model")
    content = edited((tmp_path / "model").read_bytes(), lambda _, about: about["parameters"].update(parameters))
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ValueError, match="is not a streamnorm model, or is damaged"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("shape", "filters", "message"),
    [
        ([2, 2**20], 2, "more values than the 1,048,576"),
        ([2, 2**19], 1_000, "make 524,288,000 numbers of an input"),
    ],
)
def test_a_file_whose_filters_say_nothing_of_their_input_allocates_nothing(shape, filters, message, tmp_path):
    """The weights of a filter are as many for a million steps as for twelve."""
    hidden = (Conv1d(filters, 3), streamnorm.GlobalMaxPool())
    trained(NormPropClassifier, 4, hidden=hidden).save(tmp_path / "model")
    content = edited((tmp_path / "model").read_bytes(), lambda _, about: about["parameters"].update(input_shape=shape))
    (tmp_path / "model").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=message):
        streamnorm.load(tmp_path / "model")
    assert tracemalloc.get_traced_memory()[1] < 20e6  # The constants of the pool, which are those of any input.
    tracemalloc.stop()


def test_a_checkpointer_goes_on(tmp_path):
    stream = waves(30)
    straight = trained(NormPropClassifier, 30)

    def run(until):
        model = NormPropClassifier(HIDDEN, input_shape=SHAPE, seed=1)
        checkpointer = Checkpointer(model, tmp_path / "model", every=10)
        for window, y in stream[checkpointer.samples : until]:
            teach(model, {"window": window}, y)
            checkpointer.step()
        return model

    run(17)
    assert bits(run(30)) == bits(straight)


def test_river_evaluates_it():
    stream = [({"w": window}, TARGETS[NormPropClassifier](y)) for window, y in waves(60)]
    model, metric = trained(NormPropClassifier, 0), metrics.Accuracy()
    steps = [*evaluate.iter_progressive_val_score(stream, model, metric, step=20)]
    assert [step["Step"] for step in steps] == [20, 40, 60]
    one, expected = trained(NormPropClassifier, 0), metrics.Accuracy()
    for x, y in stream:
        prediction = one.predict_one(x)
        if prediction is not None:
            expected.update(y, prediction)
        one.learn_one(x, y)
    assert metric.get() == expected.get()
    assert bits(model) == bits(one)


@ENGINES
def test_threads_lose_no_sample(engine):
    model = trained(NormPropClassifier, 2, engine=engine)
    errors = []

    def run(job):
        try:
            job()
        except Exception as error:
            errors.append(error)

    def learn():
        for window, y in waves(30):
            teach(model, {"w": window}, y)

    def read():
        for window, _ in LATER:
            assert sum(model.predict_proba_one({"w": window}).values()) == pytest.approx(1.0, abs=1e-9)
            assert len(model.predict_many(np.array([window, window]))) == 2
            model.explain_one({"w": window})
            assert model.health([{"w": window}])["samples"] == 1
            copy.deepcopy(model)

    threads = [threading.Thread(target=run, args=(job,)) for job in (learn, learn, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert model._learner.mixture.samples == 62
    assert model._learner.standardizer.count.tolist() == [62.0, 62.0]


@ESTIMATORS
@pytest.mark.parametrize("preset", ["sensor", "image"])
def test_presets_by_name(estimator, preset):
    shape = (6, 50) if preset == "sensor" else (1, 8, 8)
    model = estimator(hidden=preset, input_shape=shape, learning_rate=0.01, seed=1)
    rng = np.random.default_rng(1)
    for i in range(4):
        teach(model, {"w": rng.standard_normal(shape)}, i % 2)
    assert f'hidden="{preset}"' in repr(model)
    assert (model._learner.standardizer.count == 4).all()
    assert all(np.isfinite(array).all() for array in model._arrays().values())
    with pytest.raises(ValueError, match=f"hidden='{preset}' needs input_shape="):
        estimator(hidden=preset)
