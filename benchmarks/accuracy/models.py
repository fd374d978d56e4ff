"""The peers for either kind of task, each built as its documentation shows, nothing tuned for a stream."""

from __future__ import annotations

from river import forest, linear_model, preprocessing, tree

from benchmarks.peers.models import RATE, WIDTH
from benchmarks.peers.models import build as build_classifier

SCALED = ", target scaled"


def build(peer, stream, seed):
    """`streamnorm` is ours as it comes, `streamnorm 0.005` at one rate, `streamnorm sgd 0.03` by another optimiser."""
    name, *options = peer.split()
    if name == "streamnorm":
        return streamnorm(stream.is_classification, options, seed)
    return (classifier if stream.is_classification else regressor)(peer, stream, seed)


def streamnorm(is_classification, options, seed):
    from streamnorm import NormPropClassifier, NormPropRegressor

    arguments = {}
    for option in options:
        arguments |= {"learning_rate": float(option)} if option[0].isdigit() else {"optimizer": option}
    return (NormPropClassifier if is_classification else NormPropRegressor)(seed=seed, **arguments)


def classifier(peer, stream, seed):
    if peer == "River, tree":
        return tree.HoeffdingAdaptiveTreeClassifier(seed=seed)
    return build_classifier(peer, list(stream.xs[0]), sorted(set(stream.ys)), seed, RATE)


def regressor(peer, stream, seed):
    if peer.endswith(SCALED):
        return preprocessing.TargetStandardScaler(regressor(peer.removesuffix(SCALED), stream, seed))
    return preprocessing.StandardScaler() | last_step(peer, stream, seed)


def last_step(peer, stream, seed):
    if peer == "River, linear":
        return linear_model.LinearRegression()
    if peer == "River, tree":
        return tree.HoeffdingAdaptiveTreeRegressor(seed=seed)
    if peer == "River, forest":
        return forest.ARFRegressor(seed=seed)
    import torch
    from deep_river.regression.zoo import MultiLayerPerceptron

    torch.manual_seed(seed)
    return MultiLayerPerceptron(
        n_features=len(stream.xs[0]),
        n_width=WIDTH,
        n_layers=2,
        optimizer_fn="adam",
        lr=RATE,
        is_feature_incremental=True,
        seed=seed,
    )
