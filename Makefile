SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench kafka lock clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP)  ## a .venv with everything in it

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

test: $(STAMP)  ## the quick tests, about a minute
	$(BIN)/pytest -n auto -m "not kafka and not slow"

lint: $(STAMP)  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

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
