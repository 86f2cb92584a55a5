"""Which column of a table is the text, which the label, which the split: asked for, named so, or looking so."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl
import polars.selectors as cs

from seqloom.errors import DataError
from seqloom.frames.splits import find_split
from seqloom.frames.table import ReadOptions, Sheet
from seqloom.frames.wording import name_some

__all__ = ["Choice", "choose_columns"]

# Names in tiers: a column of an earlier tier is taken before one of a later tier; two of one tier are a question.
_TEXT_NAMES = (
    frozenset({"text", "texts"}),
    frozenset(
        {"review", "reviews", "sentence", "content", "body", "comment", "document", "message", "question", "tweet"}
        | {"post", "utterance", "article", "description", "review_text", "comment_text", "sms", "abstract", "email"}
    ),
    frozenset({"title", "headline", "subject", "query", "phrase", "summary"}),
)
_LABEL_NAMES = (
    frozenset({"label", "labels", "class", "classes", "target"}),
    frozenset(
        {"category", "sentiment", "topic", "author", "intent", "language", "lang", "genre", "emotion", "polarity"}
        | {"coarse", "fine", "tag", "tags", "topics", "categories", "genres", "emotions"}
    ),
    frozenset({"stars", "rating", "score", "grade", "y"}),
)
# A column with more values than this, or than half its rows, is not a set of classes that anyone meant.
_MAX_CLASSES = 200
# By length alone a text must stand out: less than this over the next column is a question for the person.
_STANDS_OUT = 1.5


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The columns taken, and why.

    Parameters
    ----------
    text : str
        Column of the texts.
    label, split : str or None
        Columns of the labels and of the split, where there are such.
    notes : tuple of str
        Why these.
    """

    text: str
    label: str | None
    split: str | None
    notes: tuple[str, ...]


def choose_columns(sheet: Sheet, options: ReadOptions, *, path: object) -> Choice:
    """The columns of text, label and split, and why these.

    An option wins; then a name, then the look of the values: the longest strings are the text, few different values
    are the label. What is equally good twice is an error that names both.

    Parameters
    ----------
    sheet : Sheet
        The table.
    options : ReadOptions
        ``text``, ``label``, ``split``, ``group``, ``beside`` and ``needs_label`` count here.
    path : path-like
        The file, for errors.

    Returns
    -------
    Choice
        Its label is None only if none is needed.

    Raises
    ------
    DataError
        If there is no such column, or two that are equally good.

    Examples
    --------
    >>> sheet = Sheet(frame=pl.DataFrame({"review": ["a fine film", "a sad one"], "stars": [5, 1]}))
    >>> choose_columns(sheet, ReadOptions(), path="a.csv").notes
    ('took "review" as the text (named like one), "stars" as the label (named like one)',)
    """
    frame = sheet.frame.with_columns((cs.categorical() | cs.enum()).cast(pl.String))
    named = {role: getattr(options, role) for role in ("text", "label", "split", "group")}
    for option, column in named.items():
        if column is not None and column not in frame.columns:
            raise _no_such_column(option, column, frame=frame, path=path)
    for column in options.beside:
        if column not in frame.columns:
            raise DataError(
                f'no column "{column}" found, which is to stand beside the text (--with, here or when the model was '
                f"trained). The columns are {', '.join(frame.columns)}.{_guess(column, frame, sign='')}",
                path=path,
            )
    asked = {column for column in named.values() if column is not None} | {*options.beside}
    split = options.split or find_split(frame, asked)
    text, why_text = _choose_text(frame, options, taken=asked | {split or ""}, path=path)
    label, why_label = _choose_label(frame, options, taken=asked | {text, split or ""}, path=path)
    roles = [("text", text), ("label", label), ("group", options.group)]
    beside = [("column beside the text", column) for column in options.beside]
    also_split = [("split", split)] if beside else []  # a group may well be the split
    for (role, column), (other, same) in combinations([*roles, *also_split, *beside], 2):
        if column is not None and column == same:
            raise DataError(f'"{column}" cannot be both the {role} and the {other}. Name two columns.', path=path)
    note = f'took "{text}" as the text ({why_text})'
    note += "" if label is None else f', "{label}" as the label ({why_label})'
    note += "" if split is None else f', "{split}" as the split ({_list_splits(frame[split])})'
    note += "" if options.group is None else f', "{options.group}" as the group ({_count_groups(frame[options.group])})'
    note += f", {_list_names(options.beside)} beside the text" if options.beside else ""
    return Choice(text=text, label=label, split=split, notes=(note,))


