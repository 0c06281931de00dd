# Two commands matter: `make run` explains a claim that does not fit, `make test` checks everything.
# Everything is installed into .venv; nothing outside this folder is touched.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
EXAMPLES ?= 50000
LAWS   ?= tests/property

.DEFAULT_GOAL := help
.PHONY: help run test check format golden bench bench-large bench-peer properties fuzz fuzz-peer clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.installed  ## install the package and explain an example claim that does not fit
	@cd examples/waiting-for-another-claim && (../../$(BIN)/drapolicy explain train.yaml || test $$? -eq 1)

test: check  ## formatter check, linter, types, import contracts, all tests
	$(BIN)/pytest -n $(JOBS) --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(VENV)/.dev  ## rewrite the golden outputs; read the diff
	$(BIN)/pytest -q tests/golden --update-golden

bench: $(VENV)/.dev  ## measure start-up, loading, selectors and explanations
	$(BIN)/python -m benchmarks

bench-large: $(VENV)/.dev  ## measure how time grows up to 62,500 nodes, and what changes cost (2 GB of disk)
	$(BIN)/python -m benchmarks.large

bench-peer: go $(VENV)/.dev  ## measure beside Kubernetes' own code (needs Go 1.26)
	$(BIN)/python -m benchmarks.peer

properties: $(VENV)/.dev  ## the property tests with EXAMPLES new examples each (LAWS: some of them only, as tests/property/test_worlds.py)
	HYPOTHESIS_PROFILE=new DRAPOLICY_EXAMPLES=$(EXAMPLES) $(BIN)/pytest -q -n $(JOBS) --dist worksteal $(LAWS)

fuzz: $(VENV)/.dev  ## random and hostile expressions and devices (DRAPOLICY_FUZZ_MINUTES, default 5)
	$(BIN)/python -m tests.fuzz

fuzz-peer: go $(VENV)/.dev  ## random cases to Kubernetes' own code and to drapolicy until they differ (DRAPOLICY_FUZZ_CASES, default 100000; needs Go)
	$(BIN)/python -m benchmarks.fuzz $(FUZZ)

.PHONY: go
go:
	@command -v go >/dev/null || { echo "Go is missing: this target builds Kubernetes' own code (benchmarks/peer). Install Go 1.26 or newer from https://go.dev/dl; all other targets work without it."; exit 1; }

clean:  ## remove the virtual environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "python 3.11 or newer is missing: apt-get install python3 (or set PYTHON=…)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: install python 3.11 and set PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "the venv module is missing: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "installing drapolicy into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(VENV)/.installed $@
