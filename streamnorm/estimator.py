"""What the public estimators have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from river import base

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines import ENGINES
from streamnorm.features import finite_number
from streamnorm.layers import Dense
from streamnorm.learner import Learner
from streamnorm.losses import Loss
from streamnorm.network import Network
from streamnorm.optim import OPTIMIZERS
from streamnorm.standardizer import Standardizer
from streamnorm.unscaled import Unscaled

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoDataFrame, IntoSeries

# Standardised inputs beyond are cut. 3 to 10 predict alike.
CLIP = 5.0


class NormProp(base.Estimator):
    """Base of the estimators: it checks their arguments and builds what learns behind them."""

    hidden: tuple[int, ...]
    learning_rate: float | str
    optimizer: str
    activation: str
    standardize: bool
    fading_factor: float
    engine: str
    dtype: str
    seed: int | None

    def _build(self, loss: Loss) -> Learner:
        """The learner that the arguments describe; raises where one of them is wrong."""
        require_one_of("optimizer", self.optimizer, OPTIMIZERS)
        require_one_of("activation", self.activation, ACTIVATIONS)
        require_one_of("engine", self.engine, ENGINES)
        require_one_of("dtype", self.dtype, ("float32", "float64"))
        _require_flag("standardize", self.standardize)
        if not isinstance(self.hidden, tuple) or not all(_is_count(units) for units in self.hidden):
            raise ValueError(f"hidden is a tuple of layer widths such as (64, 64), not {self.hidden!r}")
        if not (self.seed is None or _is_count(self.seed, at_least=0)):
            raise ValueError(f"seed is an int of 0 or more, or None, not {self.seed!r}")
        if not _is_number(self.fading_factor) or not 0.0 <= self.fading_factor < 1.0:
            raise ValueError(f"fading_factor is a number from 0 to below 1, not {self.fading_factor!r}")
        optimizer = OPTIMIZERS[self.optimizer]()
        if self.learning_rate != "auto":
            if not _is_number(self.learning_rate) or not 0.0 < self.learning_rate <= 1.0:
                raise ValueError(f"learning_rate is 'auto' or a number above 0 and up to 1, not {self.learning_rate!r}")
            optimizer = OPTIMIZERS[self.optimizer](float(self.learning_rate))
        network = Network(
            [Dense(units, self.activation) for units in self.hidden],
            optimizer.slots,
            self.dtype,
            seed=int(np.random.default_rng().integers(2**63)) if self.seed is None else self.seed,
        )
        scaler = Standardizer(self.fading_factor, CLIP, self.dtype) if self.standardize else Unscaled(self.dtype)
        return Learner(network, scaler, loss, optimizer, self.engine)

    def save(self, path: str | Path) -> None:
        """Write the model to a file, from which `streamnorm.load` continues bit for bit.

        The file is replaced in one step: whoever reads it sees the old or the new model, never a half.

        Parameters
        ----------
        path
            Where to. The file is in the safetensors format.

        """
        from streamnorm.checkpoint import save

        save(self, path)

    @property
    def _raw_memory_usage(self) -> int:
        # River's own count takes an array's buffer twice, and would add NumPy's constants.
        learner: Learner = self._learner
        arrays = [array for _, array in learner.network.arrays()] + [*learner.standardizer.arrays().values()]
        names = learner.features.names
        return sum(map(sys.getsizeof, arrays)) + sys.getsizeof(names) + sum(map(sys.getsizeof, names))

    def _get_params(self) -> dict[str, Any]:
        # River's `clone` looks at the first element of every tuple, so an empty one travels as a list.
        return {name: [] if value == () else value for name, value in super()._get_params().items()}

    _learner: Learner


def checked_weight(w: Any) -> float:
    """A sample weight as a float; raises for what is none."""
    weight = finite_number(w, "the sample weight", "Use a number of 0 or more.")
    if weight < 0.0:
        raise ValueError(f"the sample weight is {weight:g}. Use a number of 0 or more.")
    return weight


def rows(X: IntoDataFrame) -> Iterator[Mapping[Any, Any]]:
    """The rows of a frame as dicts."""
    from river.utils import dataframe

    yield from dataframe.into_frame(X).iter_rows(named=True)


def values(y: IntoSeries) -> list[Any]:
    """The values of a series."""
    from river.utils import dataframe

    return dataframe.into_series(y).to_list()


def _is_count(value: Any, at_least: int = 1) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= at_least


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is True or False, not {value!r}")


def require_one_of(name: str, value: Any, choices: Any) -> None:
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name} is one of {', '.join(map(repr, choices))}, not {value!r}")
