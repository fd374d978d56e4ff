"""The anomaly detector: its score by hand, its calibration, its life in River, its checkpoints."""

import copy

import numpy as np
import pytest
from models import NATIVE, bits, handed_over
from river import anomaly, datasets, preprocessing
from sklearn.metrics import roc_auc_score

import streamnorm
from streamnorm import NormPropAnomalyDetector

ENGINES = [NATIVE, "reference", "autograd"]
SHUTTLE = [*datasets.Shuttle().take(6_000)]


def learned(samples, **arguments):
    detector = NormPropAnomalyDetector(**{"seed": 1, **arguments})
    for x, _ in samples:
        detector.learn_one(x)
    return detector


def prequential(detector, samples):
    scores = []
    for x, _ in samples:
        scores.append(detector.score_one(x))
        detector.learn_one(x)
    return np.array(scores)


def test_the_score_by_hand():
    detector = learned([({"a": 1.0, "b": 10.0}, 0), ({"a": 3.0, "b": 30.0}, 0)], dtype="float64", learning_rate=0.01)
    for parameter in detector._learner.mixture.networks[0].parameters[-1].values():
        parameter.value[...] = 0.0
    detector._learner.mixture.networks[0].parameters[-1]["b"].value[...] = [0.5, -2.0]
    errors = detector._surprise.errors
    errors.mean[:], errors.variance[:] = [0.25, 0.5], [0.24, 3.99]
    detector._tail.counts[:] = 0.0
    detector._tail.counts[[100, 196]] = 60.0, 40.0
    # Means 2 and 20, standard deviations 1 and 10. "a" is 1 out, its error 0.5 - 1; "b" is at its mean, its error -2.
    a = max(1.0**2, (-0.5 - 0.25) ** 2 / 0.25)
    b = max(0.0**2, (-2.0 - 0.5) ** 2 / 4.0)
    position = (np.log((np.log1p(a) + np.log1p(b)) / 2.0) + 12.0) * 16.0
    assert 100 < position < 196
    score = 1.0 - (40.0 + 0.1) / 100.2
    assert detector.score_one({"a": 3.0, "b": 20.0}) == pytest.approx(score, abs=1e-12)
    # Features that are absent, or not known, do not count.
    position = (np.log(np.log1p(a)) + 12.0) * 16.0
    assert 100 < position < 196
    assert detector.score_one({"a": 3.0, "c": 1e9}) == pytest.approx(score, abs=1e-12)


def test_features_explain_how_strange_a_sample_is():
    detector = learned(SHUTTLE[:300])
    x = {name: value for name, value in SHUTTLE[300][0].items() if name != "f2"}
    explained = detector.explain_one({**x, "unknown": 1.0, "f5": -500.0})
    assert [*explained] == [name for name in detector.features_ if name != "f2"]
    assert max(explained, key=explained.get) == "f5"
    # Five standard deviations, beyond which inputs are cut, are ln(26) at least, as one of eight.
    assert explained["f5"] >= np.log(26.0) / 8.0 - 1e-6
    # What they sum to is what the score is made of.
    score = 1.0 - detector._tail.probability(sum(explained.values()))
    assert detector.score_one({**x, "f5": -500.0}) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize(("name", "value"), [("tail.counts", -1.0), ("tail.counts", 1e9), ("tail.samples", -1)])
def test_a_checkpoint_that_could_not_go_on_is_refused(name, value, tmp_path):
    detector = learned(SHUTTLE[:20])
    detector._arrays()[name][0] = value
    detector.save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"is damaged: .*(tail|histogram)"):
        streamnorm.load(tmp_path / "model")


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_score_alike(engine):
    samples = SHUTTLE[:150]
    expected = prequential(NormPropAnomalyDetector(engine="reference", dtype="float64", seed=1), samples)
    # As in test_parity.py: roundings of 1e-16 in another order, amplified by the steps, and by the tail's slope.
    actual = prequential(NormPropAnomalyDetector(engine=engine, dtype="float64", seed=1), samples)
    np.testing.assert_allclose(actual, expected, rtol=0.0, atol=1e-9)


