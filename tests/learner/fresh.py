"""Python in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap


def run_fresh(program: str, *arguments: object, **environment: str) -> str:
    """What a program prints, run by a new Python on which warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *map(str, arguments)]
    paths = [path for path in (environment.pop("first", ""), *sys.path) if path]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=env, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
