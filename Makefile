# Taquilla: `make demo` and `make test` are all that a fresh machine with Python 3.11 needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo kafka test chaos check format bench bench-full lock docs tutorial clean

help: ## Show the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What runs and what develops are two locks over one environment; each is installed when its lock is newer.
$(VENV)/.runs: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Taquilla needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.develops: $(VENV)/.runs requirements-dev.lock
	@echo "Installing the tools of development into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.develops ## Set up .venv with everything, from the hash lock

demo: $(VENV)/.runs ## Run everything on the built-in films and serve the page
	@$(BIN)/taquilla demo

kafka: $(VENV)/.runs ## Start Apache Kafka on localhost:9092 (needs Java 17 and Maven)
	@$(BIN)/python tools/apache_kafka/broker.py --port 9092 --data data/kafka

# Three at a time: each has servers of its own, and waits for them half of the time.
JOBS ?= 3
test: $(VENV)/.develops ## Run the tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

chaos: $(VENV)/.develops ## Break consumers, broker and PostgreSQL at 100,000 messages, and check every row (half an hour)
	@TAQUILLA_CHAOS=full $(BIN)/python -m pytest tests/chaos -s --timeout 0

check: $(VENV)/.develops ## Format, lint, types, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

format: $(VENV)/.develops ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.develops ## Measure; prints ratios against a bare floor in the same run
	@$(BIN)/python -m benchmarks

bench-full: $(VENV)/.develops ## Measure a million films on every engine and a shop of 10 million rentals (half an hour, 12 GB of disk)
	@$(BIN)/python -m benchmarks.engines --films 10000 100000 1000000
	@$(BIN)/python -m benchmarks.rentals --rentals 10000000

$(VENV)/.tutors: $(VENV)/.runs requirements-tutorial.lock
	@echo "Installing Jupyter into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-tutorial.lock
	@touch $@

tutorial: $(VENV)/.tutors ## Open the tutorial's notebooks in Jupyter
	@cd docs/tutorial && ../../$(BIN)/python -m jupyterlab

docs: $(VENV)/.develops ## Write the generated pages of docs/ anew
	@$(BIN)/python tools/generate_docs.py

# Needs uv; the locks name no registry.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header pyproject.toml
lock: ## Write the locks anew from pyproject.toml
	@$(UV_COMPILE) --extra dev -o requirements-dev.lock
	@$(UV_COMPILE) --extra build -c requirements-dev.lock -o requirements.lock
	@$(UV_COMPILE) --extra tutorial -c requirements-dev.lock -o requirements-tutorial.lock

clean: ## Remove the environment and the demo's data
	@rm -rf $(VENV) data/demo
