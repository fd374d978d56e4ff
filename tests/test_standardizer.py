"""Running statistics, against NumPy and River; spikes, constants and extremes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import stats

from streamnorm.standardizer import Standardizer


def fed(values, fading_factor=0.0, dtype="float64") -> Standardizer:
    standardizer = Standardizer(fading_factor, clip=5.0, dtype=dtype)
    standardizer.grow(1)
    for value in values:
        standardizer.update(np.array([float(value)]))
    return standardizer


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_without_fading_it_is_numpys_mean_and_variance(values):
    standardizer = fed(values)
    scale = max(map(abs, values))
    # At most 30 values are added: a rounding each, of the largest value or of its square.
    assert standardizer.mean[0] == pytest.approx(np.mean(values), rel=0, abs=1e-14 * scale)
    assert standardizer.variance[0] == pytest.approx(np.var(values), rel=0, abs=1e-14 * scale**2)


def test_with_fading_it_is_rivers_exponential_mean():
    values = np.random.default_rng(5).normal(3.0, 2.0, 300)
    mean = stats.EWMean(fading_factor=0.1)
    for value in values[9:]:
        mean.update(value)
    standardizer = fed(values, fading_factor=0.1)
    # They start differently: the first ten values weigh alike here, and have faded to 0.9^290 = 5e-14 by now.
    assert standardizer.mean[0] == pytest.approx(mean.get(), rel=1e-12)


def test_a_spike_counts_as_ten_standard_deviations():
    values = np.random.default_rng(5).normal(3.0, 2.0, 100)
    spiked, bounded = fed(values), fed(values)
    bound = spiked.mean[0] + 10.0 * spiked.sd[0]
    spiked.update(np.array([1e9]))
    bounded.update(np.array([bound]))
    assert spiked.mean[0] == pytest.approx(bounded.mean[0], rel=1e-14)
    assert spiked.variance[0] == pytest.approx(bounded.variance[0], rel=1e-14)


def test_among_the_first_thirty_values_nothing_is_a_spike():
    values = [*np.random.default_rng(5).normal(3.0, 2.0, 29), 1e3]
    assert fed(values).mean[0] == pytest.approx(np.mean(values), rel=1e-14)


def test_a_lasting_change_of_scale_gets_through():
    rng = np.random.default_rng(5)
    standardizer = fed([*rng.normal(0.0, 1.0, 1_000), *rng.normal(0.0, 1e3, 1_000)])
    # The scale of the second half dominates: sd of an equal mixture of 1 and 1e3 is 707.
    assert 500.0 < standardizer.sd[0] < 900.0


def test_a_constant_that_starts_to_vary_is_not_winsorised():
    standardizer = fed([7.0] * 100 + [8.0])
    assert standardizer.mean[0] == pytest.approx(7.0 + 1 / 101)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.0, 1e6 + 0.3, 1e30, 1e-30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_constant_is_zero(constant, dtype):
    assert fed([constant] * 50, dtype=dtype).transform(np.array([constant]))[0] == 0.0


@given(st.lists(st.floats(-1e38, 1e38), min_size=1, max_size=60), st.floats(0.0, 0.9))
def test_finite_values_stay_finite(values, fading_factor):
    for dtype in ("float32", "float64"):
        standardizer = fed(values, fading_factor, dtype)
        assert np.isfinite([standardizer.mean, standardizer.variance, standardizer.inverse_sd]).all()
        h = standardizer.transform(np.array([values[0]]))
        assert abs(h[0]) <= 5.0
        assert h.dtype == dtype


def test_absent_coordinates_keep_their_statistics():
    standardizer = Standardizer(0.0, clip=5.0, dtype="float64")
    standardizer.grow(2)
    for a, b in [(1.0, 10.0), (2.0, 20.0)]:
        standardizer.update(np.array([a, b]))
    standardizer.update(np.array([9.0, 0.0]), np.array([True, False]))
    assert standardizer.count.tolist() == [3, 2]
    assert standardizer.mean.tolist() == [4.0, 15.0]
    assert standardizer.variance[1] == 25.0


def test_what_is_subtracted_is_what_a_file_subtracts():
    mean, step = np.float32(1e6), np.float32(0.0625)  # neighbours in float32
    standardizer = fed([mean, mean + step] * 20, dtype="float32")
    expected = (mean + step - np.float32(standardizer.mean[0])) * np.float32(1.0 / standardizer.sd[0])
    assert expected == 2.0  # The mean lies between the neighbours, and is rounded to the lower one.
    assert standardizer.transform(np.array([mean + step]))[0] == pytest.approx(expected, rel=1e-6)  # float32
