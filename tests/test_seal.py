"""Every exported file ends in a digest of itself, and no other file is opened."""

import hashlib
import re
from numbers import Number

import numpy as np
import onnx
import onnxruntime
import pytest
from devices import trained
from mutants import sealed_proto
from river import compose, datasets, preprocessing

import streamnorm
from streamnorm import NormPropClassifier
from streamnorm.export import EdgeLearner, EdgeModel, seal, to_onnx


def pipeline():
    model = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(Number)
    model |= NormPropClassifier((4,), seed=1)
    for x, y in datasets.SolarFlare().take(50):
        model.learn_one(x, y["c-class-flares"] > 0)
    return model


EXPORTS = {
    "mixture": lambda path: to_onnx(trained("phishing"), path),
    "regression, one replica": lambda path: to_onnx(trained("trump"), path, "best"),
    "int8": lambda path: to_onnx(trained("phishing"), path, quantize="int8"),
    "dynamic": lambda path: to_onnx(trained("phishing"), path, quantize="dynamic"),
    "pipeline": lambda path: to_onnx(pipeline(), path),
    "learning": lambda path: to_onnx(trained("segments"), path, learn=True, spare_classes=1),
    "learned": lambda path: learned_on_device(path),
}


def learned_on_device(path):
    to_onnx(trained("segments"), path, learn=True, spare_classes=1)
    device = EdgeLearner(path)
    for x, y in datasets.ImageSegments().take(3):
        device.learn_one(x, y)
    device.save(path)
    return onnx.load(path)


@pytest.fixture(scope="module", params=EXPORTS)
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("seal") / "model.onnx"
    proto = EXPORTS[request.param](path)
    assert proto.SerializeToString() == path.read_bytes()
    return path


def openers(path):
    props = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    return (EdgeLearner, streamnorm.load_edge) if "learning" in props else (EdgeModel,)


def test_a_sealed_file_is_plain_onnx(path):
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    last = proto.metadata_props[-1]
    assert session.get_modelmeta().custom_metadata_map[last.key] == last.value
    del proto.metadata_props[-1]
    assert (last.key, last.value) == ("sha256", hashlib.sha256(proto.SerializeToString()).hexdigest())


@pytest.fixture
def no_session(monkeypatch):
    """onnxruntime must not see the file."""

    def fail(content):
        raise AssertionError("onnxruntime was given the file")

    monkeypatch.setattr("streamnorm.export.edge.open_session", fail)
    monkeypatch.setattr("streamnorm.export.learning_session.open_session", fail)


def assert_refused(path, content):
    changed = path.with_name("changed.onnx")
    changed.write_bytes(content)
    for open_it in openers(path):
        with pytest.raises(ValueError, match=r"changed\.onnx is damaged.* changed or damaged since its export") as info:
            open_it(changed)
        assert "Export it again" in str(info.value)


def test_no_changed_file_is_opened(path, no_session):
    content = path.read_bytes()
    rng = np.random.default_rng(1)
    for at in [*rng.integers(len(content), size=40), *range(len(content) - 75, len(content), 5)]:
        changed = bytearray(content)
        changed[at] ^= 1 << int(rng.integers(8))
        assert_refused(path, changed)
    for end in [0, 1, len(content) // 2, len(content) - 75, len(content) - 1]:
        assert_refused(path, content[:end])
    # Protobuf takes one message behind another for both in one.
    for more in (b"\x00", content, content[-74:], b"\x08\x08"):
        assert_refused(path, content + more)


def test_a_file_without_a_seal_is_not_opened(path, no_session):
    proto = onnx.load(path)
    del proto.metadata_props[-1]
    assert_refused(path, proto.SerializeToString())


def test_a_file_that_is_sealed_again_is_opened(path):
    """The seal finds damage; it is no signature."""
    proto = onnx.load(path)
    proto.doc_string = "changed on purpose"
    path.with_name("sealed.onnx").write_bytes(sealed_proto(proto))
    for open_it in openers(path):
        assert open_it(path.with_name("sealed.onnx")).features_ == open_it(path).features_


def test_a_file_larger_than_onnx_has_any_is_not_read(tmp_path):
    """2 GB, of which the disk holds nothing."""
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(2**31)
    for open_it in (EdgeModel, EdgeLearner, streamnorm.load_edge):
        with pytest.raises(ValueError, match=re.escape("larger than any ONNX file, which has at most 2,147,483,647")):
            open_it(path)


def test_what_is_not_there_is_named(tmp_path):
    for open_it in (EdgeModel, EdgeLearner, streamnorm.load_edge):
        with pytest.raises(FileNotFoundError, match=r"nothing\.onnx"):
            open_it(tmp_path / "nothing.onnx")


def test_the_seal_is_the_one_that_is_written_by_hand():
    digest = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # Of no bytes, by FIPS 180-4.
    assert seal.sealed(b"") == b"\x72\x4a" + b"\x0a\x06sha256" + b"\x12\x40" + digest


def test_a_saved_model_is_no_exported_file(tmp_path):
    NormPropClassifier((4,), seed=1).save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"begins as a saved model does: load it with streamnorm\.load"):
        EdgeModel(tmp_path / "model")
