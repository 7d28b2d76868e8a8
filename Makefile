# Everything runs through here; nothing asks a question. PORT and KINROLL_DATA choose the port and the data
# folder, so that two copies can run side by side. See docs/operations.md.

SHELL := /bin/sh
PYTHON := .venv/bin/python
PORT ?= 8000
KINROLL_DATA ?= $(CURDIR)/.data
export PORT KINROLL_DATA

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench messages lock

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the product, its tests and its checks need
	@.ci/install dev

run: ## serve the product at http://localhost:$PORT (8000), with demo data the first time
	@.ci/install app
	@exec $(PYTHON) -m config.supervisor

test: setup ## the whole test suite, real browser included
	@KINROLL_BROWSER="$$(.ci/browser)" && export KINROLL_BROWSER && exec $(PYTHON) -m pytest -n 2 --dist loadgroup $(ARGS)

check: setup ## formatting, lint, types, import contracts, migrations, security
	@exec .ci/check

bench: setup ## speed, each figure beside its yardstick (docs/performance.md)
	@exec $(PYTHON) -m tests.benchmarks $(ARGS)

messages: setup ## bring the translations up to date with what the sources mark
	@exec $(PYTHON) -m config.catalogues update

lock: setup ## resolve requirements/*.in into hash-locked requirements/*.txt
	@exec .ci/lock
