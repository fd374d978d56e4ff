"""The peers: how each is built, what a sample looks like to it, and what is called to learn and to predict."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.speed.stream import dicts, rows


class Model(NamedTuple):
    """`samples` turns arrays into the arguments of `learn`, one pair a call; its time does not count."""

    learn: Callable
    predict: Callable | None = None
    samples: Callable = dicts


def streamnorm(arrays=False, **arguments):
    def make(n_features, *widths):
        from streamnorm import NormPropClassifier

        model = NormPropClassifier(hidden=widths[:-1], seed=42, **arguments)
        if arrays:
            return Model(model.learn_many, samples=lambda X, y: [(X, y)])
        return Model(model.learn_one, model.predict_proba_one)

    return make


def learning_file(**arguments):
    def make(n_features, *widths):
        import tempfile
        from pathlib import Path

        import numpy as np

        from benchmarks.speed.stream import batch
        from streamnorm import NormPropClassifier
        from streamnorm.export import EdgeLearner, to_onnx

        model = NormPropClassifier(hidden=widths[:-1], seed=42, **arguments)
        for x, y in dicts(*batch(np.random.default_rng(1), 100, n_features, widths[-1])):
            model.learn_one(x, y)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.onnx")
            to_onnx(model, path, learn=True)
            device = EdgeLearner(path)
        return Model(device.learn_one, device.predict_proba_one)

    return make


def torch_eager(n_features, *widths):
    """The plain step on NormProp layers, as torch's documentation writes a step."""
    import torch
    from torch.nn.functional import cross_entropy

    from streamnorm.nn import Linear, NormalizedActivation

    torch.manual_seed(42)
    *hidden, n_classes = widths
    module = torch.nn.Sequential()
    for width in hidden:
        module.extend([Linear(n_features, width), NormalizedActivation("relu")])
        n_features = width
    module.append(torch.nn.Linear(n_features, n_classes))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.003)

    def learn(x, y):
        optimizer.zero_grad()
        cross_entropy(module(x), y).backward()
        optimizer.step()

    def predict(x):
        with torch.inference_mode():
            return module(x).softmax(1)

    def samples(X, y):
        return rows(torch.from_numpy(X).float(), torch.from_numpy(y))

    return Model(learn, predict, samples)


def deep_river(optimizer):
    def make(n_features, *widths):
        import torch
        from deep_river.classification.zoo import MultiLayerPerceptron
        from river import preprocessing

        torch.manual_seed(42)
        *hidden, n_classes = widths
        net = MultiLayerPerceptron(
            n_features=n_features,
            n_width=hidden[0],
            n_layers=len(hidden),
            n_init_classes=n_classes,
            optimizer_fn=optimizer,
            lr=1e-3,
        )
        model = preprocessing.StandardScaler() | net
        return Model(model.learn_one, model.predict_proba_one)

    return make


def logistic_regression(*size):
    from river import linear_model

    model = linear_model.LogisticRegression()
    return Model(model.learn_one, model.predict_proba_one, two_classes)


def scaled_logistic_regression(*size):
    from river import linear_model, preprocessing

    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    return Model(model.learn_one, model.predict_proba_one, two_classes)


def two_classes(X, y):
    return [(x, label > 0) for x, label in dicts(X, y)]


def forest(*size):
    from river import forest

    model = forest.ARFClassifier(seed=42)
    return Model(model.learn_one, model.predict_proba_one)


def scikit_learn(n_features, *widths):
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    *hidden, n_classes = widths
    model = MLPClassifier(hidden, solver="sgd", random_state=42)
    model.partial_fit(np.zeros((1, n_features)), [0], classes=range(n_classes))
    return Model(model.partial_fit, model.predict_proba, rows)


def vowpal_wabbit(n_features, *widths):
    import vowpalwabbit

    n_classes = widths[-1]
    kind = "--loss_function logistic" if n_classes == 2 else f"--oaa {n_classes}"
    model = vowpalwabbit.Workspace(f"--quiet --random_seed 42 --nn {widths[0]} {kind}")

    def samples(X, y):
        labels = [2 * label - 1 if n_classes == 2 else label + 1 for label in y.tolist()]
        texts = [" ".join(f"{j}:{value:.6g}" for j, value in enumerate(row)) for row in X.tolist()]
        return [(f"{label} | {text}", None) for label, text in zip(labels, texts, strict=True)]

    return Model(lambda line, _: model.learn(line), model.predict, samples)


# Each makes a model for features, widths of hidden layers, and classes.
MAKERS = {
    "streamnorm, SGD": streamnorm(optimizer="sgd", learning_rate=0.03),
    "streamnorm, RMSprop": streamnorm(optimizer="rmsprop", learning_rate=0.003),
    'streamnorm, `"auto"`': streamnorm(),
    "streamnorm, SGD, from arrays": streamnorm(arrays=True, optimizer="sgd", learning_rate=0.03),
    "streamnorm, SGD, NumPy engine": streamnorm(engine="reference", optimizer="sgd", learning_rate=0.03),
    "streamnorm, SGD, torch engine": streamnorm(engine="autograd", optimizer="sgd", learning_rate=0.03),
    "the same step in torch": torch_eager,
    "deep-river, SGD": deep_river("sgd"),
    "deep-river, Adam": deep_river("adam"),
    "River, logistic regression": logistic_regression,
    "River, scaler + logistic regression": scaled_logistic_regression,
    "River, forest": forest,
    "scikit-learn": scikit_learn,
    "Vowpal Wabbit": vowpal_wabbit,
}

# The same of exported files, which have a race of their own.
LEARNING_FILES = {
    "learning file, SGD": learning_file(optimizer="sgd", learning_rate=0.03),
    "learning file, RMSprop": learning_file(optimizer="rmsprop", learning_rate=0.003),
    "learning file, Adam": learning_file(optimizer="adam", learning_rate=0.001),
    'learning file, `"auto"`': learning_file(),
}
