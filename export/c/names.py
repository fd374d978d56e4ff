"""The names that a program needs: of the classes, and of texts."""

from __future__ import annotations

from streamnorm.labels import Label

from .literals import text


def label_type(classes: list[Label]) -> str:
    return "const char *const " if isinstance(classes[0], str) else "const int64_t "


def label_table(classes: list[Label]) -> list[str]:
    """The definition of the classes; raises ValueError for one that an int64 cannot hold."""
    if isinstance(classes[0], str):
        values = [text(str(label)) for label in classes]
    else:
        for label in map(int, classes):
            if not -(2**63) <= label < 2**63:
                raise ValueError(f"label {label} does not fit an int64: use a str instead")
        # C has no literal for the least.
        values = ["INT64_MIN" if label == -(2**63) else f"{int(label)}" for label in classes]
    return [f"{label_type(classes)}model_classes[MODEL_CLASSES] = {{", *(f"    {value}," for value in values), "};", ""]


def text_table(texts: list[str]) -> list[str]:
    """The definition of the texts, if there are any."""
    if not texts:
        return []
    return ["const char *const model_texts[MODEL_TEXTS] = {", *(f"    {text(value)}," for value in texts), "};", ""]
