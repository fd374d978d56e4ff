"""What the public estimators have in common."""

from __future__ import annotations

import abc
import copy
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from river import base

from streamnorm import names
from streamnorm.activations import ACTIVATIONS
from streamnorm.arguments import checked_shape, is_count, require_flag, require_one_of
from streamnorm.engines import ENGINES
from streamnorm.layers import DECLARED, Declared, Dense, placed
from streamnorm.layers.placement import size_of
from streamnorm.learner import Learner
from streamnorm.losses import Loss
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, OPTIMIZERS
from streamnorm.presets import PRESETS, preset
from streamnorm.room import buffer
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

if TYPE_CHECKING:
    from streamnorm.health import Health

# Mean squares, counts and shares.
_NEVER_NEGATIVE = (
    *(".v", ".count", ".counts", ".variance", ".steps", ".last", ".weights", ".smoothed", ".samples"),
    *(".clock", ".seen", ".forgotten"),
)
# Whatever is counted can be counted on from here.
_MOST_STEPS = 2**62
# A mean is subtracted as a float32.
_LARGEST_MEAN = float(np.finfo(np.float32).max)
# Standardised inputs beyond are cut. 3 to 10 predict alike.
CLIP = 5.0


class NormProp(base.Estimator):
    """Base of the estimators: it checks their arguments and builds what learns behind them."""

    hidden: tuple[Declared, ...] | str
    learning_rate: float | str
    optimizer: str
    activation: str
    standardize: bool
    fading_factor: float
    missing: str = "error"
    max_features: int | None = None
    input_shape: tuple[int, ...] | None = None
    learn_every: int = 1
    engine: str
    dtype: str
    seed: int | None

    def _build(self, loss: Loss, target: Standardizer | None = None) -> Learner:
        """The learner that the arguments describe; raises where one of them is wrong."""
        require_one_of("optimizer", self.optimizer, OPTIMIZERS)
        require_one_of("activation", self.activation, ACTIVATIONS)
        require_one_of("engine", self.engine, ENGINES)
        require_one_of("dtype", self.dtype, ("float32", "float64"))
        require_flag("standardize", self.standardize)
        require_one_of("missing", self.missing, ("error", "mean"))
        if not (self.max_features is None or is_count(self.max_features)):
            raise ValueError(f"max_features is an int of 1 or more, or None, not {self.max_features!r}")
        if not is_count(self.learn_every):
            raise ValueError(f"learn_every is an int of 1 or more, not {self.learn_every!r}")
        if not (self.seed is None or is_count(self.seed, at_least=0)):
            raise ValueError(f"seed is an int of 0 or more, or None, not {self.seed!r}")
        fading = self.fading_factor
        if not isinstance(fading, int | float) or isinstance(fading, bool) or not 0.0 <= fading < 1.0:
            raise ValueError(f"fading_factor is a number from 0 to below 1, not {fading!r}")
        shape = self._checked_shape()
        layers = placed(self._checked_hidden(shape), shape, self.activation)
        height, width = size_of(shape)
        # All replicas start alike: different seeds predict no better.
        seed = int(np.random.default_rng().integers(2**63)) if self.seed is None else self.seed
        optimizers = [OPTIMIZERS[self.optimizer](rate) for rate in self._rates()]
        networks = [Network(layers, o.slots, self.dtype, seed, height * width) for o in optimizers]
        # What slides over a channel needs all of it on one scale.
        positions = height * width if layers and not isinstance(layers[0], Dense) else 1
        scaler = Standardizer(fading, CLIP, "float32", positions) if self.standardize else Unscaled()
        mixture = Mixture(networks, optimizers)
        return Learner(
            mixture, scaler, target, loss, self.engine, self.missing, self.max_features, shape, self.learn_every
        )

    def _checked_hidden(self, shape: tuple[int, ...] | None) -> tuple[Declared, ...]:
        hidden = self.hidden
        if isinstance(hidden, str):
            require_one_of("hidden", hidden, PRESETS)
            return preset(hidden, shape)
        if not isinstance(hidden, tuple) or not all(is_count(layer) or isinstance(layer, DECLARED) for layer in hidden):
            raise ValueError(
                "hidden is a tuple of layer widths such as (64, 64) and layers such as Conv1d(16, 7), or one "
                f"of {', '.join(map(repr, PRESETS))}, not {hidden!r}"
            )
        return hidden

    def _checked_shape(self) -> tuple[int, ...] | None:
        if self.input_shape is None:
            return None
        shape = checked_shape(self.input_shape)
        if self.max_features is not None:
            raise ValueError("max_features is for features that come and go: an array has those of its input_shape")
        return shape

    def _rates(self) -> tuple[float, ...]:
        rate = self.learning_rate
        if isinstance(rate, str) and rate == "auto":
            return AUTO_RATES[self.optimizer]
        if not isinstance(rate, int | float | np.floating) or isinstance(rate, bool) or not 0.0 < rate <= 1.0:
            raise ValueError(f"learning_rate is 'auto' or a number above 0 and up to 1, not {rate!r}")
        return (float(rate),)

    def health(self, samples: Iterable[dict[base.typing.FeatureName, Any]] = ()) -> Health:
        """A report on the hidden layers, as a dict and as a picture: how true mean 0 and sd 1 are on the stream.

        It is on the network of the learning rate that counts most. Nothing changes.

        Parameters
        ----------
        samples
            Recent samples, whose activations are looked at. Without any, `mean` and `sd` are None, and units are
            judged by the range in which they have learned.

        Returns
        -------
        `samples` and `steps` that were looked at and taken; `learning_rates`, as `learning_rates_`; and `layers`, each
        with its number of `units`, `mean` and `sd` of the normalised activations (of a unit at all its positions, on
        average; pools have no units and are left out), the share of
        `dead` units (whose activation has no slope anywhere), and the least and the largest `gain` g and `norm` of a
        weight row, which started at 1 / 1.21 and at 1. `to_svg(path)` draws it; a notebook does so by itself.

        Examples
        --------
        >>> from river import datasets
        >>> from streamnorm import NormPropClassifier
        >>> model = NormPropClassifier(seed=42)
        >>> for x, y in datasets.ImageSegments():
        ...     model.learn_one(x, y)
        >>> health = model.health(x for x, y in datasets.ImageSegments().take(500))
        >>> [(round(layer["mean"], 1), round(layer["sd"], 1), layer["dead"]) for layer in health["layers"]]
        [(-0.1, 0.9, 0.0), (0.6, 1.8, 0.0)]

        """
        from streamnorm.health import health

        return health(self._learner, samples)

    def save(self, path: str | Path) -> None:
        """Write the model to a file, from which `streamnorm.load` continues bit for bit.

        The file is replaced in one step: whoever reads it sees the old or the new model, never a half.

        Parameters
        ----------
        path
            Where to. The file is in the safetensors format.

        Raises
        ------
        TypeError
            For a feature name that a file cannot hold, or a class of one's own, which could not be loaded again.
        OSError
            Where the file cannot be written. The old one, if there is one, stays as it was.

        """
        from streamnorm.checkpoint import save

        save(self, path)

    @property
    def features_(self) -> list[base.typing.FeatureName]:
        return list(self._learner.features.names)

    @property
    def n_forgotten_(self) -> int:
        recency = self._learner.recency
        return int(recency.forgotten[0]) if recency else 0

    @property
    def learning_rates_(self) -> dict[float, float]:
        mixture = self._learner.mixture
        rates = (optimizer.learning_rate for optimizer in mixture.optimizers)
        return dict(zip(rates, mixture.weights.tolist(), strict=True))

    def _standardizers(self) -> dict[str, Standardizer | Unscaled]:
        own: dict[str, Standardizer | Unscaled] = {"features": self._learner.standardizer}
        return {**own, "target": self._learner.target} if self._learner.target else own

    def _state(self) -> dict[str, Any]:
        """What a checkpoint holds besides the arguments and the arrays."""
        return {"features": names.to_json(self.features_), "seed": self._learner.mixture.networks[0].seed}

    def _arrays(self) -> dict[str, Array]:
        """Every array that learning changes, under its name in a checkpoint."""
        arrays = {f"network.{name}": array for name, array in self._learner.mixture.arrays().items()}
        for prefix, standardizer in self._standardizers().items():
            arrays |= {f"{prefix}.{name}": array for name, array in standardizer.arrays().items()}
        if self._learner.recency:
            arrays |= {f"recency.{name}": array for name, array in self._learner.recency.arrays().items()}
        if self._learner.pace:
            arrays["pace.count"] = self._learner.pace.count
        return arrays

    def _restore(self, state: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Take over a checkpoint; raises ValueError where it does not fit the arguments."""
        if not is_count(state["seed"], at_least=0):
            raise ValueError("seed is not a count")
        # Only the first features get initial weights, and no step says that these are not the first.
        for network in self._learner.mixture.networks:
            network.seed = state["seed"]
        features = names.from_json(state["features"])
        if self.input_shape is None:
            self._learner.check_count(len(features))
            self._learner.add_features(features)
        elif features != self.features_:
            raise ValueError("its features are not the channels of its input_shape")
        own = self._arrays()
        if {name: (a.shape, a.dtype) for name, a in own.items()} != {
            name: (a.shape, a.dtype) for name, a in arrays.items()
        }:
            raise ValueError("its arrays are not those of the model it describes")
        for name, array in own.items():
            if not np.isfinite(arrays[name]).all():
                raise ValueError(f"array {name} is not finite")
            if name.endswith(_NEVER_NEGATIVE) and (arrays[name] < 0).any():
                raise ValueError(f"array {name} is negative")
            if arrays[name].dtype == np.int64 and (arrays[name] > _MOST_STEPS).any():
                raise ValueError(f"array {name} counts further than any model could")
            if name.endswith(".mean") and (np.abs(arrays[name]) > _LARGEST_MEAN).any():
                raise ValueError(f"array {name} is larger than a mean could be")
            array[...] = arrays[name]
        if abs(arrays["network.weights"].sum() - 1.0) > 1e-9:
            raise ValueError("the weights of the learning rates do not sum to 1")
        for network in self._learner.mixture.networks:
            if any((last > network.step).any() for last in network.last):
                raise ValueError("a unit's last step has not been taken")
        for standardizer in self._standardizers().values():
            standardizer.restore(**standardizer.arrays())
        self._learner.connect()

    def __getstate__(self) -> dict[str, Any]:
        # A copy from between two steps, whatever other threads do meanwhile.
        with self._learner.alone():
            return copy.deepcopy(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The arrays may come read-only, from another process's memory. The learner has copied its own.
        learner = state["_learner"]
        self.__dict__.update(copy.deepcopy(state, {id(learner): learner}))

    @property
    def _raw_memory_usage(self) -> int:
        # River's own count takes an array's buffer twice, and would add NumPy's constants.
        features = self._learner.features.names
        return sum(map(sys.getsizeof, [*map(buffer, self._arrays().values()), features, *features]))

    def _get_params(self) -> dict[str, Any]:
        # River's `clone` looks at the first element of every tuple, so an empty one travels as a list.
        return {name: [] if value == () else value for name, value in super()._get_params().items()}

    _learner: Learner
    # The name of one of streamnorm.export.tasks.
    _task: str

    def _state_beside(self) -> dict[str, Array]:
        """Arrays that a file that learns has in its state besides those of the learner."""
        return {}

    def _output_names(self) -> list[Any]:
        """The names of what is predicted, in the order of the outputs; none where nothing has a name."""
        return []

    @staticmethod
    @abc.abstractmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        """How many outputs the network of a checkpoint's state has, which has so many inputs."""

    @staticmethod
    def _shape(parameters: dict[str, Any]) -> tuple[int, ...] | None:
        """The shape of an array that is a sample, of a checkpoint's arguments."""
        return parameters.get("input_shape")
