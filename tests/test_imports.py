"""What is loaded when, each in a fresh process."""

import json
import subprocess
import sys

import pytest

import streamnorm
from streamnorm.export import to_onnx

# A package of River's that the library has no use for stands for the rest of River.
HEAVY = {"torch", "onnx", "onnxruntime", "scipy", "sklearn", "pandas", "polars", "narwhals", "river.linear_model"}


def modules_after(code: str) -> set[str]:
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import streamnorm",
        "import streamnorm.export",
        "import streamnorm; streamnorm.NormPropClassifier; streamnorm.NormPropRegressor; streamnorm.load",
        "import streamnorm; m = streamnorm.NormPropClassifier(); m.learn_one({'a': 1}, True); m.predict_one({'a': 1})",
    ],
)
def test_learning_loads_neither_torch_nor_onnx_nor_the_rest_of_river(code):
    assert HEAVY & modules_after(code) == set()


def test_importing_alone_loads_not_even_river():
    assert {"river", "numpy"} & modules_after("import streamnorm, streamnorm.export") == set()


@pytest.mark.parametrize("name", ["EdgeModel", "EdgeLearner", "EdgeForecaster", "EdgeForecastLearner"])
def test_a_device_loads_nothing_that_learns_or_writes_files(name):
    """Start-up counts on small machines: networks, losses and what becomes a graph stay where models are made."""
    loaded = modules_after(f"from streamnorm.export import {name}")
    assert {f"streamnorm.{part}" for part in ("network", "mixture", "losses", "optim", "surprise")} & loaded == set()
    assert {"streamnorm.export.graph", "streamnorm.export.score", "streamnorm.export.learning.loss"} & loaded == set()


@pytest.fixture
def learning_file(tmp_path):
    model = streamnorm.NormPropClassifier((4,), seed=1)
    model.learn_one({"a": 1.0}, True)
    to_onnx(model, tmp_path / "model.onnx", learn=True, spare_classes=1)
    return str(tmp_path / "model.onnx")


def test_a_device_that_learns_loads_numpy_and_onnxruntime_alone(learning_file):
    code = f"""
from streamnorm.export import EdgeLearner
device = EdgeLearner({learning_file!r})
device.learn_one({{"a": 1.0}}, False)
device.predict_one({{"a": 1.0}})
device.save({learning_file!r})
"""
    loaded = modules_after(code)
    assert {"numpy", "onnxruntime"} <= loaded
    assert {"river", *HEAVY} & loaded == {"onnxruntime"}


def test_coming_home_takes_neither_onnx_nor_onnxruntime(learning_file):
    assert HEAVY & modules_after(f"import streamnorm; streamnorm.load_edge({learning_file!r})") == set()


def test_the_names_are_there_without_being_loaded():
    assert {"NormPropClassifier", "NormPropRegressor", "load", "load_edge", "export", "nn"} <= set(dir(streamnorm))
    with pytest.raises(AttributeError, match="module 'streamnorm' has no attribute 'NormPropTransformer'"):
        streamnorm.NormPropTransformer  # noqa: B018


@pytest.mark.parametrize(
    ("package", "code", "extra"),
    [
        ("torch", "import streamnorm; streamnorm.NormPropClassifier(engine='autograd')", "streamnorm[torch]"),
        ("torch", "import streamnorm.nn", "streamnorm[torch]"),
        ("onnx", "from streamnorm.export import to_onnx", "streamnorm[onnx]"),
        ("onnxruntime", "from streamnorm.export import EdgeModel", "streamnorm[edge]"),
        ("onnxruntime", "from streamnorm.export import EdgeLearner", "streamnorm[edge]"),
        ("onnxruntime", "from streamnorm.export import EdgeForecaster", "streamnorm[edge]"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(package, code, extra):
    code = f"import sys; sys.modules[{package!r}] = None; {code}"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr.splitlines()[-1].startswith("ImportError: ")
    assert f"needs {package}" in result.stderr.replace("the ", "")
    assert f"pip install '{extra}'" in result.stderr
