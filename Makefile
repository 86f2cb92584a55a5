# From nothing: each target first makes its own environment in .venv (about a minute, once), from the pinned lock.
#
#   make demo      the main job on text that is already on this machine
#   make test      lint, types and the default tests: what continuous integration runs
#   make test-all  the slow tests and those on real data too
#   make lint      ruff and mypy only
#   make format    ruff puts the text in its form
#   make bench     every figure in docs/benchmarks.md again (long)
#   make lock      requirements.lock again, from pyproject.toml
#   make clean     the environment and all caches away

# The first of these that is Python 3.11 or newer makes the environment; or say `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; exit; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Two processes: tests that compile share what they compiled within one, and more starve each other of cores.
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadscope

.DEFAULT_GOAL := test
.PHONY: test test-all demo lint format bench lock clean

# Nets here are small and seen once, so XLA is asked for quick programs; `make test-all` runs those that users run.
test: lint
	@echo "== tests (without those marked slow or data)"
	@JAX_DISABLE_MOST_OPTIMIZATIONS=1 $(PYTEST)

test-all: lint
	@echo "== all tests"
	@$(PYTEST) -m ""

lint: $(READY)
	@echo "== ruff"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --diff
	@echo "== mypy"
	@$(BIN)/mypy --no-error-summary

format: $(READY)
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format --quiet

demo: $(READY)
	@$(BIN)/seqloom demo
	@$(BIN)/seqloom demo forecast

bench: $(READY)
	@echo "== benchmarks"
	@$(BIN)/python benchmarks/run_all.py

# The stamp is newer than the lock and the metadata, so a second call installs nothing.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "seqloom needs Python 3.11 or newer, and none was found. Install one (python3.11)," \
	  "or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make environments (no venv or" \
	  "ensurepip). Install them; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "== environment: $(VENV), from requirements.lock"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

# The options keep addresses and local paths out; an index or wheels set up for this machine alone would bring
# hashes that nobody else can meet, so pip's own configuration is passed over.
lock: $(READY)
	@echo "== requirements.lock"
	@"$(PYTHON)" -m venv --clear $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	@head -3 requirements.lock > $(VENV)/lock/header
	@env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	  $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --extra test --all-build-deps -o requirements.lock pyproject.toml
	@cat $(VENV)/lock/header requirements.lock > $(VENV)/lock/whole && cp $(VENV)/lock/whole requirements.lock

clean:
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
