# make demo and make test do everything; the rest is for people who work on softmark.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test lint bench lock wheel clean
help:  ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml tools/fetch_assets.py tools/check_system.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "softmark needs Python 3.11 or newer; $(PYTHON) is older (say PYTHON=python3.12)"; exit 2; }
	@sh tools/check_system.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python tools/fetch_assets.py
	@touch $(READY)

demo: $(READY)  ## install what is needed and run the main job on the examples
	$(BIN)/python tools/demo.py

test: $(READY)  ## the same set-up, then all tests
	@$(BIN)/python -c 'import torch' 2>/dev/null || echo "PyTorch is not installed: its checks are left out (pip install torch==2.13.0)"
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)  ## the table of figures
	$(BIN)/python -m benchmarks

lock: $(READY)  ## pin all dependencies again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --python-version 3.11 --extra test --extra dev pyproject.toml \
	  tools/build-requirements.txt --output-file requirements.lock

wheel: $(READY)  ## build the wheel, fonts and math included
	$(BIN)/python -m build --wheel --no-isolation

clean:  ## remove what was made, except the virtual environment
	rm -rf demo_output dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache
