# Each target sets up what it needs; all of it is quick when it is there already.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Tests choose their own settings; a developer's .env must not reach them.
PYTEST ?= $(BIN)/pytest

.PHONY: help run dev test test-quick lint lint-js types bench faults soak fuzz screenshots docs setup venv venv-dev lock format clean \
	i18n-extract i18n-update i18n-compile

help: ## show this
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv:
	@$(PYTHON) scripts/bootstrap.py

# Adds the packages of tests and tools.
venv-dev:
	@$(PYTHON) scripts/bootstrap.py --dev

run: venv ## set up what is missing and start ROMS
	@exec $(BIN)/roms up

dev: venv ## the same with hot reload
	@exec $(BIN)/roms up --dev

setup: venv ## set up what is missing, without starting
	@$(BIN)/roms setup

# For the scripts that browsers get as they are: Biome, TypeScript, and a page for their tests. The environment's own Node
# runs them.
JS := devtools/js
JS_BIN := PATH="$(CURDIR)/$(BIN):$$PATH" $(JS)/node_modules/.bin
JS_TOOLS := $(JS)/node_modules/.installed
$(JS_TOOLS): $(JS)/package-lock.json | venv-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(JS) --no-audit --no-fund --loglevel=error
	@touch $@

# Compiled modules are kept also where the environment forbids it: hundreds of processes would compile them anew.
test test-quick: export PYTHONDONTWRITEBYTECODE =
# Many tests wait for browsers, leases and watchdogs: three processes a core keep two cores busy.
test: venv-dev setup $(JS_TOOLS) ## all tests, on real Redis, PostgreSQL and Chromium; ARGS="-k name" are pytest's
	$(PYTEST) --numprocesses 6 --dist loadfile --no-loadscope-reorder $(ARGS)

test-quick: venv-dev setup $(JS_TOOLS) ## those without browser and PostgreSQL, in a minute
	$(PYTEST) --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not browser and not postgres and not slow" $(ARGS)

lint: venv-dev lint-js ## ruff, pyright, import-linter; Biome and TypeScript for JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

lint-js: $(JS_TOOLS)
	$(JS_BIN)/biome check --error-on-warnings
	$(JS_BIN)/tsc -p $(JS)/app.json
	$(JS_BIN)/tsc -p $(JS)/bridge.json
	$(JS_BIN)/tsc -p $(JS)/handset.json
	$(JS_BIN)/tsc -p $(JS)/simulator.json

types: venv-dev ## write the TypeScript declarations of what Python and JavaScript tell each other
	$(BIN)/python -m devtools.js_types

format: venv-dev $(JS_TOOLS) ## write the code as lint wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(JS_BIN)/biome check --write

bench: venv-dev setup ## measure; prints a table and writes bench-results/
	$(BIN)/python -m devtools.bench

faults: venv-dev setup ## kill, stop and cut off each part while messages flow; count them; a table, half an hour
	$(BIN)/python -m devtools.faults

soak: venv-dev setup ## 40 minutes of traffic; does memory grow, does Redis
	$(BIN)/python -m devtools.soak

fuzz: venv-dev setup ## 5 minutes of nonsense for every handler; what breaks, what it costs; ARGS="--seconds 60"
	$(BIN)/python -m devtools.fuzz $(ARGS)

screenshots: venv-dev setup ## take the README's screenshots
	$(BIN)/python -m devtools.screenshots

docs: venv ## build the documentation, with search, into site/; strict
	@$(BIN)/python scripts/docs_packages.py
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict
	@echo "Read it with: python3 -m http.server --directory site"

i18n-extract: venv-dev ## write roms_app/i18n/messages.pot, from which a new language begins
	$(BIN)/python -m devtools.translations extract

i18n-update: venv-dev ## add new texts to the catalogues, take out those that nothing shows any more
	$(BIN)/python -m devtools.translations update

i18n-compile: venv-dev ## write the browser's words; say which texts are missing or left over
	$(BIN)/python -m devtools.translations compile

# The second lock holds only what the first lacks, in versions that agree with it.
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --group setup
lock: venv ## choose versions anew and pin them with hashes
	$(UV_COMPILE) --upgrade pyproject.toml -o requirements.lock
	$(UV_COMPILE) --upgrade --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock \
		$$(sed -nE 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' requirements.lock)
	sed -i '/^# The following packages were excluded/,$$d' requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--upgrade --group docs -o requirements-docs.lock

clean: ## remove what set-up and build made; data/ stays
	rm -rf .venv .venv-docs site $(JS)/node_modules .web .states .roms .pytest_cache .ruff_cache .hypothesis .import_linter_cache bench-results test-results
