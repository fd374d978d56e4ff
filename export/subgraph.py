"""A part of an ONNX file as a file of its own, without the onnx package."""

from __future__ import annotations

from collections.abc import Iterator

from . import wire

# Numbers of fields, by message.
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
# Of an initializer, an input and an output the field that holds the name.
_NAME = {_GRAPH_INITIALIZER: 8, _GRAPH_INPUT: 1, _GRAPH_OUTPUT: 1}


def subgraph(content: bytes, output: str) -> bytes:
    """The file with one output, and with no more than it takes; its inputs have no defaults.

    onnxruntime runs every node of a graph, whoever asks for what. Its `only_execute_path_to_fetches` leaves the others
    out, but finds out at every run which these are, which takes longer than to run them.

    Raises
    ------
    ValueError
        For bytes that are no ONNX file.

    """
    parts, position = [], 0
    for field in wire.fields(content, 0, len(content)):
        if field.number == wire.MODEL_GRAPH:
            parts += [content[position : field.start], wire.encoded(field.number, _pruned(content, field, output))]
            position = field.end
    return b"".join([*parts, content[position:]])


def _pruned(content: bytes, graph: wire.Field, output: str) -> bytes:
    fields = [*wire.fields(content, graph.value_start, graph.end)]
    needed = {output}
    kept = set()
    for field in reversed(fields):  # Nodes stand behind those whose results they take.
        if field.number == _GRAPH_NODE and needed.intersection(_names(content, field, _NODE_OUTPUT)):
            needed.update(_names(content, field, _NODE_INPUT))
            kept.add(field)
    inputs = {name for field in fields if field.number == _GRAPH_INPUT for name in _names(content, field, 1)}
    wanted = {_GRAPH_INITIALIZER: needed - inputs, _GRAPH_INPUT: needed, _GRAPH_OUTPUT: {output}}
    for field in fields:
        if field.number in wanted:
            if wanted[field.number].intersection(_names(content, field, _NAME[field.number])):
                kept.add(field)
        elif field.number != _GRAPH_NODE:
            kept.add(field)
    return b"".join(content[field.start : field.end] for field in fields if field in kept)


def _names(content: bytes, message: wire.Field, number: int) -> Iterator[str]:
    for field in wire.fields(content, message.value_start, message.end):
        if field.number == number:
            yield wire.text(content, field)
