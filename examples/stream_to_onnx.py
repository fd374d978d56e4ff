"""Learn a stream one sample at a time while its features and classes appear, then leave as an ONNX file.

python examples/stream_to_onnx.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from river import datasets, metrics

from streamnorm import NormPropClassifier
from streamnorm.export import EdgeModel, to_onnx

# The colour channels of the camera are connected only after 500 samples.
COLOURS = ("rawred-mean", "rawgreen-mean", "rawblue-mean")

model = NormPropClassifier(seed=42)
accuracy = metrics.Accuracy()
for i, (x, y) in enumerate(datasets.ImageSegments()):
    if i < 500:
        x = {name: value for name, value in x.items() if name not in COLOURS}
    accuracy.update(y, model.predict_one(x))
    model.learn_one(x, y)
    if i in (0, 499, 500, 2309):
        print(f"{i + 1:5} samples  {len(model.features_):2} features  {len(model.classes_)} classes  {accuracy}")

with TemporaryDirectory() as directory:
    path = Path(directory, "segments.onnx")
    to_onnx(model, path)
    edge = EdgeModel(path)
    same = sum(edge.predict_one(x) == model.predict_one(x) for x, _ in datasets.ImageSegments())
    print(f"{path.stat().st_size / 1000:.1f} kB of ONNX predict the same label for {same} of 2310 samples")
