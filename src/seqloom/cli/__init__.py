"""The command. A file for each group of verbs; whatever is heavy is imported inside the verb that needs it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import click
import typer

from seqloom import __version__
from seqloom.cli.answer import evaluate, predict
from seqloom.cli.demo import demo
from seqloom.cli.inspect import inspect
from seqloom.cli.train import train
from seqloom.errors import SeqloomError

__all__ = ["main"]

_EPILOG = "Exit codes: 0 done, 1 failed, 2 wrong usage. Every verb explains itself: seqloom train --help"

app = typer.Typer(
    name="seqloom",
    help="Point it at labelled texts, get a trained, compared and saved classifier.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command()(train)
app.command()(evaluate)
app.command()(predict)
app.command()(inspect)
app.command()(demo)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"seqloom {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Point it at labelled texts, get a trained, compared and saved classifier."""


def main() -> None:
    """Run the command; errors that are meant for a person come as one line, without a traceback."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except SeqloomError as problem:
        _fail(str(problem), code=problem.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped by Ctrl-C.", code=1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader (head) has gone; nothing is wrong
        sys.exit(0)
    except OSError as problem:
        name = f"{problem.filename}: " if problem.filename else ""
        _fail(f"{name}{problem.strerror or problem}.", code=1)


def _fail(message: str, *, code: int) -> None:
    sys.stdout.flush()
    print(f"seqloom: {message}", file=sys.stderr)
    sys.exit(code)
