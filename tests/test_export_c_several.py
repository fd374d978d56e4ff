"""Several labels or targets at once as C: compiled for this machine, and held against the live model."""

import copy
import math

import c_programs
import numpy as np
import pytest
from c_programs import build, predictions
from test_several_export import BOTH, learned, stream

from streamnorm import NormPropMultiLabelClassifier, NormPropMultiTargetRegressor
from streamnorm.export import to_c

COMPILERS = c_programs.compilers()
pytestmark = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def numbers(model, x):
    if isinstance(model, NormPropMultiLabelClassifier):
        return [p[True] for p in model.predict_proba_one(x).values()]
    return [*model.predict_one(x).values()]


def units(model):
    return 1.0 if isinstance(model, NormPropMultiLabelClassifier) else model._learner.target.sd


@BOTH
@pytest.mark.parametrize(("learn", "optimizer"), [(False, "rmsprop"), (True, "rmsprop"), (True, "adam")])
def test_a_program(estimator, learn, optimizer, tmp_path):
    model = learned(estimator, 200, optimizer=optimizer)
    rows = [*stream(estimator, 200, seed=1)]
    samples = [
        [
            *(x.get(name, math.nan) for name in model.features_),
            *(float(y.get(name, math.nan)) for name in model._targets.names),
        ]
        for x, y in rows
    ]
    program = build(model, tmp_path, [*next(iter(COMPILERS.values())), "-O1"], learn=learn)
    found = predictions(program, np.array(samples, np.float32), 3)
    live, expected = copy.deepcopy(model), []
    for x, y in rows:
        expected.append(numbers(live, x))
        if learn:
            live.learn_one(x, y)
    # As in test_export_c.py: float32 rounded elsewhere, and handed on from step to step. "far" is 14 sd from zero.
    tolerance = 1e-3 if learn else 2e-5
    np.testing.assert_allclose(found / units(model), np.array(expected) / units(model), rtol=0.0, atol=tolerance)
    if learn:
        still = [numbers(model, x) for x, _ in rows]
        assert np.abs((found - still) / units(model)).max() > 0.05  # What it has learned is far more than that.


def test_the_header_names_the_outputs(tmp_path):
    to_c(learned(NormPropMultiLabelClassifier), tmp_path, learn=True)
    header, source = (tmp_path / "model.h").read_text(), (tmp_path / "model.c").read_text()
    assert "#define MODEL_LABELS 3" in header
    assert "void model_predict(const float *x, float *probabilities);" in header
    assert "void model_learn(const float *x, const float *y);" in header
    assert 'model_labels[MODEL_LABELS] = {\n    "down",\n    "far",\n    "up",\n};' in source


def test_names_of_several_kinds_have_no_table(tmp_path):
    model = learned(NormPropMultiTargetRegressor)
    model.learn_one({"a": 1.0}, {("late", 2): 1.0})
    with pytest.raises(ValueError, match=r"are all str or all int, not \['down', 'far', 'up', \('late', 2\)\]"):
        to_c(model, tmp_path)
