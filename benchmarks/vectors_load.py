"""Claim: a GloVe file of 400,000 words of 100 numbers, loaded for the first time and again, beside gensim.

The file is made up: random words and numbers, in the form and size of ``glove.6B.100d.txt``. Seconds are taken inside
each process, from the call to the vectors, libraries loaded before; the last row opens the converted form.

    python benchmarks/vectors_load.py [--repeats 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from contestants import Contestant, Finished, make_scratch, run_in_turn
from environments import cache_folder, make_environment
from rows import Row, read_versions, write_results

HERE = Path(__file__).parent
N_WORDS, WIDTH = 400_000, 100


def find_file() -> Path:
    """The file, made first where it is not there yet; kept between runs."""
    path = cache_folder() / f"glove-{N_WORDS}x{WIDTH}.txt"
    if not path.exists():
        print(f"  making {path.name}, once", flush=True)
        rng = np.random.default_rng(0)
        letters = np.array(list("etaoinshrdlcumwfgypbvkjxqz"))
        words = ["".join(letters[rng.integers(0, 26, rng.integers(2, 9))]) + str(i) for i in range(N_WORDS)]
        numbers = rng.normal(0, 0.4, (N_WORDS, WIDTH)).astype(np.float32)
        frame = pl.DataFrame(numbers, schema=[str(i) for i in range(WIDTH)]).insert_column(0, pl.Series("word", words))
        partial = path.with_name(path.name + ".writing")
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_csv(partial, include_header=False, separator=" ", float_precision=5, quote_style="never")
        partial.replace(path)
    return path


def name_contestants(path: Path) -> dict[str, Contestant]:
    """Who is timed."""
    ours = (sys.executable, str(HERE / "ours" / "vectors_load.py"), str(path))
    peer = (make_environment("gensim"), str(HERE / "peers" / "gensim_load.py"), str(path))
    shown = "python ours/vectors_load.py FILE"
    return {
        "seqloom, first time": Contestant(shown=shown, argv=ours, cache="cold"),
        "gensim": Contestant(shown="python peers/gensim_load.py FILE", argv=peer),
        "seqloom, again (converted)": Contestant(shown=shown, argv=ours, cache="warm"),
    }


def tell(who: str, contestant: Contestant, *, finished: list[Finished]) -> Row:
    """The row of one contestant."""
    results = [one.read_output() for one in finished]
    if any((result["n_words"], result["width"]) != (N_WORDS, WIDTH) for result in results):
        raise RuntimeError(f"{who} did not read the file whole: {results}")
    return Row(
        what="load",
        who=who,
        command=contestant.shown,
        seconds=[round(result["seconds"], 4) for result in results],
        cpu_seconds=[round(result["cpu_seconds"], 4) for result in results],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        versions=read_versions(contestant.argv[0]),
        facts={"n_bytes": find_file().stat().st_size},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contestant (default: 3)")
    repeats = parser.parse_args().repeats
    path = find_file()
    path.read_bytes()  # so that nobody pays for the disk
    contestants = name_contestants(path)
    with make_scratch() as scratch:
        runs = run_in_turn(contestants, scratch, repeats=repeats)
    write_results("vectors_load", [tell(who, contestants[who], finished=finished) for who, finished in runs.items()])


if __name__ == "__main__":
    main()
