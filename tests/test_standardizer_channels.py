"""One mean and one sd a channel, against NumPy over all values of all windows."""

import numpy as np
import pytest

from streamnorm.standardizer import Standardizer

CHANNELS, STEPS = 3, 7


def standardizer_of(fading_factor=0.0, dtype="float64"):
    standardizer = Standardizer(fading_factor, clip=5.0, dtype=dtype, positions=STEPS)
    standardizer.grow(CHANNELS)
    return standardizer


def windows_of(n):
    """Windows [n, steps, channels], each around a mean of its own."""
    rng = np.random.default_rng(4)
    windows = rng.standard_normal((n, STEPS, CHANNELS)) + rng.standard_normal((n, 1, CHANNELS))
    return 100.0 + np.array([1.0, 20.0, 0.1]) * windows


def test_it_is_numpys_mean_and_variance_over_all_values():
    standardizer, windows = standardizer_of(), windows_of(200)
    for n, window in enumerate(windows, start=1):
        standardizer.update(window.ravel())
        if n in (1, 2, 30, 200):
            # 1,400 values near 100 are added in another order: a rounding each at most, of 1e-14 and its square root.
            np.testing.assert_allclose(standardizer.mean, windows[:n].mean(axis=(0, 1)), rtol=1e-13)
            np.testing.assert_allclose(standardizer.variance, windows[:n].var(axis=(0, 1)), rtol=1e-9)
    assert standardizer.count.tolist() == [200] * CHANNELS


def test_all_positions_of_a_channel_are_standardised_alike():
    standardizer, windows = standardizer_of(), windows_of(50)
    for window in windows[:-1]:
        standardizer.update(window.ravel())
    seen = windows[:-1]
    expected = (windows[-1] - seen.mean(axis=(0, 1))) / seen.std(axis=(0, 1))
    assert np.abs(expected).max() < 5.0
    np.testing.assert_allclose(standardizer.transform(windows[-1].ravel()), expected.ravel(), rtol=0.0, atol=1e-9)


def test_a_window_counts_once_however_many_values_it_has():
    """Then the mean is that of the windows' means, and the variance the mean of theirs plus that of their means."""
    standardizer, windows = standardizer_of(), windows_of(100)
    present = np.random.default_rng(5).random(windows.shape) < 0.6
    present[3], present[4, :, 1] = False, False  # a window that is not there, and one without a channel
    means, variances = [[] for _ in range(CHANNELS)], [[] for _ in range(CHANNELS)]
    for window, here in zip(windows, present, strict=True):
        standardizer.update(np.where(here, window, 1e6).ravel(), here.ravel())
        for k in np.flatnonzero(here.any(axis=0)):
            values = window[here[:, k], k]
            means[k].append(values.mean())
            variances[k].append(values.var())
    assert standardizer.count.tolist() == [len(m) for m in means]
    assert standardizer.count[1] <= 98
    np.testing.assert_allclose(standardizer.mean, [np.mean(m) for m in means], rtol=1e-13)
    within, between = [np.mean(v) for v in variances], [np.var(m) for m in means]
    np.testing.assert_allclose(standardizer.variance, np.add(within, between), rtol=1e-9)


def test_without_any_value_nothing_changes():
    standardizer = standardizer_of()
    for window in windows_of(40):
        standardizer.update(window.ravel())
    before = [array.copy() for array in standardizer.arrays().values()]
    standardizer.update(np.zeros(STEPS * CHANNELS), np.zeros(STEPS * CHANNELS, dtype=bool))
    for array, old in zip(standardizer.arrays().values(), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_a_spike_counts_as_ten_standard_deviations():
    spiked, bounded, windows = standardizer_of(), standardizer_of(), windows_of(101)
    for window in windows[:-1]:
        spiked.update(window.ravel())
        bounded.update(window.ravel())
    high, bound = windows[-1].copy(), windows[-1].copy()
    high[2, 1], bound[2, 1] = 1e9, spiked.mean[1] + 10.0 * spiked.sd[1]
    spiked.update(high.ravel())
    bounded.update(bound.ravel())
    assert spiked.mean == pytest.approx(bounded.mean, rel=1e-14)
    assert spiked.variance == pytest.approx(bounded.variance, rel=1e-13)
