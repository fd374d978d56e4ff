"""A model leaves for a device, goes on learning there with onnxruntime alone, and comes home.

python examples/learn_on_device.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from river import datasets, metrics

import streamnorm
from streamnorm import NormPropClassifier
from streamnorm.export import EdgeLearner, to_onnx

stream = [*datasets.ImageSegments()]
at_home, on_device, home_again = stream[:500], stream[500:1500], stream[1500:]


def test_then_train(model, samples):
    accuracy = metrics.Accuracy()
    for x, y in samples:
        accuracy.update(y, model.predict_one(x))
        model.learn_one(x, y)
    return accuracy


model = NormPropClassifier(seed=42)
print("at home    ", test_then_train(model, at_home))

with TemporaryDirectory() as directory:
    path = Path(directory, "segments.onnx")
    to_onnx(model, path, learn=True, spare_classes=2)

    device = EdgeLearner(path)
    print("on device  ", test_then_train(device, on_device))
    device.save(path)
    print(f"            {path.stat().st_size / 1000:.0f} kB, atomically replaced; EdgeLearner(path) goes on from there")

    model = streamnorm.load_edge(path)
print("home again ", test_then_train(model, home_again))
