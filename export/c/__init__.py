"""A model as C99 for a microcontroller: const arrays, and the native engine's own kernel."""

from .directory import to_c

__all__ = ["to_c"]
