"""Fuzzes what becomes of a sample between a user's dict and the kernel, guided by what the Python code covers.

    PYTHONPATH=tests python tests/native/fuzz_extension.py [-max_total_time=SECONDS] [-seed=SEED]

Needs atheris. A file `crash-...` is left where it found something; given as an argument it is run again.
"""

import contextlib
import sys
from decimal import Decimal
from fractions import Fraction

import atheris

with atheris.instrument_imports(include=["streamnorm"]):
    import numpy as np
    from hostile import Name, Number, Text, X, assert_learned_or_unchanged, contents, fail, model_of

    from streamnorm import NormPropClassifier, NormPropRegressor

TEXTS = [*X, "new", "other", "", "\ud800", "a\0b"]
SPECIAL = [5e-324, 1e-310, 1e38, 3.5e38, 1.7e308, float("nan"), float("inf"), -0.0, 10**400, 2**63, -1, None, True, 1j]


def value(data, model, x):
    acts = [fail, x.clear, lambda: x.update(more=1.0), lambda: model.learn_one(X, 1), lambda: model.predict_one(X)]
    kinds = [
        lambda: data.ConsumeFloat(),
        lambda: data.ConsumeInt(9),
        lambda: data.PickValueInList(SPECIAL),
        lambda: np.frombuffer(data.ConsumeBytes(8).ljust(8, b"\0"), np.float64)[0],
        lambda: np.frombuffer(data.ConsumeBytes(4).ljust(4, b"\0"), np.float32)[0],
        lambda: Decimal(data.ConsumeInt(4)).scaleb(data.ConsumeIntInRange(-400, 400)),
        lambda: Fraction(data.ConsumeInt(8), data.ConsumeIntInRange(1, 2**60)),
        lambda: Number(data.PickValueInList(acts)),
        lambda: data.ConsumeUnicode(4),
        lambda: [data.ConsumeFloat()],
        lambda: np.ones(data.ConsumeIntInRange(0, 2)),
    ]
    return data.PickValueInList(kinds)()


def name(data, model, x):
    acts = [lambda: None, fail, x.clear, lambda: model.learn_one({**X, "deep": 1.0}, 1)]
    kinds = [
        lambda: data.PickValueInList(TEXTS),
        lambda: "".join([*data.PickValueInList(TEXTS)]),  # Equal to a known name, and another object.
        lambda: data.ConsumeInt(2),
        lambda: Text(data.PickValueInList(TEXTS)),
        lambda: Name(data.PickValueInList(TEXTS), data.PickValueInList(acts)),
        lambda: (data.ConsumeInt(1), data.ConsumeUnicode(2)),
        lambda: data.ConsumeFloat(),
    ]
    return data.PickValueInList(kinds)()


def test_one_input(content):
    data = atheris.FuzzedDataProvider(content)
    model = model_of(data.PickValueInList([NormPropClassifier, NormPropRegressor]))
    for _ in range(data.ConsumeIntInRange(1, 6)):
        x = dict(X) if data.ConsumeBool() else {}
        for _ in range(data.ConsumeIntInRange(0, 6)):
            with contextlib.suppress(ZeroDivisionError):  # Names are compared when the dict is made.
                x[name(data, model, x)] = value(data, model, x)
        y, w = data.ConsumeIntInRange(0, 3), 1.0
        if data.ConsumeBool():
            y = data.PickValueInList([None, 1.5, "text", True, 2**70, float("nan"), b"", np.int64(1), np.str_("s")])
        if data.ConsumeBool():
            w = data.PickValueInList([0.0, 1e308, 5e-324, -1.0, None, "1", float("nan"), Number(fail), Decimal(2)])
        assert_learned_or_unchanged(model, x, y, w)
        # The extension's own methods take whatever they are given.
        native, before = model._learner._engine, contents(model)
        for call in (native.predict_dict, native.learn_dict):
            arguments = [data.PickValueInList([x, None, [], "x", X]) for _ in range(data.ConsumeIntInRange(0, 4))]
            try:
                learned = call(*arguments) is True
            except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, RuntimeError):
                learned = False
            assert learned or contents(model) == before


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-len_control=0", "-max_len=400"], test_one_input)
    atheris.Fuzz()
