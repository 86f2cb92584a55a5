"""``python -m seqloom`` is the command."""

from seqloom.cli import run

if __name__ == "__main__":
    run()
