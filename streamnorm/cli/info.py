"""`streamnorm info`: what is in a model file, or what is installed."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

from streamnorm import __version__
from streamnorm.cli.exported import metadata, open_exported
from streamnorm.cli.saved import open_saved
from streamnorm.engines import native

NAMES_SHOWN = 8
# Packages that are not always there, and the extra that brings each.
OPTIONAL = {"torch": "torch", "onnx": "onnx", "onnxruntime": "edge"}

Lines = Iterator[tuple[str, object]]


def info(model: Path | None) -> None:
    if model is None:
        lines = _installed()
    elif model.suffix == ".onnx":
        lines = _exported(model)
    else:
        lines = _saved(model)
    for name, value in lines:
        click.echo(f"{name:<11} {value}")


def _installed() -> Lines:
    yield "streamnorm", __version__
    yield "python", platform.python_version()
    # The metadata of a package is read without importing it, which takes torch seconds.
    for package in ("numpy", "river"):
        yield package, version(package)
    for package, extra in OPTIONAL.items():
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, f"not installed: pip install 'streamnorm[{extra}]'"
    yield "engines", ", ".join(_engines())


def _engines() -> Iterator[str]:
    sets = native.instructions()
    yield f"native ({sets[0]})" if sets else "no native (install a wheel, or from source with a C compiler)"
    yield "reference"
    if find_spec("torch"):
        yield "autograd"


def _exported(path: Path) -> Lines:
    if metadata(path).get("task") == "forecast":
        yield from _forecaster(path)
        return
    edge = open_exported(path)
    learns = hasattr(edge, "learn_one")
    yield "model", f"{edge.task}, exported to ONNX{', goes on learning' if learns else ''}"
    yield from _named(path, edge.features_, edge.task, edge.outputs_)
    if learns:
        return
    if edge.texts_:
        yield "texts", _first(edge.texts_)
    # onnxruntime does not show a graph's weights, and a device has no onnx.
    if not find_spec("onnx"):
        yield "layers", "shown where onnx is installed: pip install 'streamnorm[onnx]'"
        return
    import onnx

    from streamnorm.cli.layers import of_graph

    proto = onnx.load(path)
    shapes = {constant.name: constant.dims for constant in proto.graph.initializer}
    parameters = [node.input[1:] for node in proto.graph.node if node.op_type in ("Conv", "Gemm")]
    if any(name not in shapes for both in parameters for name in both):
        yield "layers", "in integers"
        return
    layers, replicas = of_graph(proto.graph, shapes)
    yield "layers", layers
    yield "replicas", replicas
    yield "parameters", f"{sum(math.prod(shapes[name]) for both in parameters for name in both):,}"
    yield "version", proto.producer_version


def _forecaster(path: Path) -> Lines:
    from streamnorm.export import EdgeForecaster, EdgeForecastLearner

    learns = "learning" in metadata(path)
    try:
        edge = EdgeForecastLearner(path) if learns else EdgeForecaster(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    yield "model", f"forecast, exported to ONNX{', goes on learning' if learns else ''}"
    if edge.features_:
        yield "features", _first(edge.features_)
    yield "ahead", f"{edge.horizon} steps"
    yield "size", _size(path)


def _saved(path: Path) -> Lines:
    from streamnorm.cli.layers import of_network

    model = open_saved(path)
    networks = model._learner.mixture.networks
    network = networks[model._learner.mixture.leader]
    yield "model", f"{model._task}, saved {type(model).__name__}"
    yield from _named(path, model.features_, model._task, model._output_names())
    yield "layers", of_network(network, model.input_shape)
    yield "parameters", f"{sum(network.n_parameters for network in networks):,}"
    yield "rates", ", ".join(f"{rate:g} counts {share:.0%}" for rate, share in model.learning_rates_.items())
    yield "steps", f"{network.step:,}"


def _named(path: Path, features: list[object], task: str, outputs: list[object]) -> Lines:
    from streamnorm.export.tasks import TASKS

    yield "features", _first(features)
    if outputs:
        yield TASKS[task].key, _first(outputs)
    yield "size", _size(path)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:,.1f} kB"


def _first(names: list[object]) -> str:
    more = ", ..." if len(names) > NAMES_SHOWN else ""
    return f"{len(names)}: {', '.join(map(str, names[:NAMES_SHOWN]))}{more}"
