"""What every test may lean on."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# Pictures are drawn in memory: no window, no display needed.
os.environ.setdefault("MPLBACKEND", "Agg")

# Compiled programs are kept between runs, but not among those of the person who runs the tests.
os.environ.setdefault("SEQLOOM_CACHE", str(Path(__file__).parents[1] / ".pytest_cache" / "seqloom"))

# Two devices, however many cores there are, also in processes that tests start: before JAX is imported anywhere.
os.environ.setdefault("JAX_NUM_CPU_DEVICES", "2")

# No deadline: the first call of a compiled function takes seconds, the second microseconds, and a clock must not
# decide a test. On continuous integration the examples are the same in each run.
hypothesis.settings.register_profile(
    "here",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("here"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data that ``SEQLOOM_DATA`` names; tests marked ``data`` ask for it."""
    if not (named := os.environ.get("SEQLOOM_DATA")):
        pytest.skip("real data: set SEQLOOM_DATA to its folder")
    folder = Path(named)
    assert folder.is_dir(), f"SEQLOOM_DATA names {folder}, which is no folder"
    return folder
