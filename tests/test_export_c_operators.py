"""Converters of one's own as C: operators that have one are compared with the live pipeline, all others are named."""

from __future__ import annotations

import math
import random

import c_programs
import numpy as np
import pytest
from c_programs import build, predictions
from onnx import TensorProto
from river import base

from streamnorm import NormPropClassifier
from streamnorm.export import Converter, register_converter, to_c

# Both compute in float32, and round sums in an order of their own.
TOLERANCE = 1e-5
COMPILERS = c_programs.compilers()

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def stream(n, seed):
    rng = random.Random(seed)
    for _ in range(n):
        x = {"a": rng.gauss(0, 1), "b": rng.uniform(0, 3)}
        yield x, x["a"] > 0


def trained(step):
    pipeline = step | NormPropClassifier((6,), learning_rate=0.01, seed=1)
    for x, y in stream(200, seed=1):
        pipeline.learn_one(x, y)
    return pipeline


class Folded(base.Transformer):
    """What a user's own step may be."""

    def transform_one(self, x):
        return {name: abs(value) + 1.0 if value > 1 or not value < 0.5 else value for name, value in x.items()}


@needs_compiler
def test_operators_of_a_converter_of_ones_own(tmp_path):
    @register_converter(Folded)
    class FoldedConverter(Converter):
        def convert(self, graph, table, wanted):
            x = graph.add("Identity", graph.add("Gather", table.values, np.array([-2, -1]), axis=1))
            either = graph.add("Or", graph.add("Greater", x, 1.0), graph.add("Not", graph.add("Greater", 0.5, x)))
            return table.with_values(graph.add("Where", either, graph.add("Add", graph.add("Abs", x), 1.0), x))

    pipeline = trained(Folded())
    program = build(pipeline, tmp_path, next(iter(COMPILERS.values())))
    samples = [x for x, _ in stream(100, seed=2)]
    rows = np.array([[x["a"], x["b"], 0.0] for x in samples], np.float32)
    found = predictions(program, rows, 2)
    live = [[*pipeline.predict_proba_one(x).values()] for x in samples]
    np.testing.assert_allclose(found, live, rtol=0.0, atol=TOLERANCE)


class Sine(base.Transformer):
    def transform_one(self, x):
        return {name: math.sin(value) for name, value in x.items()}


def test_an_operator_without_c_is_named(tmp_path):
    @register_converter(Sine)
    class SineConverter(Converter):
        def convert(self, graph, table, wanted):
            return table.with_values(graph.add("Sin", table.values))

    pipeline = trained(Sine())
    with pytest.raises(ValueError, match="need the operator Sin of ONNX, for which to_c has no C"):
        to_c(pipeline, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


class Formed(base.Transformer):
    def __init__(self, form):
        self.form = form

    def transform_one(self, x):
        return x


@register_converter(Formed)
class FormedConverter(Converter):
    def convert(self, graph, table, wanted):
        return table.with_values(self.step.form(graph, table.values))


def encoded(graph, x, **attributes):
    return graph.add("LabelEncoder", x, domain="ai.onnx.ml", keys_floats=[1.0], **attributes)


FORMS = {
    "Clip": lambda graph, x: graph.add("Clip", x, 0.0),
    "LabelEncoder": lambda graph, x: encoded(graph, x, values_floats=[2.0]),
    "LabelEncoder of texts": lambda graph, x: encoded(graph, x, values_strings=["a"], default_string="b"),
    "Equal to no text": lambda graph, x: graph.add("Equal", x, np.array([""], object)),
    "Concat of rows": lambda graph, x: graph.add("Concat", x, x, axis=0),
    "Gather of rows": lambda graph, x: graph.add("Gather", x, np.array([0])),
    "Gather of one": lambda graph, x: graph.add("Gather", x, np.array(0), axis=1),
    "Gather beyond": lambda graph, x: graph.add("Gather", x, np.array([-4]), axis=1),
    "ReduceSum of all": lambda graph, x: graph.add("ReduceSum", x),
    "ReduceSum of rows": lambda graph, x: graph.add("ReduceSum", x, np.array([0])),
    "ReduceMax to a vector": lambda graph, x: graph.add("ReduceMax", x, axes=[1], keepdims=0),
    "Add of a column": lambda graph, x: graph.add("Add", x, np.array([[1.0], [2.0]])),
    "Cast to integers": lambda graph, x: graph.add("Cast", x, to=TensorProto.INT64),
}


@pytest.mark.parametrize("form", FORMS)
def test_another_form_of_an_operator_is_named(form, tmp_path):
    pipeline = trained(Formed(FORMS[form]))
    with pytest.raises(
        ValueError, match=f"need the operator {form.split()[0]} of ONNX in this form, for which to_c has"
    ):
        to_c(pipeline, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
