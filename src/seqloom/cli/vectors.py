"""``seqloom vectors``: word vectors trained, converted, asked, and drawn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli.arguments import check_choice, check_picture
from seqloom.cli.console import Console, count_places, fill, say_count, say_name, say_share
from seqloom.cli.options import AsJson, BadRow, Encoding, Quiet, ReplaceFile, TextColumn
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from seqloom.text.vectors import WordVectors

__all__ = ["analogy", "app", "convert", "coverage", "near", "plot", "train"]

app = typer.Typer(
    name="vectors",
    help="Word vectors: train them on your own texts, convert files of them, ask for near words and analogies.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

# Words of a map that nobody chose: more would lie on top of each other.
_N_MAPPED = 40
_CONTENT_LETTERS = 6

Vectors = Annotated[
    Path,
    typer.Argument(metavar="VECTORS", help="A folder that train or convert wrote, or a vector file (kept converted)."),
]
Data = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA...",
        help="Whatever train reads, or .txt with a text a line; labels are not needed. One or several.",
    ),
]
ReplaceVectors = Annotated[
    bool, typer.Option("--overwrite", help="Replace vectors of that name. Off, so that nothing is lost.")
]
Count = Annotated[int, typer.Option("-n", min=1, metavar="N", help="Words to tell: 10 fit on any screen.")]


@app.command()
def train(
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the vectors go.")],
    text: TextColumn = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="ppmi|skipgram",
            help="Counts, weighed and factorised; or skip-gram by gensim, which must be installed. Counts, as they "
            "take a twentieth of the time and find what is alike better; skip-gram is a little better at analogies.",
        ),
    ] = "ppmi",
    width: Annotated[int, typer.Option("--width", min=1, metavar="N", help="Numbers of a vector.")] = 100,
    window: Annotated[
        int, typer.Option("--window", min=1, metavar="WORDS", help="How far apart words still stand together.")
    ] = 5,
    max_words: Annotated[
        int, typer.Option("--max-words", min=2, metavar="N", help="Words at most, the most frequent: memory grows so.")
    ] = 30_000,
    min_count: Annotated[
        int,
        typer.Option(
            "--min-count", min=1, metavar="N", help="Times a word must stand there: of fewer, little is known."
        ),
    ] = 5,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="The same seed gives the same bits; with skipgram only nearly.")
    ] = 0,
    overwrite: ReplaceVectors = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train word vectors on your own texts."""
    from seqloom.text.vectors.train import N_STAGES, VectorOptions, train_vectors

    check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    check_choice("--method", method, ("ppmi", "skipgram"))
    _check_free(output, overwrite=overwrite)
    console = Console(quiet=quiet, as_json=as_json)
    options = VectorOptions(
        width=width, window=window, max_words=max_words, min_count=min_count, method=method, seed=seed
    )
    began = time.perf_counter()
    texts = _read_each(data, console, text=text, encoding=encoding, on_bad_row=on_bad_row)
    with console.progress(N_STAGES, label="vectors") as advance:
        vectors = train_vectors(texts, options, advance=advance)
    vectors.save(output, overwrite=overwrite)
    seconds = time.perf_counter() - began
    for i, note in enumerate(vectors.notes):
        console.say("" if i else "Counted", note)
    console.say("Trained", f"{say_count(len(vectors), 'word')}, {vectors.width} numbers each, in {seconds:.1f} s")
    console.say("Saved", f"{output}/  (card.json, words.json, vectors.npy)")
    console.say("Next", f"seqloom vectors near {output} {say_name(_choose_words(vectors)[0])}")
    console.give({"output": str(output), "n_words": len(vectors), "width": vectors.width, **vectors.origin})


def _check_free(folder: Path, *, overwrite: bool) -> None:
    from seqloom.artifact import check_free
    from seqloom.text.vectors.store import FORM

    check_free(folder, overwrite=overwrite, form=FORM)


