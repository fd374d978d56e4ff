"""The peers, each built as its documentation shows, nothing tuned for a stream."""

from __future__ import annotations

from river import base, drift, forest, linear_model, preprocessing, tree

from streamnorm import NormPropClassifier

RIVER = ["River, forest", "River, adaptive tree", "River, tree retrained", "River, linear retrained"]


def build(peer: str, n_classes: int, seed: int) -> base.Classifier:
    """`streamnorm` is ours as it comes, `streamnorm 0.005` at one rate, `streamnorm fading 0.01` with that factor."""
    match peer.split():
        case ["streamnorm"]:
            return NormPropClassifier(seed=seed)
        case ["streamnorm", "fading", factor]:
            return NormPropClassifier(fading_factor=float(factor), seed=seed)
        case ["streamnorm", rate]:
            return NormPropClassifier(learning_rate=float(rate), seed=seed)
    if peer == "River, forest":
        return forest.ARFClassifier(seed=seed)
    if peer == "River, adaptive tree":
        return tree.HoeffdingAdaptiveTreeClassifier(seed=seed)
    if peer == "River, tree retrained":
        return drift.DriftRetrainingClassifier(tree.HoeffdingTreeClassifier())
    linear = linear_model.LogisticRegression() if n_classes == 2 else linear_model.SoftmaxRegression()
    return drift.DriftRetrainingClassifier(preprocessing.StandardScaler() | linear)
