"""The paper's constants, against closed forms, published values and a Monte Carlo run."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from streamnorm.activations import ACTIVATIONS
from streamnorm.moments import leaky_relu_moments, moments, relu_moments

# Mean and sd over 10,000,000 standard normal draws, numpy.random.default_rng(2016), run once on 2026-11-22. The
# standard error of each figure is below 4e-4 (sd 1 / sqrt(10^7), the mean of identity being the worst).
MONTE_CARLO = {
    "relu": (0.39925, 0.58369),
    "leaky_relu": (0.39526, 0.58644),
    "tanh": (0.00048, 0.62795),
    "sigmoid": (0.50015, 0.20827),
    "gelu": (0.28238, 0.58777),
    "silu": (0.20690, 0.55936),
    "softplus": (0.80635, 0.52092),
    "identity": (0.00063, 0.99982),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_monte_carlo(name):
    assert ACTIVATIONS[name].moments == pytest.approx(MONTE_CARLO[name], abs=8e-4)  # two standard errors


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_adaptive_quadrature(name):
    def expectation(f):
        def integrand(z):
            return f(np.array([z]))[0] * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return sum(quad(integrand, a, b, epsabs=1e-13, limit=200)[0] for a, b in ((-12, 0), (0, 12)))

    f = ACTIVATIONS[name].function
    mean = expectation(f)
    sd = math.sqrt(expectation(lambda z: (f(z) - mean) ** 2))
    # Adaptive quadrature is asked for 1e-13 in each half.
    assert ACTIVATIONS[name].moments == pytest.approx((mean, sd), abs=1e-12)


def test_relu_is_the_papers_closed_form():
    assert relu_moments() == pytest.approx((1 / math.sqrt(2 * math.pi), math.sqrt((1 - 1 / math.pi) / 2)), rel=1e-15)


def test_leaky_relu_of_slope_one_is_the_identity():
    assert leaky_relu_moments(1.0) == (0.0, 1.0)


def test_published_values():
    assert ACTIVATIONS["sigmoid"].moments == pytest.approx((0.5, 0.2083), abs=5e-5)  # published to four digits
    assert ACTIVATIONS["gelu"].moments.mean == pytest.approx(1 / (2 * math.sqrt(math.pi)), rel=1e-14)  # E phi(Z)


def test_polynomials_are_exact():
    assert moments(lambda z: z**2) == pytest.approx((1.0, math.sqrt(2.0)), rel=1e-13)
    assert moments(lambda z: z**3 + 1e6) == pytest.approx((1e6, math.sqrt(15.0)), rel=1e-10)  # 1e6 costs six digits


def test_a_function_without_variance_is_refused():
    with pytest.raises(ValueError, match="is constant at 3"):
        moments(lambda z: np.full_like(z, 3.0))


def test_a_function_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="is not finite"), np.errstate(invalid="ignore"):
        moments(np.sqrt)
