"""The command. A file for each group of verbs; whatever is heavy is imported inside the verb that needs it."""

from __future__ import annotations

import _thread
import contextlib
import io
import os
import sys
import warnings
from threading import Timer
from typing import Annotated, Any

import typer

from seqloom import __version__
from seqloom.cli import vectors
from seqloom.cli.answer import evaluate, predict
from seqloom.cli.backtest import backtest
from seqloom.cli.curve import curve
from seqloom.cli.demo import demo
from seqloom.cli.get import get
from seqloom.cli.inspect import inspect
from seqloom.cli.rank import rank
from seqloom.cli.rate import rate
from seqloom.cli.train import train
from seqloom.errors import SeqloomError

__all__ = ["main", "run"]

_EPILOG = "Exit codes: 0 done, 1 failed, 2 wrong usage. Every verb explains itself: seqloom train --help"


class _Group(typer.core.TyperGroup):
    """What a verb raises is told here: typer would leave with codes of its own (130, and 1 for a closed pipe)."""

    def invoke(self, ctx: Any) -> Any:
        """The verb's exit code, once it has said whatever there was to say."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except SeqloomError as problem:
            return _fail(str(problem), code=problem.exit_code)
        except KeyboardInterrupt:
            return _fail("stopped by Ctrl-C.", code=1)
        except BrokenPipeError:  # whoever read this (head, a pager) has gone, and nothing is wrong
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as problem:
            name = f"{problem.filename}: " if problem.filename else ""
            return _fail(f"{name}{problem.strerror or problem}.", code=1)
        except MemoryError:
            return _fail("the memory is full. Give fewer texts, or a smaller --max-features.", code=1)
        return 0


app = typer.Typer(
    name="seqloom",
    cls=_Group,
    help="Point it at texts, series or measurements; get a trained, compared and saved model.",
    epilog=_EPILOG,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command()(train)
app.command()(evaluate)
app.command()(predict)
app.command()(inspect)
app.command()(demo)
app.command()(get)
app.command()(curve)
app.command()(rank)
app.command()(rate)
app.command()(backtest)
app.add_typer(vectors.app)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"seqloom {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Point it at labelled texts, get a trained, compared and saved classifier."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2)


def main() -> None:
    """Run the command; errors that are meant for a person come as one line, without a traceback."""
    _open_streams()
    sys.unraisablehook = _hear_ctrl_c
    with warnings.catch_warnings():
        warnings.simplefilter("default" if sys.warnoptions else "ignore")
        warnings.filterwarnings("always", category=UserWarning, module=r"seqloom(\.|$)")
        warnings.showwarning = _show_warning
        try:
            code = app(standalone_mode=False, prog_name="seqloom")
        except typer.TyperException as problem:  # an option or argument that typer itself refused
            told = problem.format_message()
            context = getattr(problem, "ctx", None)
            verb = context.command_path if context else "seqloom"
            code = _fail(f"{told}{'' if told.endswith(('.', '?')) else '.'} See: {verb} --help", code=2)
        except (KeyboardInterrupt, typer.Abort):
            code = _fail("stopped by Ctrl-C.", code=1)
    sys.exit(code or 0)


def run() -> None:
    """The command as a process of its own: it ends at once, as taking JAX and a million objects down lasts a second."""
    try:
        main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 1
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BrokenPipeError, ValueError):
                stream.flush()
        os._exit(code)


def _hear_ctrl_c(problem: Any) -> None:
    """Ctrl-C that fell into a callback of the garbage collector (JAX has one) is given again, not lost."""
    if issubclass(problem.exc_type, KeyboardInterrupt):
        Timer(0.05, _thread.interrupt_main).start()  # once that callback is left
    else:
        sys.__unraisablehook__(problem)


def _open_streams() -> None:
    """Let output that the terminal's encoding does not have be escaped, not be a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _show_warning(message: Warning | str, *_place: Any, **_more: Any) -> None:
    """A warning of ours as a line for a person: which line of which module gave it is not theirs to know."""
    print(f"seqloom: {message}", file=sys.stderr)


def _fail(message: str, *, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    # names and values in it come from files: what steers a terminal is made visible
    shown = "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in message)
    print(f"seqloom: {shown}", file=sys.stderr)
    return code
