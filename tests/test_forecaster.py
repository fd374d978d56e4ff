"""The forecaster: what it forecasts before it knows anything, its windows, its errors, resuming, and the engines."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from models import bits, handed_over
from river import compose, datasets

import streamnorm
from streamnorm import NormPropForecaster
from streamnorm.engines import native

SERIES = [float(y) for _, y in datasets.AirlinePassengers()]
SMALL = {"lags": 3, "horizon": 4, "season": 6, "hidden": (8,), "seed": 1}
OTHERS = [f"native {instructions}" for instructions in native.instructions(8)] + ["autograd"]


def learned(values=SERIES, features=None, **arguments):
    model = NormPropForecaster(**{**SMALL, **arguments})
    for i, y in enumerate(values):
        model.learn_one(y, features(i) if features else None)
    return model


def month(i):
    return {"sin": math.sin(i * math.pi / 6), "march": i % 12 == 2}


def test_before_enough_is_known_it_is_the_naive_forecast():
    model = NormPropForecaster(horizon=4, season=3)
    assert model.forecast(5) == [0.0] * 5
    model.learn_one(7.0)
    assert model.forecast(5) == [7.0] * 5
    model.learn_one(9.0)
    assert model.forecast(2) == [9.0] * 2
    model.learn_one(2)
    # Shares are even: the last value once, the season before twice, as there is no change since yet.
    assert model.forecast(4) == pytest.approx([(2 + 7 + 7) / 3, (2 + 9 + 9) / 3, (2 + 2 + 2) / 3, (2 + 7 + 7) / 3])
    model.learn_one(13.0)  # 6 more than a season before
    assert model.forecast(2) == pytest.approx([(13 + 9 + 15) / 3, (13 + 2 + 8) / 3])


def test_shares_follow_the_errors_by_hand():
    model = NormPropForecaster(lags=5, horizon=1, season=2, hidden=())
    for y in (1.0, 5.0, 1.0):
        model.learn_one(y)
    # The second value was forecast as 1 by all. The third: 5, or 1 a season before, as was the change since. Of these
    # two the corrected mean, (5 + 1 + 1) / 3, is 4 / 3 off; the running mean error is (4 + 4 / 3) / 2.
    losses = np.array([4.0, 0.0, 0.0, 4.0 / 3.0]) / ((4.0 + 4.0 / 3.0) / 2.0)
    shares = np.exp(-0.1 * losses)
    expected = 0.999 * shares / shares.sum() + 0.001 / 4.0
    # float64, a handful of operations.
    np.testing.assert_allclose(model._series.naive.shares[0], expected, rtol=1e-12)


def test_a_window_is_learned_when_its_horizon_is_known():
    learner = learned(SERIES[:13])._learner
    assert learner.mixture.fan_out == 0  # A window is 3 lags, the last value, a season of 6, and then 4 ahead.
    model = learned(SERIES[:14])
    # In the order of the alphabet.
    assert model.features_ == [f"lag {i}" for i in (1, 2, 3)] + [f"seasonal change {i}" for i in (0, 1, 2, 3)]
    # The window ends with the tenth value.
    changes = [SERIES[8] - SERIES[9], SERIES[7] - SERIES[9], SERIES[6] - SERIES[9]]
    seasonal = [SERIES[9 - i] - SERIES[3 - i] for i in range(4)]
    assert model._learner.standardizer.mean.tolist() == changes + seasonal
    # What is to be learned is what the mean of the naive forecasts misses, by the shares of before the step.
    naive = learned(SERIES[:13])._series.naive
    values = np.array(SERIES[:10])
    missed = np.array(SERIES[10:14]) - naive.mean(naive.forecasts(values, 10))
    np.testing.assert_array_equal(model._learner.target.mean, missed)


def test_it_learns_a_course_that_no_naive_forecast_knows():
    """A quadratic map: the next value is a function of the last one, and looks like noise."""
    y, values = 0.3, []
    for _ in range(6_000):
        y = 3.9 * y * (1.0 - y)
        values.append(y)
    model = NormPropForecaster(lags=2, horizon=1, learning_rate=0.005, seed=1)
    errors = {"model": [], "last": []}
    for t, (y, following) in enumerate(itertools.pairwise(values)):
        model.learn_one(y)
        if t >= 5_000:
            errors["model"].append(abs(model.forecast(1)[0] - following))
            errors["last"].append(abs(y - following))
    # Differences tell the value only in part.
    assert np.mean(errors["model"]) < 0.5 * np.mean(errors["last"])


def test_a_forecast_goes_beyond_the_trained_horizon_on_its_own_forecasts():
    model = learned()
    first = model.forecast(4)
    assert model.forecast(2) == first[:2]
    continued = copy.deepcopy(model)._series
    for y in first:
        continued.history.add(y)
    further = continued.forecast(model._correction, 4, [])
    assert model.forecast(7) == first + further[:3]


def test_forecasting_changes_nothing():
    model = learned(features=month)
    before = pickle.dumps(model)
    model.forecast(9, [month(i) for i in range(9)])
    model.forecast(1, [{"unseen": 1e300}])
    assert pickle.dumps(model) == before


def test_it_draws_on_what_is_known_ahead():
    rng = np.random.default_rng(1)
    sales = rng.random(3_000) < 0.3  # Nothing in the past says when.
    model = NormPropForecaster(lags=2, horizon=2, learning_rate=0.005, seed=1)
    errors = []
    for t, sale in enumerate(sales[:-2]):
        model.learn_one(10.0 + 5.0 * sale, {"sale": sale})
        if t >= 2_500:
            told = model.forecast(2, [{"sale": s} for s in sales[t + 1 : t + 3]])
            errors += [told[h] - 10.0 - 5.0 * sales[t + 1 + h] for h in (0, 1)]
    assert ("sale", 1) in model.features_
    # The mean alone would be 5 * 0.42 off.
    assert np.mean(np.abs(errors)) < 0.5


def test_features_that_were_learned_are_needed_ahead():
    model = learned(features=month)
    with pytest.raises(ValueError, match=r"give the forecast xs, a dict of features for each of the 3 steps"):
        model.forecast(3)
    with pytest.raises(ValueError, match="xs has the features of 2 steps, and the horizon is 3"):
        model.forecast(3, [{}, {}])
    with pytest.raises(TypeError, match="a dict of features, not 5"):
        model.forecast(1, [5])
    assert len(learned().forecast(3, [{}, None, {}])) == 3


@pytest.mark.parametrize("horizon", [0, -1, 1.5, "3", True, None])
def test_a_wrong_horizon_of_a_forecast_raises(horizon):
    with pytest.raises(ValueError, match="horizon is an int of 1 or more"):
        learned().forecast(horizon)


@pytest.mark.parametrize(
    ("y", "x", "error", "message"),
    [
        (math.nan, None, ValueError, "the value of the series is nan, not a finite number. Fill the gap"),
        ("12", None, TypeError, "the value of the series is the text '12'"),
        (None, None, TypeError, "the value of the series is None"),
        (10**400, None, ValueError, "beyond the range of a float"),
        (1.0, {"a": math.inf}, ValueError, "feature 'a' is inf"),
        (1.0, {"a": "b"}, TypeError, "feature 'a' is the text 'b'"),
        (1.0, {math.nan: 1.0}, ValueError, "does not equal itself"),
        (1.0, [1.0], TypeError, "a dict of features"),
    ],
)
def test_a_bad_value_raises_and_changes_nothing(y, x, error, message):
    model = learned(features=month)
    before = bits(model)
    with pytest.raises(error, match=message):
        model.learn_one(y, x)
    assert bits(model) == before


@pytest.mark.parametrize("name", ["lags", "horizon", "season"])
@pytest.mark.parametrize("value", [0, -3, 10_001, 2.0, "12", True])
def test_a_wrong_argument_raises_and_is_named(name, value):
    with pytest.raises(ValueError, match=rf"{name} is an int from 1 to 10,000, not {value!r}"):
        NormPropForecaster(**{name: value})


def test_values_of_any_size_leave_it_finite():
    rng = np.random.default_rng(1)
    values = rng.standard_normal(200) * 10.0 ** rng.integers(-300, 300, 200)
    model = learned(values.tolist())
    assert np.isfinite(model.forecast(20)).all()
    assert all(np.isfinite(array).all() for array in model._arrays().values())


def test_a_constant_series_is_forecast_as_it_is():
    assert learned([3.5] * 60).forecast(6) == [3.5] * 6


@pytest.mark.parametrize("other", OTHERS)
def test_engines_agree(other, monkeypatch):
    def forecasts(engine):
        engine, _, instructions = engine.partition(" ")
        monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
        model = learned(SERIES[:100], month, dtype="float64", learning_rate="auto", engine=engine)
        return model.forecast(9, [month(i) for i in range(100, 109)])

    # 86 steps in float64, on values of some hundreds; as in test_parity.py, in the unit of the errors.
    np.testing.assert_allclose(forecasts(other), forecasts("reference"), rtol=0.0, atol=1e-8)


VARIANTS = [
    {},
    {"season": None},
    {"hidden": []},
    {"optimizer": "adam", "dtype": "float64", "engine": "reference"},
    {"learning_rate": "auto", "loss": "squared_error", "fading_factor": 0.01},
    {"standardize": False, "engine": "autograd"},
    {"seed": None},
]


@pytest.mark.parametrize("features", [None, month], ids=["values", "features"])
@pytest.mark.parametrize("arguments", VARIANTS, ids=str)
@pytest.mark.parametrize("n", [0, 5, 60])
def test_resumed_is_bit_for_bit_straight_through(n, arguments, features, tmp_path):
    model = learned(SERIES[:n], features, **arguments)
    model.save(tmp_path / "model")
    twins = [streamnorm.load(tmp_path / "model"), copy.deepcopy(model), model.clone(include_attributes=True)]
    assert [bits(twin) for twin in twins] == [bits(model)] * 3
    for i, y in enumerate(SERIES[n : n + 30], n):
        for one in (model, *twins):
            one.learn_one(y, features(i) if features else None)
    assert [bits(twin) for twin in twins] == [bits(model)] * 3
    ahead = [features(i) for i in range(6)] if features else None
    assert [twin.forecast(6, ahead) for twin in twins] == [model.forecast(6, ahead)] * 3


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("history.values", 1e300, "larger than any"),
        ("history.values", np.nan, "not finite"),
        ("history.count", -1, "negative"),
        ("naive.error", -1.0, "negative"),
        ("naive.judged", -1, "negative"),
        ("naive.shares", 0.0, "not above 0"),
        ("naive.shares", 0.9, "do not sum to 1"),
    ],
)
def test_a_file_that_no_forecaster_wrote_is_refused(name, value, message, tmp_path):
    model = learned()
    model._arrays()[name].flat[0] = value
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=f"is not a streamnorm model, or is damaged.*{message}"):
        streamnorm.load(tmp_path / "model")


def test_features_that_no_forecaster_kept_are_refused(tmp_path):
    model = learned(features=month)
    state = {**model._state(), "beside": [[["a"], [1.0]]] * 5}  # One more than the horizon.
    with pytest.raises(ValueError, match="more steps than the horizon"):
        NormPropForecaster(**model._get_params())._restore(state, model._arrays())
    with pytest.raises(ValueError, match="the horizon and the outputs differ"):
        NormPropForecaster(**model._get_params())._restore({**state, "outputs": 3}, model._arrays())


def test_in_a_pipeline():
    model = compose.Discard("month") | NormPropForecaster(**SMALL)
    for x, y in [*datasets.AirlinePassengers()]:
        model.learn_one(y=y, x=x)
    assert model.forecast(3, [{"month": None}] * 3) == learned().forecast(3)


def test_whose_arrays_come_read_only_it_learns_on():
    model = learned(features=month)
    other = handed_over(model)
    for forecaster in (model, other):
        forecaster.learn_one(432.0, month(144))
    assert bits(other) == bits(model)


@pytest.mark.parametrize("n", [len(SERIES), SMALL["lags"] + 1 + SMALL["season"] + SMALL["horizon"] - 1])
def test_a_name_that_cannot_be_shown_changes_nothing(n):
    class Nameless:
        def __repr__(self):
            raise RuntimeError("no name")

    model = learned(SERIES[:n])  # Also where it would be the first window.
    before = bits(model)
    with pytest.raises(RuntimeError, match="no name"):
        model.learn_one(1.0, {Nameless(): 1.0})
    assert bits(model) == before


def test_inputs_of_its_own_making_are_not_explained():
    assert not hasattr(NormPropForecaster(), "explain_one")
