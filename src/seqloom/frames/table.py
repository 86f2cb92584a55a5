"""What reading gives, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

__all__ = ["ReadOptions", "Sheet", "TextTable", "join_tables", "make_table"]


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What a person can ask of a reader.

    Parameters
    ----------
    text : str or None
        Column of the texts; None finds it by name and content.
    label : str or None
        Column of the labels; None finds it by name and content.
    split : str or None
        Column that says train, valid or test; None takes one named ``split`` (or like it) with such values.
    group : str or None
        Column of what rows belong to (a document, a person): no split tears them apart. None: nothing but equal texts.
    beside : tuple of str
        Columns to keep beside the text, for models that read numbers and categories too.
    encoding : str
        How characters are written as bytes. A byte order mark in the file goes before it.
    on_bad_row : {"error", "skip"}
        What to do with a row that cannot be read. Stopping is the default, as a row left out is a row not known of.
    unlabelled : bool
        Whether folders like ``unsup`` are read too, as texts without a label.
    needs_label : bool
        Whether rows without labels are an error; False when predicting.
    label_separator : str or None
        What stands between several labels in one field of a table; a field without any is a row without labels then.
        None: a field is one label.
    """

    text: str | None = None
    label: str | None = None
    split: str | None = None
    group: str | None = None
    beside: tuple[str, ...] = ()
    encoding: str = "utf-8"
    on_bad_row: str = "error"
    unlabelled: bool = False
    needs_label: bool = True
    label_separator: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table as it stands in a file, before anyone has said which column is the text.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows and columns, in the order of the file.
    notes : tuple of str
        What a person should know of the reading.
    kinds : mapping
        For JSON, whose columns need not be of one type: column -> kind of value -> first line that has it.
    """

    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    kinds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """Texts with their labels, as every later stage takes them.

    Parameters
    ----------
    frame : polars.DataFrame
        ``text`` (String, never null), ``label`` (String, or List(String) where rows have several labels or none,
        sorted, each once; null where missing) and ``split`` (``train``, ``valid``, ``test`` or null), N rows; and
        ``group``, null where a row belongs to none, and ``beside``, a struct of columns as they stand in the file, if
        such were asked for.
    name : str
        The path as it was given.
    text_column, label_column, split_column, group_column : str or None
        Where they came from, for a table file.
    notes : tuple of str
        Short sentences for a person: what was taken, what was passed over, and why.
    source : polars.DataFrame or None
        The table as it was read, all columns in order; for folders, the column ``file``.
    """

    frame: pl.DataFrame
    name: str
    text_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    notes: tuple[str, ...] = ()
    source: pl.DataFrame | None = None

    def __len__(self) -> int:
        """The number of rows, N."""
        return self.frame.height

    @property
    def texts(self) -> pl.Series:
        """The texts, ``[N]`` String, never null."""
        return self.frame["text"]

    @property
    def labels(self) -> pl.Series:
        """The labels, ``[N]`` String or List(String), null where missing."""
        return self.frame["label"]

    @property
    def are_several(self) -> bool:
        """Whether a row can have several labels, or none."""
        return isinstance(self.labels.dtype, pl.List)

    @property
    def groups(self) -> pl.Series | None:
        """What rows belong to, ``[N]`` String, null where to nothing; None where nobody asked."""
        return self.frame["group"] if "group" in self.frame.columns else None

    @property
    def columns(self) -> pl.DataFrame | None:
        """The columns beside the text, ``[N]`` rows; None where nobody asked."""
        return self.frame["beside"].struct.unnest() if "beside" in self.frame.columns else None

    def with_lists(self) -> TextTable:
        """The same with a list of labels for each row, of one where it had one."""
        if self.are_several:
            return self
        several = pl.when(pl.col("label").is_not_null()).then(pl.concat_list("label"))
        return replace(self, frame=self.frame.with_columns(several.alias("label")))


def make_table(
    texts: pl.Series, *, labels: pl.Series | None = None, splits: pl.Series | None = None, name: str = "texts"
) -> TextTable:
    """A table from columns that are in memory already.

    Parameters
    ----------
    texts : polars.Series
        ``[N]`` String; null becomes the empty text.
    labels : polars.Series or None
        ``[N]`` of any type that has a text form, or lists of such; None means that every label is missing.
    splits : polars.Series or None
        ``[N]`` String: ``train``, ``valid``, ``test`` or null; None means null everywhere.
    name : str
        What to call it where a path would stand.

    Returns
    -------
    TextTable
        Without a source.

    Examples
    --------
    >>> table = make_table(pl.Series(["good", None]), labels=pl.Series([1, 0]))
    >>> table.frame.rows()
    [('good', '1', None), ('', '0', None)]
    """
    missing = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
    labels = missing if labels is None else labels
    if isinstance(labels.dtype, pl.List):
        labels = labels.cast(pl.List(pl.String)).list.unique().list.sort()
    frame = pl.DataFrame(
        {
            "text": texts.cast(pl.String).fill_null(""),
            "label": labels if isinstance(labels.dtype, pl.List) else labels.cast(pl.String),
            "split": missing if splits is None else splits.cast(pl.String),
        }
    )
    return TextTable(frame=frame, name=name)


def join_tables(table: TextTable, other: TextTable, *, split: str) -> TextTable:
    """One table's rows and then another's, which are all of one part.

    Parameters
    ----------
    table : TextTable
        Its rows that said ``split`` themselves lose that mark, as the other table takes its place.
    other : TextTable
        More rows.
    split : str
        What the other's rows are for: ``train``, ``valid`` or ``test``.

    Returns
    -------
    TextTable
        Named after the first, without a source.

    Examples
    --------
    >>> first, second = (make_table(pl.Series([text]), labels=pl.Series(["a"])) for text in ("x", "y"))
    >>> join_tables(first, second, split="test").frame["split"].to_list()
    ['train', 'test']
    """
    if table.are_several or other.are_several:
        table, other = table.with_lists(), other.with_lists()
    before = table.frame.filter(pl.col("split").is_null() | (pl.col("split") != split))
    before = before.with_columns(pl.col("split").fill_null("train"))
    behind = other.frame.with_columns(pl.lit(split).alias("split"))
    if "beside" in before.columns and before.schema["beside"] != behind.schema["beside"]:
        # a column of numbers in one file has a word among them in the other: as strings both can be read
        before, behind = (frame.with_columns(_write_fields(frame["beside"])) for frame in (before, behind))
    left_out = table.frame.height - before.height
    notes = [*table.notes, f"{split} rows come from {other.name}", *other.notes]
    if left_out:
        notes.append(f"left {left_out:,} {split} rows of {table.name} out, as {other.name} takes their place")
    return replace(table, frame=pl.concat([before, behind]), notes=tuple(notes), source=None)


def _write_fields(structs: pl.Series) -> pl.Series:
    """The same structs with fields of strings."""
    return structs.struct.unnest().select(pl.all().cast(pl.String)).to_struct(structs.name)
