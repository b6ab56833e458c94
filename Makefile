# make demo and make test do everything; the rest is for people who work on softmark.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench study catalogue gallery conformance lock wheel clean
help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml tools/fetch_assets.py tools/check_system.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "softmark needs Python 3.11 or newer; say for example: make PYTHON=python3.12 demo" >&2; exit 2; }
	@PYTHON=$(PYTHON) sh tools/check_system.sh
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
	  { echo "no virtual environment could be made; on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 2; }
	@echo "installing the locked dependencies into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python tools/fetch_assets.py
	@touch $(READY)

demo: $(READY)  ## install what is needed and run the main job on the examples
	@$(BIN)/python tools/demo.py

test: $(READY)  ## the same set-up, then all tests
	@$(BIN)/python -c 'import torch' 2>/dev/null || \
	  echo "PyTorch is not installed, so the checks against it are left out: $(BIN)/pip install torch==2.13.0"
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)  ## the table of figures
	@$(BIN)/python -m benchmarks

catalogue: $(READY)  ## docs/catalogue/ from the templates, with pictures
	@$(BIN)/python tools/catalogue.py

gallery: $(READY)  ## contact sheets of every family's pages, in gallery/ (ONLY="convolution/pooling losses")
	@$(BIN)/python tools/gallery.py $(ONLY)

study: $(READY)  ## how fair and how sharp the marking is, over all families
	@$(BIN)/python -W ignore -m benchmarks.marking_study --families

conformance: $(READY)  ## our reader on other systems' cases (PEERS=folder of .jsonl files)
	@$(BIN)/python tools/conformance.py $(or $(PEERS),../shared/peer_cases)

lock: $(READY)  ## pin the dependencies again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --python-version 3.11 --extra test --extra dev pyproject.toml \
	  tools/build-requirements.txt --output-file requirements.lock

wheel: $(READY)  ## build the wheel, fonts and math included
	@$(BIN)/python -m build --wheel --no-isolation

clean:  ## remove what was made, except the virtual environment
	rm -rf demo_output gallery dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
