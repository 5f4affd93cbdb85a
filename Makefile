SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo model test lint bench lock

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMP)  ## a .venv with everything in it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "gemist needs Python 3.11 or newer, as in: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# The sample is of schools in Texas: Dutch law has no place there, hence the rules of every country.
demo: $(STAMP)  ## a sample district: which pupils would have been missed, and why
	@found=$$(mktemp -d) && set -e -o pipefail && \
	echo "import, replay and show a sample of three schools; what is written stays in $$found" && \
	$(BIN)/gemist import edfi tests/data/edfi/*.xml --timezone America/Chicago \
	  --out $$found/district.ndjson | tail -n 1 && \
	$(BIN)/gemist replay $$found/district.ndjson --pack any --out $$found/replay && \
	echo && $(BIN)/gemist show $$found/replay && \
	echo && echo "and one of simulated pupils, with the scorecard that comes with the program" && \
	$(BIN)/gemist simulate --pupils 300 --schools 1 --days 60 --seed 7 --out $$found/simulated.ndjson && \
	$(BIN)/gemist replay $$found/simulated.ndjson --scorecard simulated --out $$found/scored && \
	echo && $(BIN)/gemist scorecard show simulated --most 3

model: $(STAMP)  ## config/scorecards/simulated.json anew, from simulated pupils: a minute
	@found=$$(mktemp -d) && set -e -o pipefail && \
	$(BIN)/gemist simulate --pupils 6000 --schools 20 --days 180 --seed 1 \
	  --out $$found/pupils.ndjson.gz && \
	$(BIN)/gemist train $$found/pupils.ndjson.gz --label absence --seed 1 --out $$found/card.json && \
	mkdir -p config/scorecards && mv $$found/card.json config/scorecards/simulated.json && \
	rm -r $$found

test: $(STAMP)  ## the quick tests, about two minutes
	$(BIN)/pytest -n auto -m "not kafka and not slow"

lint: $(STAMP)  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## the figures of docs/bench.md anew, some minutes
	$(BIN)/python -m tests.bench.run

lock:  ## work the lock file out anew (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --quiet --output-file requirements.lock

.PHONY: kafka kafka-stop kafka-test

kafka:  ## a real Apache Kafka for development (needs Java 17 and Maven)
	$(PYTHON) deploy/kafka/broker.py start

kafka-stop:  ## end it
	$(PYTHON) deploy/kafka/broker.py stop

kafka-test: $(STAMP)  ## the tests against it
	$(BIN)/pytest -m kafka
