# Needs make and Python 3.11 or newer; everything else goes into .venv.
# Another Python: make scan PYTHON=/path/to/python3.12

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(IS_RECENT)' 2>/dev/null && echo $$python && break; done)
IS_RECENT := import sys; sys.exit(sys.version_info < (3, 11))
NO_PYTHON := labelaudit needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3.12

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
INSTALLED_DEV := $(VENV)/installed-dev
PIP_INSTALL := $(BIN)/python -m pip install -qq --editable

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help scan test golden docs bench sample-data format clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

scan: $(INSTALLED)  ## audit the sample digits: install labelaudit, find their label errors
	@$(BIN)/labelaudit scan sample_data/digits --output-format table --report labelaudit-out/report.html

test: $(INSTALLED_DEV)  ## what CI runs: format, lint, layers, types, tests, doctests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist worksteal

golden: $(INSTALLED_DEV)  ## refresh the golden files of the tests; read the diff
	$(BIN)/pytest tests --refresh-golden

docs: $(INSTALLED)  ## regenerate the generated pages of the manual
	$(BIN)/python docs/generate.py

bench: $(INSTALLED)  ## measure time and memory
	$(BIN)/python benchmarks/run.py

sample-data: $(INSTALLED)  ## make the sample data again
	$(BIN)/python sample_data/make_sample_data.py
	$(BIN)/python sample_data/make_reviews.py

format: $(INSTALLED_DEV)  ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

clean:  ## remove the environment, builds and caches, never an audit
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A change of pyproject.toml installs again; a change of the code needs nothing, the install is editable.
$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo "installing labelaudit into $(VENV), this takes a minute" >&2
	@$(PIP_INSTALL) '.[review]'
	@$(BIN)/python -m compileall -q labelaudit
	@touch $@

$(INSTALLED_DEV): pyproject.toml | $(BIN)/python
	@echo "installing labelaudit and its development tools into $(VENV), this takes a minute" >&2
	@$(PIP_INSTALL) '.[dev,review]'
	@touch $(INSTALLED) $@

$(BIN)/python:
	@$(or $(PYTHON),false) -c '$(IS_RECENT)' || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv $(VENV)
