"""A trained model as a graph that learns."""

from __future__ import annotations

import json

import numpy as np
from onnx import ValueInfoProto, helper, numpy_helper

from streamnorm import checkpoint
from streamnorm.estimator import NormProp
from streamnorm.mixture import Mixture
from streamnorm.typing import Array

from ..graph import Graph
from ..tasks import task_of
from .layout import Layout
from .metadata import LearningMetadata
from .state import initial_state, settled
from .step import Step

Values = list[ValueInfoProto]


def learning_graph(model: NormProp, which: str, spare: int) -> tuple[Graph, Values, Values, LearningMetadata]:
    """A model's learning step, with all that the model has learned as defaults of the state.

    Parameters
    ----------
    model
        An estimator with a feature, and with an output or a spare one.
    which
        `"mixture"`, or `"best"`: the replica that counts most, alone.
    spare
        How many further outputs there is room for.

    Returns
    -------
    The graph, its inputs and outputs, and what the file says of them.

    """
    if type(model).__name__ not in checkpoint.ESTIMATORS:
        raise TypeError(f"a {type(model).__name__} could not come home again: export one of {checkpoint.ESTIMATORS}")
    learner = model._learner
    parameters = json.loads(json.dumps(model._get_params(), default=checkpoint._plain))
    mixture = learner.mixture
    if which == "best":
        best = mixture.leader
        parameters["learning_rate"] = mixture.optimizers[best].learning_rate
        mixture = Mixture([mixture.networks[best]], [mixture.optimizers[best]])
    mixture = settled(mixture, spare)
    layout = Layout(mixture.networks[0].layers, mixture.fan_in, mixture.fan_out)
    task = task_of(model)
    state = initial_state(learner, mixture, layout, task)
    if not all(np.isfinite(array).all() for array in state.values()):
        raise ValueError("the model holds numbers that are not finite, from which nothing can be learned")
    state |= task.state(spare) | model._state_beside()
    graph = Graph(mixture.networks[0].dtype)
    Step(graph, task, learner, mixture, layout, bool(spare), model.input_shape).add()

    defaults = {"weight": np.ones(1)} | {f"state.{name}": array for name, array in state.items()}
    graph.constants += [numpy_helper.from_array(array, name) for name, array in defaults.items()]
    x, y = np.zeros((1, *(model.input_shape or [mixture.fan_in])), np.float32), task.target(mixture.fan_out)
    inputs: dict[str, Array] = {"x": x, "y": y, **defaults}
    outputs = {task.tensor: task.prediction(mixture.fan_out)} | {f"next.{name}": array for name, array in state.items()}
    about = LearningMetadata(
        features=model.features_,
        task=task,
        state=[*state],
        estimator=type(model).__name__,
        parameters=parameters,
        seed=learner.mixture.networks[0].seed,
        outputs=mixture.fan_out,
    )
    return graph, _described(inputs), _described(outputs), about


def _described(arrays: dict[str, Array]) -> Values:
    return [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in arrays.items()
    ]
