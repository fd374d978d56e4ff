"""`streamnorm train` on streams that River brings along."""

import contextlib
import csv
import gzip
import itertools
import json
import math
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from river import compose, datasets, metrics, preprocessing, stream

import streamnorm
from streamnorm.cli.app import app

METRIC_NAMES = {
    "classification": ["accuracy", "log_loss", "no_change_accuracy"],
    "regression": ["mae", "rmse", "r2", "no_change_mae"],
}


def write(path, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def as_rows(samples):
    samples = [*samples]
    names = [*samples[0][0]]
    return [[*names, "target"], *([*(x[name] for name in names), y] for x, y in samples)]


@pytest.fixture
def phishing(tmp_path):
    return write(tmp_path / "phishing.csv", as_rows((x, int(y)) for x, y in datasets.Phishing()))


@pytest.fixture
def segments(tmp_path):
    return write(tmp_path / "segments.csv.gz", as_rows(datasets.ImageSegments().take(600)))


@pytest.fixture
def approval(tmp_path):
    return write(tmp_path / "approval.csv", as_rows(datasets.TrumpApproval()))


def train(*arguments):
    result = CliRunner().invoke(app, ["train", *map(str, arguments), "--target", "target", "--json"])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    answer = json.loads(result.stdout)
    assert [*answer["metrics"]] == METRIC_NAMES[answer["task"]]
    assert answer["seconds"] > 0
    return answer


def samples_of(path, target_type):
    """The file by River's own reader, every feature a number."""
    for x, y in stream.iter_csv(path, target="target"):
        yield {name: float(value) for name, value in x.items()}, target_type(y)


@pytest.mark.parametrize(("name", "target_type"), [("phishing", int), ("segments", str)])
def test_metrics_of_a_classification_are_those_of_a_plain_loop(name, target_type, request):
    path = request.getfixturevalue(name)
    answer = train(path, "--seed", "7")
    model = streamnorm.NormPropClassifier(seed=7)
    accuracy = metrics.Accuracy()
    losses, labels = [], [None]
    for x, y in samples_of(path, target_type):
        labels.append(y)
        accuracy.update(y, model.predict_one(x))
        p = model.predict_proba_one(x)
        losses.append(-math.log(p[y]) if y in p else math.log(len(p) + 1))
        model.learn_one(x, y)
    assert answer["task"] == "classification"
    assert answer["n"] == len(losses)
    assert answer["metrics"]["accuracy"] == pytest.approx(accuracy.get(), abs=1e-12)
    same = [label == before for before, label in itertools.pairwise(labels)]
    assert answer["metrics"]["no_change_accuracy"] == pytest.approx(sum(same) / len(same), abs=1e-12)
    assert answer["metrics"]["log_loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-9)


def test_metrics_of_a_regression_are_those_of_a_plain_loop(approval):
    answer = train(approval)
    model = streamnorm.NormPropRegressor(seed=42)
    wanted = {"mae": metrics.MAE(), "rmse": metrics.RMSE(), "r2": metrics.R2(), "no_change_mae": metrics.MAE()}
    last = 0.0
    for x, y in samples_of(approval, float):
        prediction = model.predict_one(x)
        for name, metric in wanted.items():
            metric.update(y, last if name == "no_change_mae" else prediction)
        last = y
        model.learn_one(x, y)
    assert answer["task"] == "regression"
    assert answer["n"] == 1001
    assert answer["metrics"] == pytest.approx({name: metric.get() for name, metric in wanted.items()})


def test_texts_are_one_hot_encoded_and_empty_cells_are_absent(tmp_path):
    rows = []
    samples = []
    for i, (x, y) in enumerate(datasets.TrumpApproval().take(300)):
        x = {"weekday": ["mo", "tu", "we", "th", "fr", "sa", "su"][i % 7], "gallup": x["gallup"], "ipsos": x["ipsos"]}
        if i % 5 == 0:
            del x["ipsos"]
        if i % 11 == 0:
            del x["weekday"]
        rows.append([x.get("weekday", ""), x["gallup"], x.get("ipsos", ""), y])
        samples.append((x, y))
    path = write(tmp_path / "texts.csv", [["weekday", "gallup", "ipsos", "target"], *rows])
    encoder = compose.SelectType(str) | preprocessing.OneHotEncoder()
    model = (encoder + compose.SelectType(float)) | streamnorm.NormPropRegressor(seed=42)
    mae = metrics.MAE()
    for x, y in samples:
        mae.update(y, model.predict_one(x))
        model.learn_one(x, y)
    assert train(path)["metrics"]["mae"] == pytest.approx(mae.get())


@pytest.mark.parametrize(
    ("targets", "task"),
    [
        (["yes", "no"], "classification"),
        (["True", "False"], "classification"),
        (["0", "1"], "classification"),
        ([str(i) for i in range(20)], "classification"),
        ([str(i) for i in range(21)], "regression"),
        (["0.5", "1.5"], "regression"),
        (["1", "2.0"], "regression"),
        (["1", "spam"], "classification"),
    ],
)
def test_the_task_follows_from_the_target(tmp_path, targets, task):
    path = write(tmp_path / "t.csv", [["a", "target"], *([i, targets[i % len(targets)]] for i in range(60))])
    assert train(path)["task"] == task


def test_a_task_can_be_demanded(tmp_path):
    path = write(tmp_path / "t.csv", [["a", "target"], *([i, i % 3] for i in range(30))])
    assert train(path, "--task", "regression")["task"] == "regression"
    path = write(tmp_path / "t.csv", [["a", "target"], *([i, i % 30 / 2] for i in range(90))])
    assert train(path, "--task", "classification")["task"] == "classification"


def test_one_row_is_enough_and_its_json_is_valid(tmp_path):
    path = write(tmp_path / "one.csv", [["a", "target"], [1, 2.5]])
    assert train(path)["metrics"] == {"mae": 2.5, "rmse": 2.5, "r2": 0.0, "no_change_mae": 2.5}
    path = write(tmp_path / "one.csv", [["a", "target"], [1, "spam"]])
    assert train(path)["metrics"] == {"accuracy": 0.0, "log_loss": 0.0, "no_change_accuracy": 0.0}


def test_the_dialects_of_spreadsheets(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_bytes(b'\xef\xbb\xbfa,"b, c",target\r\n1, 2,x\r\n\r\n3,"4",y\r\n5,6,x')
    assert train(path)["n"] == 3


def test_a_saved_model_is_the_trained_one(phishing, tmp_path):
    saved = tmp_path / "phishing.streamnorm"
    train(phishing, "--model", saved)
    model = streamnorm.NormPropClassifier(seed=42)
    for x, y in samples_of(phishing, int):
        model.learn_one(x, y)
    assert streamnorm.load(saved).predict_proba_one(x) == model.predict_proba_one(x)


def test_what_a_person_reads(phishing, tmp_path):
    saved = tmp_path / "phishing.streamnorm"
    result = CliRunner().invoke(app, ["train", str(phishing), "--target", "target", "--model", str(saved)])
    first, accuracy, log_loss, no_change, wrote = result.stdout.splitlines()
    assert first.startswith("phishing.csv: classification, 1,250 rows in ")
    assert [line.split()[0] for line in (accuracy, log_loss, no_change)] == METRIC_NAMES["classification"]
    assert wrote.split()[:2] == ["wrote", str(saved)]


def test_as_a_process_and_from_a_pipe(phishing):
    command = [sys.executable, "-m", "streamnorm", "train", "/dev/stdin", "--target", "target", "--json"]
    process = subprocess.run(command, input=phishing.read_bytes(), capture_output=True)
    assert (process.returncode, process.stderr) == (0, b"")
    answer, wanted = json.loads(process.stdout), train(phishing)
    assert {**answer, "seconds": 0} == {**wanted, "seconds": 0}


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_terminal_gets_a_bar_and_stdout_stays_clean(phishing):
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "streamnorm", "train", str(phishing), "--target", "target", "--json"]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    stdout, _ = process.communicate()
    assert b"rows/s, accuracy 0." in shown
    assert json.loads(stdout)["n"] == 1250
