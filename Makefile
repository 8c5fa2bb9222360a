# What a developer runs. `make demo` and `make test` set up all they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST ?= $(BIN)/pytest
JOBS ?= 3

.PHONY: help demo test unit lint format bench simulate peers parts wheel image lock lowest kill histories clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "driftwatch needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

demo: $(READY) ## Run the demonstration: a stream drifts, a webhook calls
	$(BIN)/driftwatch demo

test: $(READY) parts ## Run all tests, on real parts where they can be had
	$(PYTEST) -m "not slow" -q -n $(JOBS) --dist worksteal --durations=15

unit: $(READY) ## Run the tests that need nothing but Python
	$(PYTEST) tests/unit tests/detectors -q

lint: $(READY) ## Check style, types and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

kill: $(READY) parts ## Kill the daemon 20 times in a run of a million records and compare with the truth
	$(PYTEST) -m slow tests/acceptance -q -s

histories: $(READY) ## Try the policy of retrainings on a thousand random histories
	$(PYTEST) -m slow tests/unit/decide -q

bench: $(READY) parts ## Measure, and write build/bench.json; BENCH=short measures on less
	BENCH=$(BENCH) $(BIN)/python -m tests.benchmarks

simulate: $(READY) ## Simulate the error rates that the statistics promise: build/simulate.json
	$(BIN)/python -m tests.simulations

peers: $(READY) ## Compare every statistic with other tools, each in an environment of its own
	$(BIN)/python -m tests.peers

parts: $(READY) ## Get the real Kafka, PostgreSQL, Prometheus and Alertmanager for the tests
	@bash tests/real/get.sh $(BIN)/python

wheel: $(READY) ## Build the wheel and run it in an empty environment
	bash tests/wheel.sh $(PYTHON) $(BIN)/python

image: ## Build the image and run it, where buildah is at hand
	bash tests/image.sh

lock: $(READY) ## Renew the lock of tested versions
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.lock --upgrade

lowest: $(READY) ## Run the unit tests against the lowest versions that are declared
	bash tests/lowest.sh $(PYTHON) $(BIN)/uv

clean: ## Remove what was built
	rm -rf build dist $(VENV) .venv-*
