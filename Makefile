SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo model test lint bench bench-door bench-kafka capacity dashboards lock

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(STAMP)  ## a .venv with everything in it

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "gemist needs Python 3.11 or newer, as in: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: $(STAMP)  ## a simulated district in fast motion (DEMO="--days 2 --exit" and so on)
	@$(BIN)/gemist demo $(DEMO)

model: $(STAMP)  ## config/scorecards/simulated.json anew, from simulated pupils: a minute
	@found=$$(mktemp -d) && set -e -o pipefail && \
	$(BIN)/gemist simulate --pupils 6000 --schools 20 --days 180 --seed 1 \
	  --out $$found/pupils.ndjson.gz && \
	$(BIN)/gemist train $$found/pupils.ndjson.gz --label absence --seed 1 --out $$found/card.json && \
	mkdir -p config/scorecards && mv $$found/card.json config/scorecards/simulated.json && \
	rm -r $$found

test: $(STAMP)  ## the quick tests, some seven minutes on two cores
	$(BIN)/pytest -n auto -m "not kafka and not slow"

lint: $(STAMP)  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd deploy/grafana && ../../$(BIN)/mypy --config-file ../../pyproject.toml write.py
	$(BIN)/lint-imports

bench: $(STAMP)  ## the figures of docs/bench.md anew, some minutes
	$(BIN)/python -m tests.bench.run

bench-door: $(STAMP)  ## the node under load, beside a bare server, a minute or two
	$(BIN)/python -m tests.bench.door

bench-kafka: $(STAMP)  ## a worker on a real broker, beside its yardsticks, into docs/bench-kafka.md
	$(BIN)/python -m tests.bench.on_kafka $(BENCH)

capacity: $(STAMP)  ## what so many schools need, into docs/capacity.md, a minute
	$(BIN)/python -m tests.bench.capacity

dashboards: $(STAMP)  ## the JSON of deploy/grafana anew, from its scripts
	$(BIN)/python deploy/grafana/write.py

lock:  ## work the lock file out anew (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --constraint requirements.lock --generate-hashes --universal \
	  --python-version 3.11 --no-header --no-emit-index-url --no-annotate --quiet \
	  --output-file deploy/image/run.lock
	echo hatchling | uv pip compile - --constraint requirements.lock --generate-hashes --universal \
	  --python-version 3.11 --no-header --no-emit-index-url --no-annotate --quiet \
	  --output-file deploy/image/build.lock

.PHONY: kafka kafka-stop kafka-test

kafka: $(STAMP)  ## a real Apache Kafka on this machine (needs Java 17 and Maven)
	$(PYTHON) deploy/kafka/broker.py start

kafka-stop:  ## end it
	$(PYTHON) deploy/kafka/broker.py stop

kafka-test: $(STAMP)  ## the tests against it
	$(BIN)/pytest -m kafka

.PHONY: postgres postgres-stop

postgres:  ## a private PostgreSQL for the tests (needs PostgreSQL's programs)
	$(PYTHON) deploy/postgresql/server.py start

postgres-stop:  ## end it
	$(PYTHON) deploy/postgresql/server.py stop

.PHONY: deploy-reader

deploy-reader: .deploy/read  ## what reads compose files and kustomizations for the tests (needs Go 1.24)

.deploy/read: tests/deploy/read/main.go tests/deploy/read/go.mod tests/deploy/read/go.sum
	cd tests/deploy/read && go vet . && go build -trimpath -o ../../../$@ .
