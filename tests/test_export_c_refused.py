"""What is not exported as C, and what does not compile, since it would compute something else."""

from __future__ import annotations

import re

import c_programs
import pytest
from c_programs import run
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import to_c

COMPILERS = c_programs.compilers()

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler here")


def compiler():
    return [*next(iter(COMPILERS.values())), "-O1"]


def phishing(n):
    return list(datasets.Phishing().take(n))


def trained(model, stream):
    for x, y in stream:
        model.learn_one(x, y)
    return model


REFUSED = {
    "absent features are NaN: compile without -ffast-math": ["-ffast-math"],
    "learning needs a double of 64 bits": ["-U__DBL_MANT_DIG__", "-D__DBL_MANT_DIG__=24"],
}


@needs_compiler
@pytest.mark.parametrize("error", REFUSED)
def test_arithmetic_that_loses_what_is_learned_does_not_compile(error, tmp_path):
    to_c(trained(NormPropClassifier((2,), seed=1), phishing(10)), tmp_path, learn=True)
    with pytest.raises(AssertionError, match=f'#error "{error}"'):
        run([*compiler(), *REFUSED[error], "-c", "model.c"], tmp_path)


@needs_compiler
def test_the_kernel_of_another_version_does_not_compile(tmp_path):
    to_c(trained(NormPropClassifier((2,), seed=1), phishing(10)), tmp_path, learn=True)
    kernel = (tmp_path / "kernel.h").read_text()
    (tmp_path / "kernel.h").write_text(kernel.replace("#define SN_RECENT 32\n", "#define SN_RECENT 16\n"))
    with pytest.raises(AssertionError, match=r"kernel\.h is of another version"):
        run([*compiler(), "-c", "model.c"], tmp_path)


@needs_compiler
def test_the_header_of_another_model_does_not_compile(tmp_path):
    model = trained(NormPropClassifier((2,), seed=1), phishing(10))
    to_c(model, tmp_path)
    header = (tmp_path / "model.h").read_bytes()
    to_c(trained(model, phishing(1)), tmp_path)
    run([*compiler(), "-c", "model.c"], tmp_path)
    (tmp_path / "model.h").write_bytes(header)  # As if it had been interrupted.
    with pytest.raises(AssertionError, match=r"model\.h is of another export"):
        run([*compiler(), "-c", "model.c"], tmp_path)


def test_a_weight_beyond_float32_leaves_no_file(tmp_path):
    model = trained(NormPropClassifier((2,), dtype="float64", seed=1), phishing(10))
    model._learner.mixture.networks[0].parameters[-1]["b"].value[0] = 1e39
    with pytest.raises(ValueError, match="beyond the range of a float32"):
        to_c(model, tmp_path / "out")
    model = trained(NormPropClassifier((2,), seed=1), [({"a": 1.0}, 2**63)])
    with pytest.raises(ValueError, match="does not fit an int64"):
        to_c(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["one\0two", "half \ud800"], ids=["NUL", "surrogate"])
def test_a_label_that_c_cannot_hold_is_named(label, tmp_path):
    model = trained(NormPropClassifier((2,), seed=1), [({"a": 1.0}, "good"), ({"a": 2.0}, label)])
    with pytest.raises(ValueError, match=re.escape(f"{label!r} holds a NUL or half of a surrogate pair")):
        to_c(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [NormPropClassifier(), NormPropRegressor()], ids=lambda m: type(m).__name__)
def test_a_model_that_has_seen_nothing(model, tmp_path):
    with pytest.raises(ValueError, match="call learn_one before"):
        to_c(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_estimator_of_ours(tmp_path):
    with pytest.raises(TypeError, match="not a NoneType"):
        to_c(None, tmp_path / "out")
    with pytest.raises(ValueError, match="which is one of 'mixture', 'best', not 'worst'"):
        to_c(trained(NormPropClassifier((2,)), phishing(3)), tmp_path / "out", which="worst")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_directory(tmp_path):
    path = tmp_path / "model.c"
    path.write_text("mine")
    with pytest.raises(NotADirectoryError, match="is a file: to_c writes several"):
        to_c(trained(NormPropClassifier((2,)), phishing(3)), path)
    assert path.read_text() == "mine"
