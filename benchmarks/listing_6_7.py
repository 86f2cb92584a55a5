"""Claim: the chapter's listing 6-7 on IMDB, beside Keras on JAX: training, steady epochs, and the whole process.

10,000 words, the last 20 words of a review, width 8, Flatten, Dense, RMSprop, 10 epochs of 625 steps of 32 rows,
a fifth of the training reviews for validation.

    python benchmarks/listing_6_7.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from contestants import Contestant, Finished, find_accuracy, make_scratch, make_whole_rows, name_ours, run_in_turn
from environments import make_environment
from imdb_folders import find_imdb, warm_files
from rows import Row, read_versions, summarise_scores, write_results
from seqloom.frames.read import read_texts
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import TextVectorizer

HERE = Path(__file__).parent
OPTIONS = (
    "--family embedding --no-rivals --max-features 10000 --min-df 1 --length 20 --keep last --width 8 "
    "--optimizer rmsprop --epochs 10 --batch-size 32 --patience 0"
)


def write_arrays(imdb: Path, path: Path) -> None:
    """20,000 training and 5,000 validation reviews as ids ``[N, 20] int32``: what both engines train on."""
    table = read_texts(imdb / "train")
    rows = np.random.default_rng(0).permutation(len(table.texts))
    texts = as_texts(table.texts)
    target = (table.labels.to_numpy() == "pos").astype(np.int32)
    train, valid = rows[:20_000], rows[20_000:]
    vectorizer = TextVectorizer(max_features=10_000, min_df=1, length=20, keep="last", fixed=True)
    vectorizer.fit(texts.take(train))
    ids = {name: vectorizer.encode(texts.take(part))["ids"] for name, part in (("train", train), ("valid", valid))}
    np.savez(path, x_train=ids["train"], x_valid=ids["valid"], y_train=target[train], y_valid=target[valid])


def measure_arrays(imdb: Path, scratch: Path, *, repeats: int) -> list[Row]:
    """Training on ready arrays, each contestant a process of its own: rows ``train-with-compile`` and ``epoch``."""
    arrays, peer = scratch / "arrays.npz", make_environment("keras-jax")
    write_arrays(imdb, arrays)
    ours = (sys.executable, str(HERE / "ours" / "net_arrays.py"), str(arrays))
    keras = (peer, str(HERE / "peers" / "keras_arrays.py"), str(arrays))
    shown = "python ours/net_arrays.py ARRAYS.npz", "python peers/keras_arrays.py ARRAYS.npz"
    contestants = {
        "seqloom, cold cache": Contestant(shown=shown[0], argv=ours, cache="cold"),
        "seqloom, warm cache": Contestant(shown=shown[0], argv=ours, cache="warm"),
        "Keras on JAX": Contestant(shown=f"{shown[1]} 1", argv=(*keras, "1")),
        "Keras on JAX, 25 steps per execution": Contestant(shown=f"{shown[1]} 25", argv=(*keras, "25")),
    }
    runs = run_in_turn(contestants, scratch, repeats=repeats)
    return [row for who, finished in runs.items() for row in _tell_arrays(who, finished, contestants[who])]


def _tell_arrays(who: str, finished: list[Finished], contestant: Contestant) -> list[Row]:
    results = [one.read_output() for one in finished]
    known: dict[str, Any] = {"who": who, "command": contestant.shown, "versions": read_versions(contestant.argv[0])}
    compiling = [result["compile_seconds"] for result in results if "compile_seconds" in result]
    facts = {"compile_seconds": round(statistics.median(compiling), 3)} if compiling else {}
    scores = summarise_scores([result["scores"] for result in results])
    trains = [round(result["train_seconds"], 4) for result in results]
    epochs = [round(statistics.median(result["epoch_seconds"]), 5) for result in results]
    return [
        Row(what="train-with-compile", seconds=trains, scores=scores, facts=facts, **known),
        Row(what="epoch", seconds=epochs, facts={"n_steps": 625, "epochs": "2 to 10"}, **known),
    ]


def measure_processes(imdb: Path, scratch: Path, *, repeats: int) -> list[Row]:
    """From raw folders to the test score, whole processes: rows ``whole-process``."""
    shown = f"seqloom train aclImdb -o RUN {OPTIONS}"
    arguments = ("train", str(imdb), "-o", "{run}", *OPTIONS.split())
    keras = (make_environment("keras-jax"), str(HERE / "peers" / "keras_listing.py"), str(imdb))
    told = "python peers/keras_listing.py aclImdb"
    contestants = {
        "seqloom, cold cache": name_ours(*arguments, cache="cold", shown=shown),
        "seqloom, warm cache": name_ours(*arguments, cache="warm", shown=shown),
        "Keras on JAX, its Tokenizer": Contestant(shown=told, argv=keras),
        "Keras on JAX, lean Python": Contestant(shown=f"{told} --lean", argv=(*keras, "--lean")),
        "Keras on JAX, lean Python, 25 steps per execution, warm cache": Contestant(
            shown=f"{told} --lean --best", argv=(*keras, "--lean", "--best"), cache="warm"
        ),
    }
    runs = run_in_turn(contestants, scratch, repeats=repeats)
    return make_whole_rows(contestants, runs, read_scores=read_scores)


def read_scores(finished: Finished) -> dict[str, float]:
    """Validation accuracies (best epoch kept, last epoch) and test accuracy of a seqloom run."""
    metrics = finished.read_metrics()
    history = [record["valid"]["accuracy"] for record in metrics["rows"][0]["history"]]
    return {"validation": max(history), "validation_last": history[-1], "test": find_accuracy(metrics["test"])}


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contestant (default: 5)")
    repeats = parser.parse_args().repeats
    imdb = find_imdb()
    warm_files(imdb)
    with make_scratch() as scratch:
        rows = measure_arrays(imdb, scratch, repeats=repeats) + measure_processes(imdb, scratch, repeats=repeats)
    write_results("listing_6_7", rows)


if __name__ == "__main__":
    main()
