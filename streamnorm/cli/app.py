"""The commands and their options. What each one does is imported when it is called.

`predict` runs where River is not needed, and `--help` should not wait for either.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from streamnorm import __version__


class OneLineErrors(click.Group):
    """Says what went wrong in one line on stderr, where click would print the usage before it."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            status = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            fail(error.format_message(), error.exit_code)
        except click.Abort:
            fail("interrupted", 130)
        except ImportError as error:  # It names the extra that is not installed.
            fail(str(error), 1)
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
        sys.exit(status)


def fail(message: str, status: int) -> None:
    click.echo(f"streamnorm: {' '.join(message.split())}", err=True)
    sys.exit(status)


INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)
DIRECTORY = click.Path(exists=True, file_okay=False, writable=True, path_type=Path)


@click.group(cls=OneLineErrors, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def app(context: click.Context) -> None:
    """Neural networks that learn one sample at a time and leave as one ONNX file."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@app.command()
@click.argument("file", type=INPUT)
@click.option("--target", required=True, help="The column to predict.")
@click.option("--task", type=click.Choice(["auto", "classification", "regression"]), default="auto", show_default=True)
@click.option("--hidden", type=click.Choice(["sensor", "image"]), help="A net of convolutions; needs --input-shape.")
@click.option(
    "--input-shape", metavar="6,50", help="The other columns are one array: channels,steps or channels,height,width."
)
@click.option("--model", type=OUTPUT, help="Save the model here; streamnorm.load goes on from it.")
@click.option("--onnx", type=OUTPUT, help="Export the model here, for ONNX Runtime.")
@click.option("--seed", type=click.IntRange(min=0), default=42, show_default=True, help="Seed of the initial weights.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def train(**options: Any) -> None:
    """Learn a CSV file (plain or gzip) row by row, and test on every row before it is learned.

    The first 1,000 rows decide what a column is. It is text if a cell there is no number, and is then one-hot
    encoded; an empty cell is a missing value, which counts as the mean (in a text column, as no text at all).

    --task auto: a target that is text, or whole numbers of at most 20 different values, is classified; any other
    target is regressed. Labels that are whole numbers are learned as such, all others as the text in the file.

    --input-shape: the columns beside the target are the values of one array, in the order of the file, channel after
    channel (of an image row after row). Such a model goes on from Python; predict and check take columns.

    log_loss is the mean of -log p(true class) with p at least 1e-15. A class never seen before has
    p = 1 / (number of known classes + 1).

    no_change_accuracy and no_change_mae are what saying the last target again would score. Where a model is not far
    above, the stream says the same for long, and its score says little about rows from elsewhere.
    """
    from streamnorm.cli.train import train

    train(**options)


@app.command()
@click.argument("model", type=INPUT)
@click.argument("file", type=INPUT)
def predict(**arguments: Any) -> None:
    """Predict the rows of a CSV file with an exported MODEL.onnx, and print them as CSV.

    Columns that the model does not know are ignored, features without a column count as their mean. Imports neither
    River nor onnx.
    """
    from streamnorm.cli.predict import predict

    predict(**arguments)


@app.command()
@click.argument("model", type=INPUT)
@click.option("--onnx", type=OUTPUT, help="Write an ONNX file, for ONNX Runtime.")
@click.option("--c", type=click.Path(file_okay=False, path_type=Path), help="Write C99 into this directory.")
@click.option("--learn", is_flag=True, help="What is written goes on learning where it lands.")
@click.option("--spare-classes", type=click.IntRange(min=0), default=0, help="Classes that it may meet there.")
@click.option("--int8", is_flag=True, help="Store and multiply weights as 8-bit integers; see docs/int8.md.")
@click.option("--which", type=click.Choice(["mixture", "best"]), default="mixture", show_default=True)
def export(**options: Any) -> None:
    """Write a saved MODEL as an ONNX file, or as C for microcontrollers.

    --which best: of the networks at several learning rates only the one that counts most, at a third of the size.
    """
    from streamnorm.cli.export import export

    export(**options)


@app.command()
@click.argument("model", type=INPUT)
@click.argument("onnx", type=INPUT)
@click.argument("file", type=INPUT)
@click.option("--target", help="Let both learn this column after predicting each row; ONNX was exported with --learn.")
@click.option("--tolerance", type=click.FloatRange(min=0.0), default=1e-5, show_default=True)
def check(**options: Any) -> None:
    """Replay a CSV file through a saved MODEL and an exported ONNX file, and report the largest difference.

    The difference is that of a probability, or of a value, relative to it where it is beyond 1. Above the tolerance the
    status is 1.
    """
    from streamnorm.cli.check import check

    check(**options)


@app.command()
@click.argument("model", type=INPUT, required=False)
def info(**arguments: Any) -> None:
    """Describe a MODEL (exported or saved), or without one, what is installed."""
    from streamnorm.cli.info import info

    info(**arguments)


@app.command()
@click.option("--output", type=DIRECTORY, help="Directory to keep the exported model in.")
def demo(**options: Any) -> None:
    """Learn a real stream, export it to ONNX, and predict the same without the library that learned it."""
    from streamnorm.cli.demo import demo

    demo(**options)
