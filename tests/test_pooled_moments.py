"""The constants of global pools, against closed forms and Monte Carlo."""

import math

import numpy as np
import pytest

from streamnorm.activations import ACTIVATIONS
from streamnorm.pooled_moments import largest_moments, mean_moments

# 1e-7 of the moments is missing by construction; twice that, with a margin for the sum.
CLOSE = 1e-6


def test_the_largest_of_normals():
    """E max of 2: 1/sqrt(pi); of 3: 3/(2 sqrt(pi)), with variance 1 + sqrt(3)/(2 pi) - 9/(4 pi)."""
    identity = ACTIVATIONS["identity"]
    two = 1.0 / math.sqrt(math.pi), math.sqrt(1.0 - 1.0 / math.pi)
    assert largest_moments(identity, 2.0) == pytest.approx(two, abs=CLOSE)
    three = 1.5 / math.sqrt(math.pi), math.sqrt(1.0 + math.sqrt(3.0) / (2.0 * math.pi) - 2.25 / math.pi)
    assert largest_moments(identity, 3.0) == pytest.approx(three, abs=CLOSE)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_largest_of_one_is_normalised_already(activation):
    assert largest_moments(ACTIVATIONS[activation], 1.0) == (0.0, 1.0)


def test_the_larger_of_two_relus_in_closed_form():
    """Of normals x, y with largest M and smallest m: M+ + m+ = x+ + y+, of mean 2/sqrt(2 pi).

    As -M is distributed as m, E M+ - E m+ = E M = 1/sqrt(pi). So E M+ = 1/sqrt(2 pi) + 1/(2 sqrt(pi)).
    """
    relu = ACTIVATIONS["relu"]
    expected = 1.0 / math.sqrt(2.0 * math.pi) + 0.5 / math.sqrt(math.pi)
    mean = largest_moments(relu, 2.0).mean
    assert relu.moments.mean + relu.moments.sd * mean == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("n", [4, 7])
def test_the_largest_of_several_by_monte_carlo(activation, n):
    f = ACTIVATIONS[activation]
    z = np.random.default_rng(n).standard_normal((50_000, n))
    largest = ((f.function(z) - f.moments.mean) / f.moments.sd).max(axis=1)
    # A standard error is 1/220 of the sd: 0.02 is more than four of them.
    assert largest_moments(f, float(n)) == pytest.approx((largest.mean(), largest.std()), abs=0.02)


def test_the_mean_of_several_by_monte_carlo():
    f = ACTIVATIONS["relu"]
    z = np.random.default_rng(5).standard_normal((200_000, 5))
    means = ((f.function(z) - f.moments.mean) / f.moments.sd).mean(axis=1)
    assert mean_moments(5.0) == pytest.approx((means.mean(), means.std()), abs=0.005)
