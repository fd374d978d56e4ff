"""What the estimators of several targets at once have in common."""

from __future__ import annotations

from typing import Any

from streamnorm import names
from streamnorm.arguments import checked_weight
from streamnorm.supervised import Supervised
from streamnorm.targets import TargetIndex


class Several(Supervised):
    """Base of the estimators that learn a dict of targets, of which a sample may have some and not others."""

    _targets: TargetIndex

    def _learn(self, x: Any, y: Any, w: float) -> None:
        targets, new = self._targets.read(y)
        weight = checked_weight(w)
        if new or not self._learner.learn_plain(x, targets, weight):
            self._learn_alone(x, y, weight)

    def _learn_alone(self, x: Any, y: Any, weight: float) -> None:
        with self._learner.alone():
            targets, new = self._targets.read(y)  # Another thread may have added some.
            row = self._learner.admit(x)  # Raises before a target is added.
            self._add([*new])
            self._learner.learn_row(row, [*targets, *new.values()], weight)

    def _add(self, new: list[Any]) -> None:
        self._learner.add_outputs(len(new))
        self._targets.add(new)

    def _output_names(self) -> list[Any]:
        return list(self._targets.names)

    @staticmethod
    def _n_outputs(state: dict[str, Any], fan_in: int) -> int:
        return len(state["targets"])

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "targets": names.to_json(self._targets.names)}

    def _restore(self, state: dict[str, Any], arrays: dict[str, Any]) -> None:
        self._add(names.from_json(state["targets"]))
        super()._restore(state, arrays)
