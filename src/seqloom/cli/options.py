"""Options that several verbs take, each with the reason for its default, and what can be meant by a value."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqloom.text.vectors import WordVectors

__all__ = [
    "AsJson",
    "BadRow",
    "Encoding",
    "LabelColumn",
    "LabelSeparator",
    "Overwrite",
    "Quiet",
    "ReplaceFile",
    "Run",
    "Seed",
    "TextColumn",
    "check_choice",
    "check_devices",
    "check_picture",
    "check_rate",
    "open_vectors",
    "parse_class_weight",
    "parse_seconds",
    "pick_params",
]

_READ = "What to read"

# Arguments of verbs that learners take under the same name, as they are.
_PARAMS = (
    *("max_features", "min_df", "length", "keep", "width", "vectors", "freeze", "thaw_after", "dropout"),
    *("units", "layers", "bidirectional", "recurrent_dropout", "kernel_size", "heads"),
    *("optimizer", "learning_rate", "epochs", "batch_size", "monitor", "schedule", "warmup", "clip_norm"),
    *("weight_decay", "label_smoothing", "average_epochs"),
)

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or what save() wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
ReplaceFile = Annotated[
    bool, typer.Option("--overwrite", help="Replace the file that is written. Off, so that nothing is lost.")
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a run of that name. Off, as a run may have taken hours."),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Of split, weights, shuffling, dropout: the same seed gives the same bits.")
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="Column of the texts. Default: found by name and content, and said.",
        rich_help_panel=_READ,
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label",
        metavar="COLUMN",
        help="Column of the labels. Default: found by name and content, and said.",
        rich_help_panel=_READ,
    ),
]
LabelSeparator = Annotated[
    str | None,
    typer.Option(
        "--label-separator",
        metavar="SIGN",
        help="What stands between several labels in one field, such as ;. A field without any is a text without labels "
        "then. Default: a field is one label. Lists (JSONL, Parquet) and several __label__ are known as they are.",
        rich_help_panel=_READ,
    ),
]
Encoding = Annotated[
    str,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="Of text files (cp949, latin-1 ...). UTF-8, as most files are; a byte order mark goes before it.",
        rich_help_panel=_READ,
    ),
]
BadRow = Annotated[
    str,
    typer.Option(
        "--on-bad-row",
        metavar="error|skip",
        help="A row that cannot be read stops all, or is left out and counted. Stopping, as a row left out is easily "
        "forgotten.",
        rich_help_panel=_READ,
    ),
]


def check_choice(option: str, value: str | None, choices: tuple[str | None, ...]) -> None:
    """Nothing, if ``value`` is one of ``choices``; a UsageError that lists them otherwise (``option`` names it)."""
    if value not in choices:
        known = ", ".join(choice for choice in choices if choice)
        few = sum(choice is not None for choice in choices) == 1
        raise UsageError(f"{option} {value!r} found, {known if few else f'one of {known}'} expected.")


def check_picture(path: Path, *, overwrite: bool) -> None:
    """Nothing, if a picture can be written to ``path``; UsageError otherwise, before the work and not behind it."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{path}: pictures are .svg or .png, not {path.suffix or 'without an ending'}.")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already. Give another name, or pass --overwrite.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.parent} is no folder that exists. Make it, or give another place with -o.")


def check_rate(rate: float | None) -> None:
    """Nothing, if ``rate`` can be a learning rate; a UsageError otherwise."""
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise UsageError(f"--learning-rate {rate:g} found, a number above 0 expected, such as 0.001.")


def check_devices(wanted: int | None) -> int | None:
    """The number of ``--devices``, if there are so many: asked before anything is read or trained."""
    if wanted is not None:
        from seqloom import engine

        engine.prepare_jax()
        engine.check_n_devices(wanted)
    return wanted


def open_vectors(params: Mapping[str, Any], *, families: Sequence[str]) -> WordVectors | None:
    """The word vectors of ``--vectors``: what cannot be used is found out before anything else is read.

    Parameters
    ----------
    params : mapping
        Constructor arguments of the learners.
    families : sequence of str
        What is to be trained.

    Returns
    -------
    WordVectors or None
        None without ``--vectors``.

    Raises
    ------
    UsageError
        Where options contradict each other, or no family has word vectors.
    SeqloomError
        Where there are no vectors at that place, or they are damaged.
    """
    from seqloom.nets.defaults import NET_DEFAULTS
    from seqloom.tasks.text_classifier import TextClassifier

    if params["vectors"] is not None and not NET_DEFAULTS.keys() & set(families):
        raise UsageError(
            f"--vectors with {' and '.join(families)} found: only nets begin from word vectors "
            f"({', '.join(sorted(NET_DEFAULTS))}). Train one of them too, or leave --vectors out."
        )
    return TextClassifier(**params).open_vectors()


def parse_class_weight(given: Sequence[str] | None) -> dict[str, float] | str | None:
    """What ``--class-weight`` was given, as learners take it.

    Parameters
    ----------
    given : sequence of str or None
        ``balanced`` alone, or ``CLASS=N`` any number of times.

    Returns
    -------
    dict, str or None
        None where nothing was given.

    Raises
    ------
    UsageError
        Where it is neither.

    Examples
    --------
    >>> parse_class_weight(["spam=5", "a=b=0.5"])
    {'spam': 5.0, 'a=b': 0.5}
    """
    if not given or list(given) == ["balanced"]:
        return "balanced" if given else None
    weights = {}
    for text in given:
        name, _, number = text.rpartition("=")
        if not name or not re.fullmatch(r"[0-9]*\.?[0-9]+", number):
            raise UsageError(f"--class-weight {text!r} found, balanced or CLASS=NUMBER expected, such as spam=5.")
        weights[name] = float(number)
    return weights


def parse_seconds(text: str | None) -> float | None:
    """A duration in seconds from ``90``, ``90s``, ``10m``, ``1.5h``.

    Parameters
    ----------
    text : str or None
        What was typed.

    Returns
    -------
    float or None
        Seconds; None for None.

    Raises
    ------
    UsageError
        Where it is no duration above zero.

    Examples
    --------
    >>> parse_seconds("10m")
    600.0
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|)", text.strip())
    if not found or float(found[1]) == 0:
        raise UsageError(f"--budget {text!r} found, a duration such as 90s, 10m or 1.5h expected.")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def pick_params(given: Mapping[str, Any]) -> dict[str, Any]:
    """The learner's settings among all that a verb was given.

    Parameters
    ----------
    given : mapping
        The verb's arguments by name; those that it does not have are left to the learner.

    Returns
    -------
    dict
        Constructor arguments.

    Raises
    ------
    UsageError
        Where a duration or a class's weight cannot be read.
    """
    read: dict[str, Callable[[Any], Any]] = {
        "budget": parse_seconds,
        "class_weight": parse_class_weight,
        "devices": check_devices,
        "patience": lambda epochs: epochs or None,
    }
    params = {name: given[name] for name in _PARAMS if name in given}
    params |= {"n_buckets": given["buckets"]} if "buckets" in given else {}
    return params | {name: parse(given[name]) for name, parse in read.items() if name in given}
