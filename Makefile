# `make demo` and `make test` need Python 3.11 or newer with pip, and make. Everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint paper stability peers clean

demo: .venv/ready
	$(BIN)/streamnorm demo

test: lint
	$(BIN)/python -m pytest

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

paper: .venv/ready
	$(BIN)/python -m benchmarks.paper

stability: .venv/ready
	$(BIN)/python -m benchmarks.stability

peers: .venv/ready
	$(BIN)/python -m benchmarks.peers

# torch first and alone: asked for by name and version it comes as the build that fits the machine, where a
# dependency's range could bring gigabytes of CUDA.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("streamnorm needs Python 3.11 or newer: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "Installing what is pinned in constraints.txt into .venv; this takes a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test,bench]'
	touch $@

clean:
	rm -rf .venv .venv-peers build *.egg-info .mypy_cache .pytest_cache .ruff_cache
