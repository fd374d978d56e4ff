"""The steps of a River pipeline in front of a model, as C: from their nodes in an ONNX graph."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from streamnorm.typing import Array

from ..folded import Folded
from ..graph import Graph
from ..pipeline.model import parts, pipeline_graph
from .front import Front
from .literals import indented, listed
from .operators import OPERATORS, Result, Row


def transforming(model: Any) -> Front:
    """The steps and the standardiser behind them.

    Raises ValueError for an operator that has no C here, and whatever the export of the steps to ONNX raises.
    """
    taken = parts(model)
    network_inputs: list[str] = []
    nodes: list[onnx.NodeProto] = []

    def cut(graph: Graph, h: str, layers: list[Folded]) -> str:
        """In place of the layers: behind here the kernel takes over."""
        network_inputs.append(h)
        nodes.extend(graph.nodes)
        return h

    graph, inputs, *_ = pipeline_graph(taken, "best", cut)
    translation = _Translation(graph, nodes, [value.name for value in inputs])
    return Front(
        features=[value.name for value in inputs],
        is_text=[value.type.tensor_type.elem_type == TensorProto.STRING for value in inputs],
        texts=translation.texts,
        arrays={},
        lines=translation.function(network_inputs[0]),
        unit=(taken.mean, taken.sd),
    )


class _Translation:
    """Nodes as statements on rows, and the constants that these read."""

    def __init__(self, graph: Graph, nodes: list[onnx.NodeProto], inputs: list[str]) -> None:
        self._arrays = {constant.name: numpy_helper.to_array(constant) for constant in graph.constants}
        self._rows = {name: Row("clean", 1, k) for k, name in enumerate(inputs)}
        self._constants: dict[str, Array] = {}
        self._statements: list[str] = []
        attributes = [{a.name: helper.get_attribute_value(a) for a in node.attribute} for node in nodes]
        # The empty text stands for one that is absent, which is NaN here.
        self.texts = sorted({*self._known(nodes, attributes)} - {""})
        self._places = {text: place for place, text in enumerate(self.texts)}
        for node, own in zip(nodes, attributes, strict=True):
            self._add(node, own)

    def _known(self, nodes: list[onnx.NodeProto], attributes: list[dict[str, Any]]) -> Iterable[str]:
        """Every text that a step knows."""
        for node, own in zip(nodes, attributes, strict=True):
            yield from map(_decoded, own.get("keys_strings", ()))
            for name in node.input:
                if name in self._arrays and self._arrays[name].dtype == object:
                    yield from map(_decoded, self._arrays[name].ravel())

    def _add(self, node: onnx.NodeProto, attributes: dict[str, Any]) -> None:
        name = f"row_{len(self._rows)}"
        try:
            result = self._result(name, node, attributes)
        except LookupError:  # What a converter of one's own makes may have inputs and attributes that are other.
            form = " in this form" if node.op_type in OPERATORS else ""
            raise ValueError(
                f"the steps of the pipeline need the operator {node.op_type} of ONNX{form}, for which to_c has no C: "
                "export the model without them, and write them in C in front of it"
            ) from None
        self._constants |= {f"{name}_{key}": values for key, values in result.tables.items()}
        self._statements.append(f"static float {name}[{result.n}]; /* {node.op_type} */")
        self._statements += [line.format(name) for line in result.statements]
        self._rows[node.output[0]] = Row(name, result.n)

    def _result(self, name: str, node: onnx.NodeProto, attributes: dict[str, Any]) -> Result:
        """Raises LookupError where there is no C for the operator, or not for this form of it."""
        operator = OPERATORS[node.op_type]
        if attributes.get("to", TensorProto.FLOAT) != TensorProto.FLOAT:
            raise LookupError("a Cast to another type")
        rows = []
        for position, tensor in enumerate(node.input):
            array = self._arrays.get(tensor)
            if array is None:
                rows.append(self._rows[tensor])
            elif array.dtype == np.int64:
                attributes["indices"] = array
            else:
                rows.append(self._constant(f"{name}_{position}", array))
        if node.op_type == "LabelEncoder":
            attributes = self._table(attributes)
        return operator(rows, attributes)

    def function(self, output: str) -> list[str]:
        """The constants, and the function from x to the input of the network."""
        clean = resources.files("streamnorm.export.c") / "functions/clean.c"
        constants: list[str] = []
        for name, array in self._constants.items():
            constants += [f"static const float {name}[{array.size}] = {{", *indented(listed(array)), "};", ""]
        return [
            *constants,
            *clean.read_text(encoding="utf-8").splitlines(),
            "",
            "/* The steps of the pipeline, and the standardiser. */",
            "static const float *standardized(const float *x)",
            "{",
            "    const float *clean = cleaned(x);",
            *indented(self._statements),
            f"    return {self._rows[output].name};",
            "}",
        ]

    def _constant(self, name: str, array: Array) -> Row:
        if array.shape[:-1] not in ((), (1,)):
            raise LookupError("a constant that is no row")
        values = [self._places[_decoded(text)] for text in array.ravel()] if array.dtype == object else array
        self._constants[name] = np.array(values, dtype=np.float32).ravel()
        return Row(name, array.size)

    def _table(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Keys and values, and what an absent and an unknown key become; texts by their places."""
        default, values = attributes["default_float"], attributes["values_floats"]
        if "keys_floats" in attributes:
            return {"keys": attributes["keys_floats"], "values": values, "absent": default, "default": default}
        pairs = dict(zip(map(_decoded, attributes["keys_strings"]), values, strict=True))
        absent = pairs.pop("", default)
        keys = [self._places[key] for key in pairs]
        return {"keys": keys, "values": [*pairs.values()], "absent": absent, "default": default}


def _decoded(text: bytes | str) -> str:
    return text.decode() if isinstance(text, bytes) else text
