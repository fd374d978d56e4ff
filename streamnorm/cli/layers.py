"""The layers of a network in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from streamnorm.export.folded import Slide
from streamnorm.layers import Affine, Convolution, Dense
from streamnorm.network import Network

if TYPE_CHECKING:
    import onnx

_LAYERS = ("Conv", "Gemm", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool")


def of_network(network: Network, input_shape: tuple[int, ...] | None) -> str:
    """Those of a network in memory."""
    return " - ".join([by(input_shape or (network.fan_in,)), *_of_network(network, len(input_shape or (0,)) - 1)])


def of_graph(graph: onnx.GraphProto, shapes: Mapping[str, Sequence[int]]) -> tuple[str, int]:
    """Those of a graph with constants of these shapes, and how many replicas of them there are."""
    nodes = [node for node in graph.node if node.op_type in _LAYERS]
    replicas = _first_layers(graph.node)
    own = nodes[: len(nodes) // replicas]
    array = graph.input[0].type.tensor_type.shape.dim[1:]
    size = [dim.dim_value for dim in array] if len(array) > 1 else [shapes[own[0].input[1]][1]]
    return " - ".join([by(size), *(_of_node(node, shapes) for node in own)]), replicas


def by(size: Iterable[int]) -> str:
    return " x ".join(map(str, size))


def _of_network(network: Network, dimensions: int) -> Iterator[str]:
    for layer in network.layers:
        if isinstance(layer, Dense):
            yield str(layer.fan_out)
        elif isinstance(layer, Affine):
            yield str(network.fan_out)
        else:
            slide = Slide.of(layer.grid, dimensions)
            if isinstance(layer, Convolution):
                yield f"conv {layer.fan_out} ({by(slide.kernel)})"
            else:
                yield _pool("max" if layer.maximum else "average", [] if slide.everywhere else slide.kernel)


def _of_node(node: onnx.NodeProto, shapes: Mapping[str, Sequence[int]]) -> str:
    kernel: Any = next((a.ints for a in node.attribute if a.name == "kernel_shape"), [])
    if node.op_type == "Gemm":
        return str(shapes[node.input[1]][0])
    if node.op_type == "Conv":
        return f"conv {shapes[node.input[1]][0]} ({by(kernel)})"
    return _pool("max" if "Max" in node.op_type else "average", kernel)


def _pool(kind: str, kernel: Sequence[int]) -> str:
    return f"{kind} ({by(kernel) or 'all'})"


def _first_layers(nodes: Iterable[onnx.NodeProto]) -> int:
    """How many layers have none in front of them."""
    n, behind = 0, set[str]()
    for node in nodes:
        if behind.isdisjoint(node.input):
            if node.op_type not in _LAYERS:
                continue
            n += 1
        behind.update(node.output)
    return n
