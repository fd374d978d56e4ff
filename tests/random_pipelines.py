"""Random River pipelines in front of a small network, and random streams for them."""

from __future__ import annotations

import random
from functools import reduce
from typing import Any

import numpy as np
from river import compose, feature_extraction, preprocessing, stats

from streamnorm import NormPropClassifier, NormPropRegressor

# These are in every sample, for steps that demand their features.
ALWAYS = ["n0", "n1", "i0", "b1", "t0", "t3"]
# From which part of the stream on.
BORN = {"n3": 0.2, "n4": 0.4, "t2": 0.5, "b0": 0.4}
TEXTS, INTEGERS = ["t0", "t1", "t2", "t3"], ["i0", "i1", "b0", "b1"]
# Of a kind of feature the categories that an encoder may be told, and how many of them it is told.
CATEGORIES = {"t": ("abcdpq", 4), "i": (range(-2, 3), 3), "b": ([False, True], 1)}
CLASSES = [(False, True), (1, 2, 7), ("ham", "spam", "eggs")]


class Case:
    """A pipeline that has learned a stream in which features and categories appear and vanish, and later samples."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.branches = 0
        self.given: set[str] = set()
        self.means = [self.rng.uniform(-5, 5) for _ in range(5)]
        self.scales = [10 ** self.rng.uniform(-1, 1) for _ in range(5)]
        steps = [*self.imputers(), self.features()]
        if self.rng.random() < 0.3:
            steps.append(self.scaler(met=False))
        self.classes = self.rng.choice(CLASSES) if self.rng.random() < 0.6 else None
        self.model = self.estimator()
        for step in reversed(steps):
            self.model = compose.Pipeline(step, self.model) if self.rng.random() < 0.3 else step | self.model
        if not self.classes and self.rng.random() < 0.3:
            self.model = preprocessing.TargetStandardScaler(self.model)
        n = self.rng.randint(40, 80)
        for i in range(n):
            x = self.sample(i / n)
            self.model.learn_one(x, self.target(x))
        self.samples = [self.sample(1.0, later=True) for _ in range(12)]

    def estimator(self) -> Any:
        arguments = {"seed": 1, "standardize": self.rng.random() < 0.8}
        if self.classes:
            return NormPropClassifier((8,), **arguments)
        regressor = NormPropRegressor((8,), **arguments)
        return preprocessing.TargetStandardScaler(regressor) if self.rng.random() < 0.3 else regressor

    def sample(self, time: float, later: bool = False) -> dict[str, Any]:
        """Some features come late, all but a few are missing now and then; later samples have unseen categories."""
        rng = self.rng
        letters = "abcde"[: 2 + int(3 * time)] + ("z" if later else "")
        x: dict[str, Any] = {f"n{i}": float(np.float32(rng.gauss(self.means[i], self.scales[i]))) for i in range(5)}
        x |= {"t0": rng.choice(letters), "t1": rng.choice(letters), "t2": rng.choice("pq")}
        x |= {"i0": rng.randint(0, 2 + later), "i1": rng.randint(-2, 2), "b0": rng.random() < 0.4}
        x |= {"b1": rng.random() < 0.5, "t3": rng.choice(["1", "01", "7", "8"][: 3 + later])}
        for name in [*x]:
            if time < BORN.get(name, 0.0):
                del x[name]
            elif name not in ALWAYS and name in self.given and rng.random() < 0.25:
                x[name] = None
        self.given |= x.keys()
        present = [(name, value) for name, value in x.items() if self.none or value is not None]
        return dict(rng.sample(present, len(present)))

    def target(self, x: dict[str, Any]) -> Any:
        value = (x["n0"] - self.means[0]) / self.scales[0] + (x["t0"] == "a") + self.rng.gauss(0, 0.3)
        if self.classes:
            return self.classes[int(abs(value) * 1.5) % len(self.classes)]
        return 100.0 + 20.0 * value

    def imputers(self) -> list[Any]:
        """Imputers, if the stream shall have None where something is missing."""
        self.none = self.rng.random() < 0.3
        if not self.none:
            return []
        values = [
            ("n2", stats.Mean()),
            ("i1", self.rng.choice([stats.Mode(), -7])),
            ("t1", self.rng.choice([stats.Mode(), "d"])),
        ]
        first = preprocessing.StatImputer(*self.rng.sample(values, self.rng.randint(1, 3)))
        by = self.rng.choice(["t0", "i0", "b1", "t3", None])
        # What the first one leaves, the second one fills.
        return [compose.Grouper(first, by) if by else first, preprocessing.PreviousImputer()]

    def features(self) -> Any:
        """A transformer that makes numbers of raw samples."""
        rng = self.rng
        if rng.random() < 0.3:  # As in most pipelines: each type goes its own way.
            ways = [compose.SelectType(str) | self.encoder(TEXTS), compose.SelectType(float) | self.floats()]
            if rng.random() < 0.5:
                ways.append(compose.SelectType(int) | self.encoder(INTEGERS))
            return union(rng.sample(ways, len(ways)))
        return self.tree(2)

    def tree(self, depth: int) -> Any:
        rng = self.rng
        kind = rng.random() if depth else 1.0
        if kind < 0.6:
            united = union([self.tree(depth - 1) for _ in range(rng.randint(2, 3))])
            return united | self.scaler(met=False) if rng.random() < 0.3 else united
        return self.branch() * self.branch() if kind < 0.75 else self.branch()

    def branch(self) -> Any:
        rng = self.rng
        match rng.randint(0, 5):
            case 0:
                return compose.SelectType(str) | self.encoder(TEXTS)
            case 1:
                return compose.Select("t0") | preprocessing.OneHotEncoder(drop_first=True)
            case 2:
                by = rng.choice(["i0", "b1", "t3"])
                step = rng.choice([preprocessing.StandardScaler, preprocessing.Binarizer])()
                if by == "t3" or rng.random() < 0.5:
                    step = compose.Discard(by) | step
                return compose.Select(by, *rng.sample(["n0", "n1"], rng.randint(1, 2))) | compose.Grouper(step, by)
            case 3:
                keys = rng.sample(["n0", "n1", "i0"], rng.randint(1, 3))
                polynomial = feature_extraction.PolynomialExtender(
                    rng.randint(2, 3), interaction_only=rng.random() < 0.5, include_bias=rng.random() < 0.5
                )
                return compose.Select(*keys) | rng.choice([polynomial, polynomial | self.scaler(), self.scaler()])
        # What has been selected by its type gets names of its own, as its type is not known to a file.
        self.branches += 1
        prefix = compose.Prefixer(f"q{self.branches}_")
        if rng.random() < 0.4:
            return compose.SelectType(int) | self.encoder(INTEGERS) | prefix
        discard = compose.Discard(*rng.sample(["n0", "n2", "n4"], rng.randint(0, 2)))
        return compose.SelectType(float) | discard | self.floats() | prefix

    def floats(self) -> Any:
        rng = self.rng
        if rng.random() < 0.3:
            return preprocessing.Normalizer(order=rng.choice([1, 2, np.inf]))
        if rng.random() < 0.3:
            return preprocessing.StandardScaler(rng.random() < 0.8, window_size=rng.choice([None, 9]))
        return self.scaler() | self.scaler()

    def encoder(self, names: list[str]) -> Any:
        rng = self.rng
        some = {name: rng.sample(*CATEGORIES[name[0]]) for name in names}
        encoder = rng.choice(
            [
                preprocessing.OneHotEncoder(),
                preprocessing.OneHotEncoder(),
                preprocessing.OneHotEncoder({name: {*values} for name, values in some.items()}),
                preprocessing.OneHotEncoder({name: {*values} for name, values in some.items()}, drop_zeros=True),
                preprocessing.OrdinalEncoder(unknown_value=rng.choice([0, -3])),
                preprocessing.OrdinalEncoder({name: {v: 2 * i for i, v in enumerate(vs)} for name, vs in some.items()}),
            ]
        )
        # The other scalers of River break on a feature that they have not met, such as that of an unseen category.
        return encoder if rng.random() < 0.6 else encoder | self.scaler(met=False)

    def scaler(self, met: bool = True) -> Any:
        rng = self.rng
        window = rng.choice([None, None, 7])
        choices = [
            preprocessing.StandardScaler(with_std=rng.random() < 0.8),
            preprocessing.MaxAbsScaler(window),
            preprocessing.AdaptiveStandardScaler(rng.choice([0.1, 0.3])),
            preprocessing.Binarizer(rng.choice([0.0, 0.3, 0.77]), rng.choice([bool, int, float])),
            rng.choice([compose.Prefixer("p_"), compose.Suffixer("_s")]),
            preprocessing.MinMaxScaler(window),
            preprocessing.RobustScaler(rng.random() < 0.8, rng.random() < 0.8),
        ]
        return rng.choice(choices if met else choices[:-2])


def union(branches: list[Any]) -> Any:
    return reduce(lambda one, other: one + other, branches)
