"""Samples without an end: standard Gaussian features, and a label that no linear model can tell."""

from __future__ import annotations

from functools import cache


def batch(rng, n, n_features, n_classes):
    """n samples never seen before. The label is the place of the largest product of two neighbouring features."""
    X = rng.standard_normal((n, n_features))
    return X, (X[:, :n_classes] * X[:, 1 : n_classes + 1]).argmax(axis=1)


def dicts(X, y):
    """The same as River's streams give it: a new dict of Python floats for each sample, with the same names in it."""
    names = feature_names(X.shape[1])
    return [(dict(zip(names, row, strict=True)), label) for row, label in zip(X.tolist(), y.tolist(), strict=True)]


@cache
def feature_names(n):
    return [f"feature {j}" for j in range(n)]


def rows(X, y):
    """The same as arrays of one row."""
    return [(X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
