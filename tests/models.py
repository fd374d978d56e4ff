"""What several tests need: the native engine, whether two models are the same, a network to work out by hand."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from streamnorm.engines import native
from streamnorm.layers import Dense
from streamnorm.network import Network

needs_native = pytest.mark.skipif(
    native.kernel is None, reason="the extension is not built: there was no C compiler when streamnorm was installed"
)
NATIVE = pytest.param("native", marks=needs_native)


def bits(model: Any) -> tuple[Any, ...]:
    """All that learning changes, as values that can be compared."""
    arrays = {name: (array.dtype, array.shape, array.tobytes()) for name, array in model._arrays().items()}
    return model._get_params(), model._state(), arrays


def handed_over(model: Any) -> Any:
    """The model as a process pool hands it over: large arrays are read-only views of another process's memory."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(model, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(content, buffers=[bytes(buffer) for buffer in buffers])


def learned_from(model: Any, rows: list[tuple[dict[str, Any], Any]]) -> Any:
    """The model, having learned the rows: also where another process runs it."""
    for x, y in rows:
        model.learn_one(x, y)
    return model


def network_2_2_1() -> Network:
    """Rows (3, 4) and (0, -2), gains 0.5 and 1, biases 0.1 and 0.2; head (2, -1) and 0.3."""
    network = Network([Dense(2, "relu")], (), "float64", seed=1)
    network.add_inputs(2)
    network.add_outputs(1)
    hidden, head = network.parameters
    hidden["W"].value[:] = [[3.0, 4.0], [0.0, -2.0]]
    hidden["g"].value[:] = [0.5, 1.0]
    hidden["b"].value[:] = [0.1, 0.2]
    head["W"].value[:] = [[2.0, -1.0]]
    head["b"].value[:] = [0.3]
    return network
