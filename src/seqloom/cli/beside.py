"""Columns beside the texts that a saved model is asked about: typed in, or read and remarked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from seqloom.cli.console import Console
    from seqloom.predictor import Predictor
    from seqloom.text.column_encoder import ColumnEncoder

__all__ = ["fill_columns", "name_columns", "tell_remarks"]


def name_columns(predictor: Predictor) -> tuple[str, ...]:
    """The columns that a saved model reads beside the text."""
    return () if predictor.columns_ is None else tuple(predictor.columns_.names)


def fill_columns(
    console: Console, encoder: ColumnEncoder | None, values: Sequence[str] | None, *, n: int
) -> dict[str, Any] | None:
    """What stands beside each of ``n`` texts, from ``--with-value COLUMN=VALUE``; what was not given is missing.

    Parameters
    ----------
    console : Console
        Where it is told what is missing.
    encoder : ColumnEncoder or None
        The model's; None for a model of texts alone.
    values : sequence of str or None
        As typed.
    n : int
        Texts.

    Returns
    -------
    dict or None
        A list of N values for each column; None for a model of texts alone.

    Raises
    ------
    UsageError
        For a column that the model does not read, and one that is given twice. A value that the model can make nothing
        of is told.
    """
    if encoder is None:
        if values:
            raise UsageError("--with-value found, and the model was trained on texts alone. Leave it out.")
        return None
    given: dict[str, str] = {}
    for text in values or ():
        name, sign, value = text.partition("=")
        if not sign or name not in encoder.names or name in given:
            raise UsageError(
                f"--with-value {text!r} found, COLUMN=VALUE expected, each once. The columns of the model are "
                f"{', '.join(encoder.names)}."
            )
        given[name] = value
    columns = {name: [given.get(name)] * n for name in encoder.names}
    tell_remarks(console, encoder, {name: cells[:1] for name, cells in columns.items()})
    if missing := [name for name in encoder.names if not (given.get(name) or "").strip()]:
        console.warn(f"{', '.join(missing)} counted as missing. --with-value {missing[0]}=VALUE gives one.")
    return columns


def tell_remarks(
    console: Console, encoder: ColumnEncoder | None, columns: pl.DataFrame | dict[str, Any] | None
) -> None:
    """On standard error, what in ``columns`` the ``encoder`` of a model can make nothing of."""
    from seqloom.text.columns import read_columns

    if encoder is not None and columns is not None:
        for remark in encoder.remark(read_columns(columns)):
            console.warn(remark)
