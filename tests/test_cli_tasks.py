"""The command on models that score, or forecast."""

import csv
import io

import pytest
from river import datasets
from test_cli_models import error, run

from streamnorm import NormPropAnomalyDetector, NormPropForecaster
from streamnorm.export import to_onnx


@pytest.mark.parametrize("learn", [[], ["--learn"]], ids=["predicting", "learning"])
def test_a_detector_scores_the_rows_of_a_file(learn, tmp_path):
    samples = [x for x, _ in datasets.TrumpApproval().take(100)]
    detector = NormPropAnomalyDetector(seed=1)
    for x in samples:
        detector.learn_one(x)
    saved, onnx, table = tmp_path / "m.streamnorm", tmp_path / "m.onnx", tmp_path / "samples.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, detector.features_)
        writer.writeheader()
        writer.writerows(samples)
    detector.save(saved)
    run("export", saved, "--onnx", onnx, *learn)
    header, *rows = csv.reader(io.StringIO(run("predict", onnx, table)))
    assert header == ["score"]
    # The file computes in float32.
    assert [float(score) for (score,) in rows] == pytest.approx([*map(detector.score_one, samples)], abs=1e-5)
    assert "rows        100\ndifference  " in run("check", saved, onnx, table)


def test_a_forecasters_file_says_what_opens_it(tmp_path):
    forecaster = NormPropForecaster(lags=2, horizon=2, hidden=(4,), seed=1)
    for _, y in [*datasets.AirlinePassengers()][:20]:
        forecaster.learn_one(y)
    path = tmp_path / "m.onnx"
    for learn, device in ((False, "EdgeForecaster"), (True, "EdgeForecastLearner")):
        to_onnx(forecaster, path, learn=learn)
        assert f"forecasts a series: open it with streamnorm.export.{device}\n" in error("predict", path, path)
