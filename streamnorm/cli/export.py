"""`streamnorm export`: a saved model as an ONNX file, or as C."""

from __future__ import annotations

from pathlib import Path

import click

from streamnorm.cli.saved import open_saved


def export(
    model: Path, onnx: Path | None, c: Path | None, learn: bool, spare_classes: int, int8: bool, which: str
) -> None:
    if (onnx is None) == (c is None):
        raise click.ClickException("give one of --onnx FILE and --c DIRECTORY")
    if onnx and onnx.resolve() == model.resolve():
        raise click.ClickException("MODEL and --onnx must be different files")
    if spare_classes and not learn:
        raise click.ClickException("--spare-classes are for a file that learns: add --learn")
    if int8 and learn:
        raise click.ClickException("a file that learns is not quantized: leave out --int8 or --learn")
    if c and (int8 or spare_classes):
        raise click.ClickException("--int8 and --spare-classes are for --onnx")
    saved = open_saved(model)
    try:
        if onnx:
            from streamnorm.export import to_onnx

            quantize = "int8" if int8 else None
            to_onnx(saved, onnx, which, learn=learn, spare_classes=spare_classes, quantize=quantize)
            written = [onnx]
        else:
            from streamnorm.export import to_c

            assert c is not None
            written = to_c(saved, c, which=which, learn=learn)
    except (TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    for path in written:
        click.echo(f"wrote {path} ({path.stat().st_size / 1000:,.1f} kB)")
