"""The peers, each built as its documentation shows, with the same net and the same rate where it is a net."""

from __future__ import annotations

import importlib
import io
import warnings
from pathlib import Path

from river import forest, linear_model, preprocessing

WIDTH, RATE = 64, 1e-3


class PlainTorch:
    """A net, Adam and River's running standardiser, put together by hand. Must know features and labels ahead."""

    def __init__(self, features, labels, seed, rate):
        import torch
        from torch import nn

        torch.manual_seed(seed)
        self.torch, self.features, self.labels = torch, features, labels
        self.scaler = preprocessing.StandardScaler()
        hidden = nn.Linear(len(features), WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU()
        self.net = nn.Sequential(*hidden, nn.Linear(WIDTH, len(labels)))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=rate)
        self.loss = nn.CrossEntropyLoss()

    def read(self, x):
        x = self.scaler.transform_one(x)
        return self.torch.tensor([[x[name] for name in self.features]])

    def learn_one(self, x, y):
        self.scaler.learn_one(x)
        self.optimizer.zero_grad()
        self.loss(self.net(self.read(x)), self.torch.tensor([self.labels.index(y)])).backward()
        self.optimizer.step()

    def predict_one(self, x):
        with self.torch.inference_mode():
            return self.labels[int(self.net(self.read(x)).argmax())]

    def predict_proba_one(self, x):
        with self.torch.inference_mode():
            p = self.net(self.read(x)).softmax(1)[0]
        return dict(zip(self.labels, p.tolist(), strict=True))


def build(peer, features, labels, seed, rate):
    if peer == "streamnorm":
        from streamnorm import NormPropClassifier

        return NormPropClassifier(seed=seed)
    if peer == "River, forest":
        return forest.ARFClassifier(seed=seed)
    if peer == "River, linear":
        last = linear_model.LogisticRegression() if len(labels) == 2 else linear_model.SoftmaxRegression()
        return preprocessing.StandardScaler() | last
    if peer == "plain torch":
        return PlainTorch(features, labels, seed, rate)
    import torch
    from deep_river.classification.zoo import MultiLayerPerceptron

    torch.manual_seed(seed)
    return preprocessing.StandardScaler() | MultiLayerPerceptron(
        n_features=len(features),
        n_width=WIDTH,
        n_layers=2,
        n_init_classes=len(labels),
        optimizer_fn="adam",
        lr=rate,
        is_feature_incremental=peer == "deep-river",  # False is what deep-river does unasked.
        seed=seed,
    )


def export(peer, model):
    """An ONNX file of all that can be exported, how a sample becomes its input, and the labels of its output.

    streamnorm writes the model. Of the two torch peers torch writes the net; what stands in front stays in Python.
    """
    if peer == "streamnorm":
        from streamnorm.export import to_onnx

        return to_onnx(model).SerializeToString(), lambda x: [x[name] for name in model.features_], model.classes_
    if peer.startswith("River"):
        return None
    import torch

    if peer == "plain torch":
        scaler, net, names, labels = model.scaler, model.net, model.features, model.labels
    else:
        scaler, last = model.steps.values()
        net, names, labels = last.module, list(last.observed_features), list(last.observed_classes)

    def read(x):
        x = scaler.transform_one(x)
        return [x[name] for name in names]

    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's newer exporter would need one more package.
        probabilities = torch.nn.Sequential(net, torch.nn.Softmax(1)).eval()
        torch.onnx.export(
            probabilities,
            (torch.zeros(1, len(names)),),
            file,
            dynamo=False,
            input_names=["x"],
            output_names=["probabilities"],
            dynamic_axes={"x": [0]},
        )
    return file.getvalue(), read, labels


def mentions(package):
    """How many of a package's sources speak of ONNX, and of how many."""
    folder = Path(importlib.import_module(package).__file__).parent
    texts = [path.read_text(errors="ignore").lower() for path in folder.rglob("*.py")]
    return sum("onnx" in text for text in texts), len(texts)
