"""The extension: what it reads itself, what it leaves to Python, and what it leaves alone."""

import contextlib
import math
import subprocess
import sys
from collections import OrderedDict, defaultdict
from decimal import Decimal

import numpy as np
import pytest
from models import bits, needs_native
from river import datasets

from streamnorm import NormPropClassifier
from streamnorm.engines import native

pytestmark = needs_native
ROWS = [*datasets.Phishing().take(60)]


@pytest.fixture
def model():
    learned = NormPropClassifier((8,), engine="native", seed=1)
    for x, y in ROWS:
        learned.learn_one(x, y)
    return learned


def reads_itself(model, x):
    return model._learner._engine.predict_dict(x, model.classes_) is not None


def test_plain_dicts_are_read_in_c_and_others_in_python(model):
    x, _ = ROWS[0]
    assert reads_itself(model, x)
    assert reads_itself(model, dict(reversed(x.items())))
    assert reads_itself(model, {"".join(name): value for name, value in x.items()})
    assert reads_itself(model, {**x, "https": np.float64(1.0)})
    assert reads_itself(model, {**x, "https": 1})
    assert reads_itself(model, {**x, "https": True})
    assert reads_itself(model, {"https": 1.0})
    assert reads_itself(model, {})
    for value in (np.float32(1.0), Decimal(1), math.nan, math.inf, None, "1", 10**400, 1j):
        assert not reads_itself(model, {**x, "https": value})
    assert not reads_itself(model, {**x, "new": 1.0})
    assert not reads_itself(model, {("a", 1): 1.0})
    assert not reads_itself(model, OrderedDict(x))
    assert not reads_itself(model, defaultdict(float, x))
    assert not reads_itself(model, [1.0])


VARIANTS = {
    "as it is": lambda x: x,
    "another order": lambda x: dict(reversed(x.items())),
    "another order each time": lambda x: dict(sorted(x.items(), key=lambda item: hash((item, len(x))))),
    "NumPy scalars": lambda x: {name: np.float32(value) for name, value in x.items()},
    "Decimals": lambda x: {name: Decimal(value) for name, value in x.items()},
    "float64 scalars": lambda x: {name: np.float64(value) for name, value in x.items()},
    "another kind of dict": OrderedDict,
    "new strings": lambda x: {name.encode().decode(): value for name, value in x.items()},
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_however_a_sample_comes_it_is_the_same(model, variant):
    twin = NormPropClassifier((8,), engine="native", seed=1)
    for x, y in ROWS:
        twin.learn_one(variant(x), y)
    assert bits(twin) == bits(model)


def test_absent_features_are_the_same_to_both():
    """Random parts of samples; in the twin a dict of another kind sends all of them through Python."""
    rng = np.random.default_rng(3)
    fast, slow = (NormPropClassifier((8,), engine="native", seed=1) for _ in range(2))
    for x, y in ROWS:
        part = {name: value for name, value in x.items() if rng.random() < 0.6}
        fast.learn_one(part, y)
        slow.learn_one(OrderedDict(part), y)
    assert bits(fast) == bits(slow)


def test_names_that_are_equal_share_a_column(model):
    twin = NormPropClassifier((8,), engine="native", seed=1)
    for i in range(20):
        twin.learn_one({1: 2.0 * i, 2: 1.0}, i % 2)
    assert twin.predict_proba_one({1: 3.0, 2: 1.0}) == twin.predict_proba_one({True: 3.0, 2.0: 1.0})
    assert twin.features_ == [1, 2]


def test_a_name_that_changes_the_sample_while_it_is_read():
    """A feature's name is of a class of its own; compared with another of the same hash, it empties the sample."""

    class Evil:
        victim = None

        def __hash__(self):
            return hash("https")

        def __eq__(self, other):
            if self.victim is not None:
                self.victim.clear()
            return self is other

    evil, x = Evil(), dict(ROWS[0][0])
    model = NormPropClassifier((8,), engine="native", seed=1)
    model.learn_one({evil: 1.0}, True)
    model.learn_one({"".join(name): value for name, value in x.items()}, False)
    evil.victim = x
    # What is left of the sample is read, in Python where the extension gives up; nothing worse may happen.
    with contextlib.suppress(RuntimeError):
        model.predict_one({**x})
    evil.victim = dict(ROWS[0][0])
    with contextlib.suppress(RuntimeError):
        model.learn_one(evil.victim, True)
    evil.victim = None
    assert all(np.isfinite(array).all() for array in model._arrays().values())
    assert model.predict_one(ROWS[0][0]) in (True, False)


@pytest.mark.parametrize("instructions", native.instructions())
def test_every_build_learns_alike(instructions, monkeypatch):
    model = NormPropClassifier(engine="native", seed=1)
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    other = NormPropClassifier(engine="native", seed=1)
    for x, y in datasets.Phishing().take(300):
        # Sums in another order round to 6e-8 of their size; 300 steps of training amplify that.
        assert other.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), abs=1e-3)
        for learner in (model, other):
            learner.learn_one(x, y)


def test_an_instruction_set_that_is_not_there(monkeypatch):
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", "mmx")
    with pytest.raises(ValueError, match="this machine runs no 4-byte build for mmx"):
        NormPropClassifier(engine="native")


def test_denormals_are_left_alone():
    """Code linked with -ffast-math would switch the whole process to flush them to zero."""
    code = (
        "import sys, struct; import streamnorm; m = streamnorm.NormPropClassifier(engine='native');"
        "m.learn_one({'a': 1.0}, 1); m.learn_one({'a': 2.0}, 0);"
        "tiny = float(sys.argv[1]); print((tiny / 2).hex(), (tiny * 2**-30).hex())"
    )
    tiny = sys.float_info.min
    result = subprocess.run([sys.executable, "-c", code, repr(tiny)], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [(tiny / 2).hex(), (tiny * 2**-30).hex()]