def _read_each(
    data: list[Path], console: Console, *, text: str | None, encoding: str, on_bad_row: str
) -> Iterator[pl.Series]:
    """The texts of each file in turn, so that several together may be larger than memory."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import ReadOptions

    options = ReadOptions(text=text, encoding=encoding, on_bad_row=on_bad_row, unlabelled=True, needs_label=False)
    for path in data:
        table = read_texts(path, options)
        console.say("Read", f"{say_count(len(table), 'text')} in {table.name}")
        for note in table.notes:
            console.say("", note)
        yield table.texts


@app.command()
def near(
    vectors: Vectors,
    word: Annotated[str, typer.Argument(metavar="WORD", help="A word; if it has no vector, close spellings are told.")],
    n: Count = 10,
    as_json: AsJson = False,
) -> None:
    """Tell the words most like a word."""
    console = Console(as_json=as_json)
    _tell_words(console, _open(vectors, console).near(word, n))


@app.command()
def analogy(
    vectors: Vectors,
    a: Annotated[str, typer.Argument(metavar="A", help="As in: A is to B")],
    b: Annotated[str, typer.Argument(metavar="B", help="(man is to king)")],
    c: Annotated[str, typer.Argument(metavar="C", help="as C is to what? (as woman is to queen)")],
    n: Count = 10,
    as_json: AsJson = False,
) -> None:
    """Tell what is to C as B is to A: man king woman asks for the queen."""
    console = Console(as_json=as_json)
    _tell_words(console, _open(vectors, console).analogy(a, b, c, n=n))


def _open(path: Path, console: Console) -> WordVectors:
    from seqloom.text.vectors.start import open_vectors

    found = open_vectors(path)
    for note in found.notes:  # of a file; those of a folder were told when it was made
        console.warn(f"{path}: {note}")
    return found


def _tell_words(console: Console, ranked: list[tuple[str, float]]) -> None:
    shown = [say_name(word) for word, _ in ranked]
    width = max(map(count_places, shown), default=0)
    for name, (_, likeness) in zip(shown, ranked, strict=True):
        console.print(f"{fill(name, width)}  {likeness:6.3f}")
    console.give([{"word": word, "similarity": likeness} for word, likeness in ranked])


@app.command()
def convert(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="GloVe text, word2vec text or binary, fastText .vec; plain or .gz.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the converted vectors go: they open at once.")
    ],
    on_bad_row: BadRow = "error",
    overwrite: ReplaceVectors = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Convert a file of word vectors to a folder that opens in a blink."""
    from seqloom.text.vectors import WordVectors
    from seqloom.text.vectors.convert import convert_file

    check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    console = Console(quiet=quiet, as_json=as_json)
    began = time.perf_counter()
    notes = convert_file(file, folder, on_bad_row=on_bad_row, overwrite=overwrite)
    seconds = time.perf_counter() - began
    vectors = WordVectors.open(folder)
    told = f"{say_count(len(vectors), 'word')}, {say_count(vectors.width, 'number')} each, in {seconds:.1f} s"
    console.say("Read", f"{told}, of {file}")
    for note in notes:
        console.say("", note)
    console.say("Saved", f"{folder}/  (card.json, words.json, vectors.npy)")
    console.give({"output": str(folder), "n_words": len(vectors), "width": vectors.width, "notes": notes})


@app.command()
def coverage(
    vectors: Vectors,
    data: Data,
    text: TextColumn = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    as_json: AsJson = False,
) -> None:
    """Tell how much of some texts has a vector, and the most frequent words that have none."""
    check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    console = Console(as_json=as_json)
    found = _open(vectors, console)
    known = found.coverage(_read_each(data, console, text=text, encoding=encoding, on_bad_row=on_bad_row))
    for word, n, n_known in (
        ("Tokens", known.n_tokens, known.n_known_tokens),
        ("Types", known.n_types, known.n_known_types),
    ):
        console.say(word, f"{say_share(n_known / n if n else float('nan'))} of {n:,} have a vector")
    missing = [f"{say_name(word)} ({n:,})" for word, n in known.missing]
    more = ", ..." if known.n_types - known.n_known_types > len(missing) else ""
    console.say("Missing", ", ".join(missing) + more or "nothing")
    console.give(
        {
            "tokens": {"n": known.n_tokens, "known": known.n_known_tokens},
            "types": {"n": known.n_types, "known": known.n_known_types},
            "missing": [{"word": word, "n": n} for word, n in known.missing],
        }
    )


@app.command()
def plot(
    vectors: Vectors,
    words: Annotated[
        str | None,
        typer.Option(
            "--words",
            metavar="A,B,...",
            help=f"Which words, with commas between. Default: the {_N_MAPPED} most frequent of {_CONTENT_LETTERS} "
            "letters or more, as shorter ones are mostly grammar.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The picture: .svg or .png.")] = Path(
        "map.svg"
    ),
    overwrite: ReplaceFile = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw words as a map: what is alike lies near."""
    from seqloom.report.wordmap import plot_words

    console = Console(quiet=quiet, as_json=as_json)
    check_picture(output, overwrite=overwrite)
    found = _open(vectors, console)
    chosen = _choose_words(found) if words is None else [word.strip() for word in words.split(",") if word.strip()]
    if len(set(chosen)) < 2:
        raise UsageError(f"--words {words!r} found, two words or more expected, with commas between.")
    chosen = list(dict.fromkeys(chosen))
    points, share = found.plane(chosen)
    plot_words(points, output, words=chosen, share=share)
    console.say(
        "Drew", f"{say_count(len(chosen), 'word')} to {output}; two axes of {found.width} hold {say_share(share)}"
    )
    placed: list[dict[str, Any]] = [
        {"word": word, "x": x, "y": y} for word, (x, y) in zip(chosen, points.round(6).tolist(), strict=True)
    ]
    console.give({"output": str(output), "share": share, "words": placed})


def _choose_words(vectors: WordVectors) -> list[str]:
    """The most frequent words that mean something, or just the first ones where there are too few such."""
    able = (word for word in vectors.words if len(word) >= _CONTENT_LETTERS and word.isalpha())
    chosen = [word for word, _ in zip(able, range(_N_MAPPED), strict=False)]
    return chosen if len(chosen) > 1 else vectors.words[:_N_MAPPED]
