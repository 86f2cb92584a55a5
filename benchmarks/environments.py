"""Environments of the peers: each in a venv of its own, from pinned versions, so that none sees another's libraries."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["PINS", "cache_folder", "make_environment"]

# What a user of each peer would install, and no more. NumPy and scikit-learn as in requirements.lock; Keras and JAX as
# ours. Keras-Preprocessing is the chapter's Tokenizer, which Keras 3 dropped, as it was.
PINS = {
    "keras-jax": ("keras==3.15.1", "jax==0.10.2", "numpy==2.4.6", "keras-preprocessing==1.1.2"),
    "keras-tensorflow": ("keras==3.15.1", "tensorflow-cpu==2.21.0", "numpy==2.4.6"),
    "torch": ("keras==3.15.1", "torch==2.13.0+cpu", "numpy==2.4.6"),  # Keras on PyTorch, and PyTorch itself
    "gensim": ("gensim==4.4.0", "numpy==2.4.6", "scipy==1.17.1"),
    "scikit-learn": ("scikit-learn==1.9.1", "numpy==2.4.6"),
}


def cache_folder() -> Path:
    """Where environments and written-out data lie: ``$SEQLOOM_BENCH``, or ``seqloom-bench`` in the user's cache."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqloom-bench"
    return Path(os.environ.get("SEQLOOM_BENCH") or default)


def make_environment(name: str) -> str:
    """The Python of a peer's environment, which is made first where it is not there yet.

    Parameters
    ----------
    name : str
        One of ``PINS``.

    Returns
    -------
    str
        Path of its interpreter.
    """
    folder = cache_folder() / "environments" / name
    python, stamp = folder / "bin" / "python", folder / "pins.txt"
    pins = "\n".join(PINS[name])
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        print(f"  environment of {name}: {', '.join(PINS[name])}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, *PINS[name]], check=True)
        stamp.write_text(pins, encoding="utf-8")
    return str(python)


if __name__ == "__main__":
    argparse.ArgumentParser(description="Make the environments of all peers.").parse_args()
    for peer in PINS:
        print(peer, make_environment(peer))
