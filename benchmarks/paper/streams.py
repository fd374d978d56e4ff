"""Streams that come with River and scikit-learn, as a network gets to see them."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from river import datasets
from river.datasets import synth
from sklearn.datasets import load_digits

from streamnorm.features import FeatureIndex
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array

ROWS = 1500


class Stream(NamedTuple):
    """Inputs [rows, features], every row standardised with the statistics of the rows before it, and class indices."""

    name: str
    inputs: Array
    labels: list[int]

    @property
    def n_features(self) -> int:
        return self.inputs.shape[1]

    @property
    def n_classes(self) -> int:
        return max(self.labels) + 1


def segments() -> Stream:
    return _stream("ImageSegments", itertools.islice(datasets.ImageSegments(), ROWS))


def drift() -> Stream:
    generator = synth.RandomRBFDrift(
        seed_model=1,
        seed_sample=1,
        n_classes=10,
        n_features=10,
        n_centroids=50,
        n_drift_centroids=25,
        change_speed=0.0001,
    )
    return _stream("RandomRBFDrift", generator.take(ROWS))


def digits() -> Stream:
    data = load_digits()
    return _stream("digits", [(dict(enumerate(x)), y) for x, y in zip(data.data, data.target, strict=True)][:ROWS])


def _stream(name, samples) -> Stream:
    samples = list(samples)
    features = FeatureIndex(samples[0][0])
    standardizer = Standardizer(fading_factor=0.0, clip=5.0, dtype="float32")
    standardizer.grow(len(features.names))
    inputs = []
    for x, _ in samples:
        values = features.read(x).values
        inputs.append(standardizer.transform(values))
        standardizer.update(values)
    labels = {y: index for index, y in enumerate(dict.fromkeys(y for _, y in samples))}
    return Stream(name, np.array(inputs), [labels[y] for _, y in samples])
