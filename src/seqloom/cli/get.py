"""``seqloom get``: public data sets and word vectors, from where their makers keep them."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from seqloom.cli.console import Console, say_bytes, say_count
from seqloom.cli.options import AsJson, Quiet

if TYPE_CHECKING:
    from seqloom.frames.catalogue import Offer
    from seqloom.frames.obtain import Obtained

__all__ = ["get"]


def get(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="imdb, jena, glove or glove-twitter. Default: list what there is."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FOLDER",
            help="Where archive and unpacked files go. Default: data/ in the cache folder ($SEQLOOM_CACHE, or seqloom "
            "in the user's cache), so that each is downloaded once.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="ARCHIVE",
            help="The archive, downloaded by other means: checked and unpacked, without a network. Default: none.",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Download and unpack again, and record the checksum again where nobody has published one. Off, as "
            "some of the files are large.",
        ),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Download NAME from its official address, check it, unpack it; once done, only check it."""
    from seqloom.cache import cache_folder
    from seqloom.errors import UsageError
    from seqloom.frames.catalogue import find_offer

    console = Console(quiet=quiet, as_json=as_json)
    folder = output or cache_folder() / "data"
    if name is None:
        if file is not None:
            raise UsageError("--file: say what it is, too: seqloom get imdb --file aclImdb_v1.tar.gz")
        return _list_offers(console, folder)
    offer = find_offer(name)
    if file is not None and not file.is_file():
        raise UsageError(f"--file {file}: there is no such file.")
    obtained = _obtain(console, offer, folder=folder, archive=file, overwrite=overwrite)
    _tell(console, obtained)
    return console.give(_as_json(obtained))


def _obtain(console: Console, offer: Offer, *, folder: Path, archive: Path | None, overwrite: bool) -> Obtained:
    """All stages, each with its bar."""
    from seqloom.frames.obtain import obtain

    console.say("Get", f"{offer.title}\n{offer.file}, {say_bytes(offer.n_bytes)}")
    obtained: Any = None
    stage, begun = "", ExitStack()
    with begun:
        for step in obtain(offer, folder, archive=archive, overwrite=overwrite):
            if step.stage != stage:
                begun.close()
                stage = step.stage
                if stage == "download" and step.n_done:
                    console.say("Resumed", f"behind the {say_bytes(step.n_done)} that an earlier start had fetched")
                show = begun.enter_context(console.transfer(label=stage))
            show(step.n_done, step.n_total)
            obtained = step.obtained
    return obtained


def _tell(console: Console, obtained: Obtained) -> None:
    """Whose word the checksum is, what was unpacked, on which terms, and what is next."""
    offer = obtained.offer
    source = (
        f"as published by {offer.checksum_from}"
        if obtained.is_published
        else ("recorded at the first download, as nobody has published one: a later file is held against it")
    )
    console.say("Checked", f"sha256 {obtained.sha256[:16]}..., {source}")
    what = f"{say_count(obtained.n_files, 'file')}, {say_bytes(obtained.n_bytes)}"
    console.say("Unpacked" if obtained.is_new else "Here", what if obtained.is_new else f"{what}, unpacked before")
    console.say("Licence", f"{offer.licence}; credit: {offer.credit}")
    console.say("Saved", f"{obtained.path}")
    if offer.next_command:
        command = offer.next_command.format(shlex.quote(str(obtained.path)))
        console.print(f"{'Next':<12}{command}")  # not folded, however long: it is there to be copied


def _as_json(obtained: Obtained) -> dict[str, Any]:
    return {
        "name": obtained.offer.name,
        "path": str(obtained.path),
        "licence": obtained.offer.licence,
        "credit": obtained.offer.credit,
        "sha256": obtained.sha256,
        "is_published": obtained.is_published,
        "is_new": obtained.is_new,
        "address": obtained.address,
        "n_files": obtained.n_files,
        "n_bytes": obtained.n_bytes,
    }


def _list_offers(console: Console, folder: Path) -> None:
    """What there is, how large, and what is here already."""
    from seqloom.errors import SeqloomError
    from seqloom.frames.catalogue import CATALOGUE
    from seqloom.frames.obtain import find_obtained

    found: dict[str, Obtained | None] = {}
    for offer in CATALOGUE:
        try:
            found[offer.name] = find_obtained(offer, folder)
        except SeqloomError:  # something else stands there: told once it is asked for
            found[offer.name] = None
    console.print(f"{'name':<16}{'download':>8}  {'here':<6}what")
    for offer in CATALOGUE:
        is_here = "yes" if found[offer.name] else "no"
        console.print(f"{offer.name:<16}{say_bytes(offer.n_bytes):>8}  {is_here:<6}{offer.title}")
        where = urlsplit(offer.addresses[0]).hostname
        console.print(f"{'':<32}from {where}; licence: {offer.licence}")
    console.print()
    console.say("Folder", str(folder))
    console.say("Next", f"seqloom get {CATALOGUE[0].name}")
    rows = []
    for offer in CATALOGUE:
        here = found[offer.name]
        facts = {name: getattr(offer, name) for name in ("name", "title", "addresses", "n_bytes", "licence", "credit")}
        rows.append({**facts, "path": str(here.path) if here else None})
    console.give(rows)
