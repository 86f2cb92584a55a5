"""What a verb was given: read, and refused where it cannot be meant, before anything else is done."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.errors import UsageError
from seqloom.tasks.families import FAMILIES

if TYPE_CHECKING:
    from seqloom.text.vectors import WordVectors

__all__ = [
    "check_choice",
    "check_choices",
    "check_devices",
    "check_picture",
    "check_rate",
    "check_use",
    "open_vectors",
    "parse_class_weight",
    "parse_families",
    "parse_seconds",
    "pick_params",
]

# What an option may say, in every verb that has it.
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "task": ("classify",),
    "keep": ("first", "last"),
    "on_bad_row": ("error", "skip"),
    "family": (None, *FAMILIES),
    "optimizer": ("adam", "adamw", "nadam", "rmsprop", "sgd"),
    "monitor": ("loss", "accuracy", "macro_f1", "roc_auc"),
    "schedule": ("constant", "cosine", "linear"),
}

# Arguments of verbs that learners take under the same name, as they are.
_PARAMS = (
    *("max_features", "min_df", "length", "keep", "width", "vectors", "freeze", "thaw_after", "dropout"),
    *("units", "layers", "bidirectional", "recurrent_dropout", "kernel_size", "heads"),
    *("optimizer", "learning_rate", "epochs", "batch_size", "monitor", "schedule", "warmup", "clip_norm"),
    *("weight_decay", "label_smoothing", "average_epochs"),
)

# Options of predict and evaluate that a saved model has no use for, by the first word of its task.
_OF_NO_USE = {
    "text": ("levels", "plot"),
    "series": ("column", "with_value", "levels", "plot", "text", "label_separator", "wrong"),
    "forecaster": ("column", "with_value", "text", "label", "label_separator", "split", "wrong"),
}


def check_choices(given: Mapping[str, Any]) -> None:
    """Nothing, if all that a verb was ``given`` can be meant; a UsageError otherwise, before anything is read."""
    for name, choices in _CHOICES.items():
        if name in given:
            check_choice(f"--{name.replace('_', '-')}", given[name], choices)
    check_rate(given.get("learning_rate"))


def check_use(task: str, given: Mapping[str, Any]) -> None:
    """Nothing, if all options that a verb was ``given`` are of use to a model of a ``task``; a UsageError otherwise."""
    of_no_use = _OF_NO_USE[task.split("-")[0]]
    if typed := [name for name in of_no_use if given.get(name) is not None]:
        raise UsageError(f"--{typed[0].replace('_', '-')} found, of no use to a {task}. Leave it out.")


def parse_families(text: str, *, has_more: bool) -> tuple[str, ...]:
    """The families of ``--families``, as they were named.

    Parameters
    ----------
    text : str
        Names with commas between.
    has_more : bool
        Whether there are texts without labels.

    Returns
    -------
    tuple of str
        Each once.

    Raises
    ------
    UsageError
        For a name that is no family's, or where none of them has a use for texts without labels.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        check_choice("--families", name, FAMILIES)
    if has_more and "lsa" not in names:
        raise UsageError(
            f"--unlabelled with --families {text} found: only lsa learns from texts without labels. Add it, or leave "
            "--unlabelled out."
        )
    return names


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
    params |= {"ngram_range": (1, given["ngrams"])} if "ngrams" in given else {}
    return params | {name: parse(given[name]) for name, parse in read.items() if name in given}
