"""River's own checks of an estimator, every one, none skipped."""

import pytest
from river import checks, datasets

from streamnorm import (
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropForecaster,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
)

# What River 0.26.1 generates with scikit-learn and pandas installed. Fewer would mean that some silently vanished.
N_CHECKS = {
    NormPropAnomalyDetector: 27,
    NormPropClassifier: 65,
    NormPropForecaster: 16,
    NormPropMultiLabelClassifier: 26,
    NormPropMultiTargetRegressor: 38,
    NormPropRegressor: 28,
}
ESTIMATORS = [*N_CHECKS]


@pytest.fixture(autouse=True)
def nothing_is_downloaded(monkeypatch):
    """River checks multi-label classifiers on Music, anomaly detectors on CreditCard, and bundles neither. Yeast and
    Shuttle are of the same kind."""
    monkeypatch.setattr(datasets, "Music", datasets.Yeast)
    monkeypatch.setattr(datasets, "CreditCard", datasets.Shuttle)


def check_names(estimator):
    return [check.__name__ for check in checks.yield_checks(estimator())]


@pytest.mark.parametrize(
    ("estimator", "position"),
    [
        pytest.param(estimator, i, id=f"{estimator.__name__}-{i}-{name}")
        for estimator in ESTIMATORS
        for i, name in enumerate(check_names(estimator))
    ],
)
def test_rivers_checks(estimator, position):
    model = estimator()
    [*checks.yield_checks(model)][position](model)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_check_of_rivers_is_missing_or_skipped(estimator):
    assert len(check_names(estimator)) == N_CHECKS[estimator]
    assert estimator()._unit_test_skips() == set()
