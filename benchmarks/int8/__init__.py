"""When is int8 worth it? See docs/int8.md."""
