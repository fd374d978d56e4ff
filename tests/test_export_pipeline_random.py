"""Random pipelines of all parts that can be exported: the file and the live pipeline predict the same, 1,000 times.

Case k is `Case(k)` in random_pipelines.py, whatever runs before it. Probabilities agree within 1e-5, and values beyond
1 relative to them: the bound of every exported file, see test_export_parity.py. Labels are the same where the two
largest probabilities are further apart than that.
"""

import numpy as np
import onnxruntime as ort
import pytest
from pipelines import columns
from random_pipelines import Case

from streamnorm.export import to_onnx
from streamnorm.export.pipeline.registry import _CONVERTERS

TOLERANCE = 1e-5
CASES, BLOCKS = 1000, 20
# What the steps in front of a network leave: a translator of the graph needs no more. LabelEncoder makes floats of
# strings or of floats, Where chooses among floats or strings, all else is about floats and bools.
STEPS = {"Abs", "And", "Cast", "Concat", "Div", "Equal", "Gather", "Greater", "IsNaN", "LabelEncoder", "Mul"}
STEPS |= {"ReduceMax", "ReduceSum", "Sqrt", "Sub", "Where"}
NETWORK = {"ArgMax", "Clip", "Gather", "Gemm", "Mul", "Relu", "Softmax", "Squeeze", "Sub", "Sum"}


def check(case):
    session = ort.InferenceSession(to_onnx(case.model).SerializeToString(), providers=["CPUExecutionProvider"])
    feed = columns(session, case.samples)
    if not case.classes:
        live = [case.model.predict_one(x) for x in case.samples]
        np.testing.assert_allclose(session.run(["value"], feed)[0], live, rtol=TOLERANCE, atol=TOLERANCE)
        return
    live = np.array([[*case.model.predict_proba_one(x).values()] for x in case.samples])
    label, probabilities = session.run(["label", "probabilities"], feed)
    np.testing.assert_allclose(probabilities, live, rtol=0, atol=TOLERANCE)
    *_, second, first = np.sort(live, axis=1).T
    clear = first - second > TOLERANCE
    assert label[clear].tolist() == [case.model.predict_one(x) for x, c in zip(case.samples, clear, strict=True) if c]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_file_and_live_pipeline_predict_the_same(block):
    for number in range(block, CASES, BLOCKS):
        case = Case(number)
        try:
            check(case)
        except Exception as error:
            error.add_note(f"in case {number}: {case.model}")
            raise


def test_the_cases_have_every_transformer_and_every_operator():
    """What the random pipelines left out would not be tested."""
    met = set()

    def meet(step):
        met.add(type(step))
        inner = [getattr(step, name, None) for name in ("regressor", "transformer")]
        for part in [*getattr(step, "steps", {}).values(), *getattr(step, "transformers", {}).values(), *inner]:
            if part is not None:
                meet(part)

    operators = set()
    for number in range(100):
        case = Case(number)
        meet(case.model)
        operators |= {node.op_type for node in to_onnx(case.model).graph.node}
    assert operators == STEPS | NETWORK
    ours = {kind for kind in _CONVERTERS if kind.__module__.startswith("river.")}
    assert ours <= met