def _list_names(names: Sequence[str]) -> str:
    """Names in a sentence: ``"stars", "year" and "country"``."""
    *first, last = (f'"{name}"' for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _list_splits(values: pl.Series) -> str:
    return name_some(sorted(str(value) for value in values.unique().drop_nulls()))


def _count_groups(values: pl.Series) -> str:
    named = values.drop_nulls()
    named = named.filter(named.str.strip_chars() != "") if named.dtype == pl.String else named
    n, n_alone = named.n_unique(), len(values) - len(named)
    alone = f", {n_alone:,} row{'s' * (n_alone != 1)} without one stand{'s' * (n_alone == 1)} alone" if n_alone else ""
    return f"{n:,} different value{'s' * (n != 1)}{alone}"


def _choose_text(frame: pl.DataFrame, options: ReadOptions, *, taken: set[str], path: object) -> tuple[str, str]:
    if options.text is not None:
        return options.text, "as asked"
    # A column that is named "text" is one, though it should hold nothing but numbers.
    able = [
        column
        for column in frame.columns
        if column not in taken
        and frame[column].dtype == pl.String
        and (column.lower() in _TEXT_NAMES[0] or _is_wordy(frame[column]))
    ]
    for tier in _TEXT_NAMES:
        named = [column for column in able if column.lower() in tier]
        if named:
            return _take_longest(frame, named, why="named like one", path=path)
    if not able:
        raise DataError(
            f"no column of texts found. The columns are {_list_types(frame)}. Name one with --text COLUMN."
            f"{_suggest_series(frame, options.label)}",
            path=path,
        )
    spaced = [column for column in able if _has_spaces(frame[column])]
    has_numbers = not {*frame.columns} <= {*able, *taken}
    if not spaced and has_numbers and {*able} <= {*_list_ids(frame, options.label)}:
        raise DataError(
            f"no column of texts found, but words that repeat ({', '.join(able)}) beside numbers."
            f"{_suggest_series(frame, options.label)} If they are the texts, add --text {able[0]}.",
            path=path,
        )
    return _take_longest(frame, spaced or able, why="longest column", path=path)


def _suggest_series(frame: pl.DataFrame, label: str | None) -> str:
    """What to add where a table without texts looks like whole series; nothing where it does not."""
    ids = _list_ids(frame, label)
    return f" Whole series, a row for each step? Add --series-id {ids[0]}." if ids else ""


def _list_ids(frame: pl.DataFrame, label: str | None) -> list[str]:
    """Columns whose values repeat, always with the same label, as the id of a series does; words before numbers."""
    if label is None or frame.schema[label].is_nested():
        return []
    plain = [name for name, dtype in frame.schema.items() if name != label and not dtype.is_nested()]
    repeated = [c for c in plain if 1 < frame[c].n_unique() <= len(frame) // 2]
    ids = [c for c in repeated if frame.group_by(c).agg(pl.col(label).n_unique())[label].max() == 1]
    return sorted(ids, key=lambda c: not _is_wordy(frame[c]) if frame[c].dtype == pl.String else True)


def _take_longest(frame: pl.DataFrame, able: list[str], *, why: str, path: object) -> tuple[str, str]:
    if len(able) == 1:
        return able[0], why
    lengths = {column: _mean_length(frame[column]) for column in able}
    first, second = sorted(able, key=lambda column: -lengths[column])[:2]
    if lengths[first] < _STANDS_OUT * lengths[second]:
        first, second = sorted((first, second), key=able.index)
        raise _two_columns("text", first, second=second, path=path)
    return first, "longest column" if why == "longest column" else f"{why}, and the longest"


def _is_wordy(values: pl.Series) -> bool:
    """Whether these strings are not all numbers, dates or times."""
    # Beyond a thousand rows nothing new is learned about what kind of column it is.
    some = values.drop_nulls().head(1000).str.strip_chars()
    some = some.filter(some != "")
    return len(some) == 0 or not some.str.contains(r"^[-+0-9.,:/eE %TZ]*[0-9][-+0-9.,:/eE %TZ]*$").all()


def _has_spaces(values: pl.Series) -> bool:
    share = values.drop_nulls().head(1000).str.contains(r"\S\s+\S").mean()
    return isinstance(share, float) and share >= 0.5


def _mean_length(values: pl.Series) -> float:
    mean = values.drop_nulls().str.len_bytes().mean()
    return mean if isinstance(mean, float) else 0.0


def _choose_label(
    frame: pl.DataFrame, options: ReadOptions, *, taken: set[str], path: object
) -> tuple[str | None, str]:
    if options.label is not None:
        return options.label, "as asked"
    able = [column for column in frame.columns if column not in taken]
    for tier in _LABEL_NAMES:
        named = [column for column in able if column.lower() in tier]
        if tier is not _LABEL_NAMES[0] and options.label_separator is None:
            named = [column for column in named if _are_lists(frame[column]) or _is_few(frame[column])]
        if len(named) > 1 and options.needs_label:
            raise _two_columns("label", named[0], second=named[1], path=path)
        if len(named) > 1:
            break
        if named:
            return named[0], "named like one"
    if not options.needs_label:
        return None, ""
    few = [column for column in able if _is_few(frame[column]) and frame[column].drop_nulls().n_unique() > 1]
    if len(few) > 1:
        raise _two_columns("label", few[0], second=few[1], path=path)
    if not few:
        raise DataError(
            f"no column of labels found. The columns are {_list_types(frame)}. Name one with --label COLUMN.", path=path
        )
    return few[0], f"{frame[few[0]].drop_nulls().n_unique()} different values"


def _are_lists(values: pl.Series) -> bool:
    """Whether they are lists of strings, which in a column that is named like labels are several labels."""
    return values.dtype == pl.List(pl.String)


def _is_few(values: pl.Series) -> bool:
    """Whether a column has so few different values that they could be classes."""
    if values.dtype.is_nested() or values.dtype.is_temporal():
        return False
    filled = values.drop_nulls()
    return 0 < filled.n_unique() <= min(_MAX_CLASSES, max(2, len(filled) // 2))


def _list_types(frame: pl.DataFrame) -> str:
    return ", ".join(f"{name} ({dtype})" for name, dtype in frame.schema.items())


def _two_columns(option: str, first: str, *, second: str, path: object) -> DataError:
    return DataError(
        f'both "{first}" and "{second}" could be the {option}. Say which: --{option} {first} or --{option} {second}.',
        path=path,
    )


def _no_such_column(option: str, column: str, *, frame: pl.DataFrame, path: object) -> DataError:
    guess = _guess(column, frame, sign=f"--{option} ")
    return DataError(
        f"--{option} {column}: there is no such column. The columns are {', '.join(frame.columns)}.{guess}", path=path
    )


def _guess(column: str, frame: pl.DataFrame, *, sign: str) -> str:
    """The column that is spelled nearest, behind what it would be asked for with; nothing where none is near."""
    near: Sequence[str] = difflib.get_close_matches(column, frame.columns, n=1)
    return f" Did you mean {sign}{near[0]}?" if near else ""
