"""``python -m seqloom`` is the command."""

from seqloom.cli import main

if __name__ == "__main__":
    main()
