"""What several tests need: models that leave for a device, and whether they come home as they should."""

import copy

import numpy as np
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import EdgeLearner, to_onnx

STREAMS = {"phishing": datasets.Phishing(), "segments": datasets.ImageSegments(), "trump": datasets.TrumpApproval()}


def trained(stream, n=100, **arguments):
    estimator = NormPropRegressor if stream == "trump" else NormPropClassifier
    model = estimator(**{"hidden": (16, 8), "seed": 1, **arguments})
    for x, y in STREAMS[stream].take(n):
        model.learn_one(x, y)
    return model


def device_of(model, path, **arguments):
    to_onnx(model, path, learn=True, **arguments)
    return EdgeLearner(path)


def settled(model):
    """All that is learned; the state of idle units as if it had decayed all the time."""
    model = copy.deepcopy(model)
    mixture = model._learner.mixture
    for network, optimizer in zip(mixture.networks, mixture.optimizers, strict=True):
        network.settle(optimizer.decays)
    return model._arrays()


def assert_arrays_are_close(home, live, tolerance=1e-9):
    """The arrays, relative to the largest number in each."""
    expected, found = settled(live), settled(home)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        scale = max(np.abs(array).max(initial=0.0), 1e-30)
        np.testing.assert_allclose(found[name] / scale, array / scale, rtol=0, atol=tolerance, err_msg=name)