def test_it_detects_and_is_calibrated():
    y = np.array([y for _, y in SHUTTLE])
    scores = prequential(NormPropAnomalyDetector(seed=1), SHUTTLE)
    trees = prequential(preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=1), SHUTTLE[:1_500])
    assert roc_auc_score(y, scores) > 0.99
    assert roc_auc_score(y[:1_500], scores[:1_500]) > roc_auc_score(y[:1_500], trees)
    # Four standard deviations of a share of 0.01 among 6,000.
    assert np.mean(scores > 0.99) == pytest.approx(0.01, abs=0.005)


def test_scores_before_anything_is_known():
    detector = NormPropAnomalyDetector(seed=1)
    assert detector.score_one({}) == detector.score_one({"a": 1e9}) == 0.5
    detector.learn_one({})
    detector.learn_one({"a": 1.0})
    assert 0.0 < detector.score_one({"a": 2.0}) < 1.0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hidden", [(), (3,)], ids=len)
def test_features_come_and_go(engine, hidden):
    detector = learned(SHUTTLE[:50], hidden=hidden, engine=engine)
    x = SHUTTLE[0][0]
    before = detector.score_one(x)
    assert detector.score_one({**x, "new": 5.0}) == before
    detector.learn_one({**x, "new": 5.0, "other": 1.0})
    assert detector.features_ == [*x, "new", "other"]
    detector.learn_one({"new": 4.0})
    assert 0.0 < detector.score_one({**x, "new": 6.0}) < 1.0


@pytest.mark.parametrize("value", [np.nan, "text", None], ids=str)
def test_a_bad_sample_leaves_it_as_it_was(value):
    detector = learned(SHUTTLE[:50])
    before = bits(detector)
    for call in (detector.learn_one, detector.score_one):
        with pytest.raises((ValueError, TypeError), match="f9"):
            call({**SHUTTLE[0][0], "f9": value, "new": 1.0})
    assert bits(detector) == before


def test_scoring_changes_nothing():
    detector = learned(SHUTTLE[:50])
    before = bits(detector)
    for x, _ in SHUTTLE[:20]:
        detector.score_one({**x, "new": 1.0})
    assert bits(detector) == before


@pytest.mark.parametrize("standardize", [True, False])
def test_a_checkpoint_goes_on_bit_for_bit(standardize, tmp_path):
    samples = [({name: value / 100.0 for name, value in x.items()}, y) for x, y in SHUTTLE[:600]]
    straight = learned(samples[:300], standardize=standardize)
    straight.save(tmp_path / "model")
    resumed = streamnorm.load(tmp_path / "model")
    assert bits(resumed) == bits(straight) == bits(copy.deepcopy(straight))
    np.testing.assert_array_equal(prequential(resumed, samples[300:]), prequential(straight, samples[300:]))
    assert bits(resumed) == bits(straight)


def test_rivers_filters_set_thresholds():
    detector = NormPropAnomalyDetector(seed=1)
    threshold = anomaly.ThresholdFilter(detector, threshold=0.99)
    quantile = anomaly.QuantileFilter(NormPropAnomalyDetector(seed=1), q=0.95, protect_anomaly_detector=False)
    for x, _ in SHUTTLE[:1_000]:
        score = threshold.score_one(x)
        assert threshold.classify(score) == (score >= 0.99)
        assert quantile.score_one(x) == score
        detector.learn_one(x)
        quantile.learn_one(x)
    assert bits(quantile.anomaly_detector) == bits(detector)


def test_there_is_no_mini_batch_form():
    # River has none for anomaly detectors.
    assert not any(name.endswith("_many") for name in dir(NormPropAnomalyDetector))


def test_whose_arrays_come_read_only_it_learns_on():
    detector = learned(SHUTTLE[:50])
    other = handed_over(detector)
    for model in (detector, other):
        model.learn_one(SHUTTLE[50][0])
    assert bits(other) == bits(detector)
