"""A River pipeline with categories leaves as one ONNX file: encoder, network and labels.

python examples/pipeline_to_onnx.py
"""

from numbers import Number
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime
from river import compose, datasets, metrics, preprocessing

from streamnorm import NormPropClassifier
from streamnorm.export import EdgeModel, to_onnx

categories = compose.SelectType(str) | preprocessing.OneHotEncoder()
model = (categories + compose.SelectType(Number)) | NormPropClassifier(seed=42)

stream = [(x, "flare" if y["c-class-flares"] else "quiet") for x, y in datasets.SolarFlare()]
accuracy = metrics.BalancedAccuracy()
for x, y in stream:
    accuracy.update(y, model.predict_one(x))
    model.learn_one(x, y)
print(accuracy)

with TemporaryDirectory() as directory:
    path = Path(directory, "flares.onnx")
    to_onnx(model, path)

    # On a device that has streamnorm: samples as they are, also with something missing or never seen.
    edge = EdgeModel(path)
    print(sum(edge.predict_one(x) == model.predict_one(x) for x, _ in stream), "of", len(stream), "labels are the same")
    print(edge.predict_one({"zurich-class": "Z", "area": 1}), model.predict_one({"zurich-class": "Z", "area": 1}))

    # Anywhere else: one input a feature, [batch, 1], text or float32.
    session = onnxruntime.InferenceSession(path)
    kinds = {"tensor(string)": object, "tensor(float)": np.float32}
    columns = {i.name: np.array([[x[i.name]] for x, _ in stream], kinds[i.type]) for i in session.get_inputs()}
    label, probabilities = session.run(["label", "probabilities"], columns)
    print(dict(zip(*np.unique(label, return_counts=True), strict=True)), probabilities[0])
