"""A file that learns, in onnxruntime: its state, and the two runs over it."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.typing import Array

from . import wire
from .learning.metadata import LearningMetadata
from .session import open_session, shared
from .subgraph import subgraph


class LearningSession:
    """Holds every array that goes into the graph or comes out of it, bound once; nothing is copied between steps.

    The state is there twice: a step reads one set of arrays and writes the other, and the next goes the other way.
    Predicting has a graph of its own, over the same arrays.

    Parameters
    ----------
    content
        The file's bytes.
    about
        What the file says about itself.

    Attributes
    ----------
    x, y, weight
        The inputs. Whoever learns or predicts writes them first.
    prediction
        Of before the step.

    """

    def __init__(self, content: bytes, about: LearningMetadata) -> None:
        learning = open_session(content)
        # Before anything is as large as the metadata says.
        if learning.get_inputs()[0].shape != [1, *about.shape]:
            raise ValueError(f"its input is not of the shape {about.shape} that its metadata names")
        self.x = np.zeros((1, *about.shape), np.float32)
        self.y = about.task.target(about.outputs)
        self.weight = np.ones(1)
        self.prediction = about.task.prediction(about.outputs)
        saved = wire.initializers(content)
        about.check(saved)
        self._states = [{f"state.{name}": saved[f"state.{name}"].copy() for name in about.state} for _ in range(2)]
        values = [{name: shared(array) for name, array in arrays.items()} for arrays in self._states]
        given = {"x": shared(self.x), "y": shared(self.y), "weight": shared(self.weight)}
        output = {about.task.tensor: shared(self.prediction)}
        predicting = open_session(subgraph(content, *output))
        needed = {value.name for value in predicting.get_inputs()}
        self._learn, self._predict = learning.run_with_iobinding, predicting.run_with_iobinding
        self._learning, self._predicting = [], []
        for here, there in (values, values[::-1]):
            inputs = given | here
            following = {name.replace("state", "next", 1): value for name, value in there.items()}
            self._learning.append(_binding(learning, inputs, output | following))
            self._predicting.append(_binding(predicting, {n: v for n, v in inputs.items() if n in needed}, output))
        self._now = 0  # Which set of arrays is the present one.
        self.predict()  # Shapes that do not fit show here, not later.

    @property
    def state(self) -> dict[str, Array]:
        """The present arrays, by the names of the graph's inputs."""
        return self._states[self._now]

    def predict(self) -> None:
        """From the inputs to the prediction."""
        self._predict(self._predicting[self._now])

    def learn(self) -> None:
        """From the inputs to the prediction and the next state."""
        self._learn(self._learning[self._now])
        self._now = 1 - self._now


def _binding(session: Any, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    binding = session.io_binding()
    for name, value in inputs.items():
        binding.bind_ortvalue_input(name, value)
    for name, value in outputs.items():
        binding.bind_ortvalue_output(name, value)
    return binding
