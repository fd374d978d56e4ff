"""A trained model as a directory of C sources."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from streamnorm import files
from streamnorm.anomaly_detector import NormPropAnomalyDetector
from streamnorm.arguments import require_one_of
from streamnorm.estimator import NormProp

from . import learning, prediction
from .arrays import taking_arrays
from .front import Front, standardizing
from .header import header
from .identity import identified
from .interface import INTERFACES
from .source import source


def to_c(model: Any, directory: str | Path, learn: bool = False, which: str = "mixture") -> list[Path]:
    """A trained model as C99 for a microcontroller: no heap, nothing of the C library but its mathematics.

    The directory gets `model.h`, which is all that a program includes, `model.c` with the model's numbers, and the
    sources of the native engine that these call. Compile every `.c` of it. Like an ONNX file it computes in float32,
    whatever the model does, and predicts the same within 1e-5.

    Parameters
    ----------
    model
        A classifier or regressor of streamnorm that has learned from a sample, or a River pipeline that ends in one,
        whose steps become C as well. A text in a sample is given by its place in `model_texts`.
        Of a series, `input_shape=(channels, steps)`, `model_push` makes windows of samples as a `SlidingWindow` does.
    directory
        Where to; made if it is missing. Files of an earlier export are replaced, or removed where this one has none.
    learn
        `False`: `model_predict` alone, and all weights are constants, which stay in flash. `True`: `model_learn` as
        well, which goes on where the model stands, and takes the same steps; what it changes is in RAM, in one
        variable.
    which
        With several learning rates: `"mixture"` is what the model predicts; `"best"` is the replica that counts most,
        alone, for a fraction of the size.

    Returns
    -------
    The files.

    Raises
    ------
    TypeError
        For anything but a streamnorm estimator or a pipeline that ends in one, a step that cannot be exported, or a
        pipeline that is to learn: its other steps learn as well, but for a `SlidingWindow`.
    ImportError
        For a pipeline, where the onnx package is not installed.
    ValueError
        For a model that has not learned anything yet, or holds a number that a float32 or an int64 cannot, or a label
        or text that C cannot; for an anomaly detector, and a step that needs an operator which has no C here.
    NotADirectoryError
        Where there is a file of the directory's name.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import to_c
    >>> model = NormPropClassifier((8,), seed=42)
    >>> for x, y in datasets.Phishing():
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     paths = to_c(model, directory, which="best")
    ...     source = pathlib.Path(directory, "model.c").read_text()
    >>> [path.name for path in paths if path.suffix == ".c"]
    ['kernel.c', 'model.c']
    >>> source.count("float W_")
    2

    """
    require_one_of("which", which, ("mixture", "best"))
    directory = Path(directory)
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(f"{directory} is a file: to_c writes several, and takes a directory for them")
    # isinstance would see through to the last step of a pipeline.
    alone = issubclass(type(model), NormProp) and model._task in INTERFACES
    estimator = model if alone else _estimator_in(model, learn)
    if not estimator._learner.mixture.fan_in or not estimator._learner.mixture.fan_out:
        raise ValueError("the model has learned no sample with a feature yet: call learn_one before exporting it")
    if estimator.input_shape:
        front = taking_arrays(estimator, estimator.features_) if alone else _window_front(model)
    else:
        front = standardizing(model) if alone else _pipeline_front(model)
    kernel = learning.KERNEL if learn else prediction.KERNEL
    engine = resources.files("streamnorm.engines.native")
    contents = {name: engine.joinpath(name).read_text(encoding="utf-8") for name in kernel}
    state = learning.state(estimator, which) if learn else None
    contents["model.h"], contents["model.c"] = identified(
        header(estimator, front, state), source(estimator, front, learn, which)
    )
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        files.replace(directory / name, content.encode())
    # Of an earlier export that learned: they would be compiled as well.
    for name in set(learning.KERNEL) - contents.keys():
        (directory / name).unlink(missing_ok=True)
    return [directory / name for name in contents]


def _estimator_in(model: Any, learn: bool) -> NormProp:
    """The estimator that a pipeline ends in."""
    from ..pipeline.model import parts  # Which names the extra where onnx is missing.

    estimator, *unit = parts(model)[1:]
    if isinstance(estimator, NormPropAnomalyDetector):
        raise ValueError("a NormPropAnomalyDetector has no C yet: its score is not in the C sources. Use to_onnx.")
    # Of the steps in front of arrays only windows and what selects their channels can be exported: they learn nothing.
    if learn and not (estimator.input_shape and unit == [0.0, 1.0]):
        raise TypeError(
            "a pipeline cannot learn in C, for its other steps learn as well: export the estimator alone with "
            "learn=True, and give it the features that the steps make"
        )
    return estimator


def _pipeline_front(model: Any) -> Front:
    from .pipeline import transforming  # With onnx, which a model alone does not need.

    return transforming(model)


def _window_front(model: Any) -> Front:
    from ..pipeline.model import parts
    from ..windows import channels

    taken = parts(model)
    names = channels(taken)
    *_, window = [None, *taken.steps.values()]
    return taking_arrays(taken.estimator, names, window.step if window else 1, (taken.mean, taken.sd))
