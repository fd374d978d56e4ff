"""The learning step itself as a graph."""
