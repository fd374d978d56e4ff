# `make demo` and `make test` need Python 3.11 or newer with pip, and make. Everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint paper stability drift windows sticky-labels anomaly forecast peers bench exports accuracy
.PHONY: fuzz fuzz-files fuzz-samples hostile kills soak portability clean

demo: .venv/native
	$(BIN)/streamnorm demo

test: lint
	$(BIN)/python -m pytest --numprocesses auto

lint: .venv/native
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

paper: .venv/native
	$(BIN)/python -m benchmarks.paper

stability: .venv/native
	$(BIN)/python -m benchmarks.stability

# `make drift DATA=folder` takes the folder's elec2.csv or elec2.csv.gz as well.
drift: .venv/native
	$(BIN)/python -m benchmarks.drift $(if $(DATA),--data '$(DATA)')

# `make windows DATA=folder` takes the folder's watch_har_raw.csv.gz and mnist_5k.csv.gz as well.
windows: .venv/native
	$(BIN)/python -m benchmarks.windows $(if $(DATA),--data '$(DATA)')

# `make sticky-labels DATA=folder` takes the folder's watch_har_raw.csv.gz as well.
sticky-labels: .venv/native
	$(BIN)/python -m benchmarks.sticky_labels $(if $(DATA),--data '$(DATA)')

anomaly: .venv/native
	$(BIN)/python -m benchmarks.anomaly

peers: .venv/native
	$(BIN)/python -m benchmarks.peers

bench: .venv/native
	$(BIN)/python -m benchmarks.speed

multioutput: .venv/native
	$(BIN)/python -m benchmarks.multioutput

# What exported files cost: docs/export.md, edge-learner.md, int8.md and microcontrollers.md.
exports: .venv/native
	$(BIN)/python -m benchmarks.artefacts
	$(BIN)/python -m benchmarks.edge_learner
	$(BIN)/python -m benchmarks.edge_windows
	$(BIN)/python -m benchmarks.int8
	$(BIN)/python -m benchmarks.microcontrollers

forecast: .venv/native
	$(BIN)/python -m benchmarks.forecast

# `make accuracy DATA=folder` takes the CSV files of a folder as well.
accuracy: .venv/native
	$(BIN)/python -m benchmarks.accuracy $(if $(DATA),--data '$(DATA)')
	$(BIN)/python -m benchmarks.accuracy $(if $(DATA),--data '$(DATA)') --ablation

# A minute, or FOR seconds, of random networks and wild numbers through the C sources, under sanitizers; other ones at
# every call, or those from SEED on.
fuzz:
	tests/native/fuzz.sh $(or $(FOR),60) $(SEED)

# 20,000 mutated checkpoints and exported files through the loaders; other ones at every call, or those of SEED.
fuzz-files: .venv/native
	$(BIN)/python tests/fuzz_files.py 20000 $(SEED)

# Learning of 10,000 samples that is killed half way, with every engine, which takes an hour; and a thousand kills of
# processes that save.
kills: .venv/native
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/killed_saving.py 1000 $(SEED)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/killed_learning.py 10000

# A million samples, labels and weights that raise: what is left of them in memory.
hostile: .venv/native
	$(BIN)/python tests/hostile.py

# A minute of samples, found by what they cover, between a dict and the kernel.
fuzz-samples: .venv/native
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet atheris
	PYTHONPATH=tests $(BIN)/python tests/native/fuzz_extension.py -max_total_time=60

# Twenty million samples in one process; threads in parallel: docs/robustness.md.
soak: .venv/native
	$(BIN)/python -m benchmarks.parallel
	$(BIN)/python -m benchmarks.soak

# The native engine for ARM, built by zig and run by qemu-user.
portability: .venv/native
	$(BIN)/python -c 'import ziglang' 2>/dev/null || $(BIN)/pip install --quiet ziglang
	tests/native/portability.sh "$(CURDIR)/$(BIN)/python"

# The extension, built again where a source of it has changed.
NATIVE := setup.py $(wildcard streamnorm/engines/native/*.[ch] streamnorm/engines/native/builds/*)
.venv/native: .venv/ready $(NATIVE)
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

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
