"""Probabilities of being exceeded: against numbers worked out by hand, and against what was drawn."""

import math

import numpy as np
import pytest

from streamnorm.tail import FADING, Tail


def tail_of(values):
    tail = Tail()
    for value in values:
        tail.update(value)
    return tail


def test_nothing_is_known_before_the_first_value():
    assert Tail().probability(0.0) == Tail().probability(1e9) == 0.5


def test_shares_between_two_edges_are_interpolated():
    # Bins of a sixteenth from -12 on: exp(0) is at the lower edge of bin 192, exp(0.5) of bin 200.
    tail = Tail()
    tail.counts[[192, 200]] = 40.0, 60.0
    quarter_of_the_bin = math.exp(1.0 / 64.0)
    assert tail.probability(0.5) == pytest.approx((100.0 + 0.1) / 100.2)
    assert tail.probability(quarter_of_the_bin) == pytest.approx((60.0 + 0.75 * 40.0 + 0.1) / 100.2)
    assert tail.probability(math.exp(0.25)) == pytest.approx((60.0 + 0.1) / 100.2)


def test_beyond_the_threshold_the_logarithm_is_exponential():
    # The far end is the last ten of a hundred values, 8 in bin 200 and 2 in bin 204: on average 1.3 bins in.
    tail = Tail()
    tail.counts[[150, 200, 204]] = 90.0, 8.0, 2.0
    beyond = 10.0 * math.exp(-16.0 / (0.8 * 0.5 + 0.2 * 4.5))
    assert tail.probability(math.exp((216 - 192) / 16.0)) == pytest.approx((beyond + 0.1) / 100.2)


def test_the_probability_falls_strictly_as_far_as_floats_go():
    rng = np.random.default_rng(7)
    tail = tail_of(rng.chisquare(3, 3_000) + 0.1)
    values = np.geomspace(1.0, 300.0, 200)
    probabilities = [tail.probability(value) for value in values]
    assert (np.diff(probabilities) < 0.0).all()
    assert (np.diff([1.0 - p for p in probabilities]) > 0.0).all()  # What score_one says.


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e300, math.inf])
def test_no_value_is_too_small_or_too_large(value):
    tail = tail_of([1.0, 2.0, value])
    assert tail.counts.sum() > 1.0
    assert 0.0 < tail.probability(value) < 1.0


def test_equal_values_are_ordinary():
    tail = tail_of([2.0] * 500)
    assert tail.probability(2.0) > 0.5
    assert tail.probability(2.2) < 0.05


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.chisquare(5, n),
        lambda rng, n: rng.lognormal(0.0, 0.3, n),
        lambda rng, n: rng.pareto(2.0, n) + 1.0,
    ],
    ids=["chi square", "log-normal", "Pareto"],
)
def test_a_hundredth_exceeds_its_hundredth(draw):
    n = 12_000
    tail, probabilities = Tail(), []
    for value in draw(np.random.default_rng(3), n):
        probabilities.append(tail.probability(value))
        tail.update(value)
    rare, very_rare = (np.mean(np.array(probabilities) < p) for p in (0.01, 0.001))
    # Four standard deviations of a share among 12,000 are 0.0036 and 0.0012; forgetting adds some of its own.
    assert rare == pytest.approx(0.01, abs=0.004)
    assert very_rare == pytest.approx(0.001, abs=0.0015)


def test_while_errors_fall_fewer_are_rare():
    tail, alarms, n = Tail(), 0, 12_000
    for value in np.random.default_rng(3).gamma(4.0, 0.1, n) * (1.0 + np.arange(n) / 100.0) ** -0.2:
        alarms += tail.probability(value) < 0.01
        tail.update(value)
    assert 0.003 < alarms / n < 0.01


def test_the_old_is_forgotten():
    tail = tail_of([1.0] * 3_000 + [0.1] * 30_000)
    # 30,000 samples later a value counts (1 - FADING) ** 30_000 = 1e-4 of what it did.
    assert tail.counts.sum() == pytest.approx(1.0 / FADING, rel=1e-3)
    assert tail.probability(1.0) < 1e-3


@pytest.mark.parametrize("counts", [[-1e-9], [1e4], [1e308, 1e308]], ids=str)
def test_a_histogram_that_no_values_lead_to_is_refused(counts):
    tail = Tail()
    tail.counts[: len(counts)] = counts
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="remembers more than it could"):
        tail.check()
