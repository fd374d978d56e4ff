"""The workspace that the kernel asks for, known before it runs: `measure` in kernel.c and `lay_out` in learner.c."""

from __future__ import annotations

from streamnorm.network import Network

# A cache line, where each of its arrays begins, in bytes and in floats.
_LINE = 64
_IN_LINE = 16
# Arrays that a layer leaves for those who come later.
_TRACE = 7


def forward_bytes(network: Network, directions: bool = False) -> str:
    """Bytes for one network, as a constant expression in C. Only an optimiser with state needs directions."""
    shapes = [parameters["W"].value.shape for parameters in network.parameters]
    longest = _aligned(max(fan_in for _, fan_in in shapes))
    widest = max(longest, *(_aligned(fan_out) for fan_out, _ in shapes))
    indices = _aligned(sum(1 + fan_out for fan_out, _ in shapes))
    reals = _TRACE * sum(_aligned(fan_out) for fan_out, _ in shapes) + 3 * widest + longest
    if directions:
        reals += sum(2 * _aligned(fan_out) + fan_out * _aligned(fan_in) for fan_out, fan_in in shapes)
    return f"{_LINE} + {indices} * sizeof(size_t) + {reals} * sizeof(float)"


def learner_bytes(network: Network, replicas: int) -> str:
    """Bytes for a learner with that many replicas of a network, as a constant expression in C."""
    doubles = 2 * network.fan_out + replicas + (network.fan_out + 7) // 8
    reals = (network.fan_in + 3 * network.fan_out + 1) // 2 * 2
    own = f"{doubles} * sizeof(double) + {reals} * sizeof(float)"
    return f"{own} + {forward_bytes(network, directions=bool(network.slots))}"


def _aligned(n: int) -> int:
    return (n + _IN_LINE - 1) // _IN_LINE * _IN_LINE
