# Works on a fresh checkout with nothing but Python 3.11 or newer: everything is installed into .venv/.
#
# `make lock` writes both lock files again (it needs uv: pip install uv). They name no host, so a city may install from
# a mirror of its own; every package is checked against its digest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# pip stays quiet but for what went wrong; the packages come with digests or not at all.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help run test check bench faults assets lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | awk -F'\t' '{printf "make %-8s %s\n", $$1, $$2}'

# The second start reads the way to sign in instead of starting a program that would print it. The demo city has
# telephones that nobody has, so that its pages and cards show where a city's own stand.
run: $(VENV)/run.stamp ## install, load the demo city into an empty ledger, and serve on http://127.0.0.1:8000
	@$(BIN)/python tools/assets.py
	@if [ -z "$${DATABASE_URL:-}$${SECRET_KEY_FILE:-}" ] && [ -s var/tsunagu.db ] && [ -s var/demo-sign-in.txt ]; \
	  then cat var/demo-sign-in.txt; else $(BIN)/python -m inventory demo --if-empty; fi
	@if [ -z "$${DATABASE_URL:-}$${SECRET_KEY_FILE:-}" ] && [ -s var/demo-sign-in.txt ]; then \
	  export OFFICE_PHONE="$${OFFICE_PHONE-027-000-1234}" OFFICE_HOURS="$${OFFICE_HOURS-平日 8:30–17:15}" \
	    LOST_PHONE="$${LOST_PHONE-027-000-5678}"; fi; \
	  exec $(BIN)/python -m api

test: $(VENV)/dev.stamp ## run the whole suite with its coverage gate (ARGS="-k lending": some of it, without the gate)
	@$(BIN)/python tools/assets.py
	@.ci/browser
	@$(BIN)/coverage erase
ifeq ($(strip $(ARGS)),)
	@$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile | tee $(VENV)/last-test.log
	@$(BIN)/coverage combine --quiet
	@status=0; $(BIN)/coverage report || status=$$?; tail -n 1 $(VENV)/last-test.log; exit $$status
else
	@$(BIN)/python -m pytest $(ARGS)
endif

check: $(VENV)/dev.stamp ## ruff, mypy --strict, import contracts, house rules and documents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/assets.py
	@$(BIN)/python -m pytest -q tests/house > $(VENV)/last-check.log || { cat $(VENV)/last-check.log; exit 1; }
	@echo "House rules and documents: fine."

bench: $(VENV)/dev.stamp ## measure; prints a table and writes bench.json
	@$(BIN)/python tools/assets.py
	@$(BIN)/python -m pytest -q -s -m bench $(ARGS)

faults: $(VENV)/dev.stamp ## the long fault suites: races, killed servers, broken disks
	@$(BIN)/python tools/assets.py
	@.ci/browser
	@command -v faketime > /dev/null || if [ "$${CI:-}" = true ]; then .ci/install faketime; \
	  else echo "One suite sets the server's clock. To enable it: sudo apt install faketime"; fi
	@$(BIN)/python -m pytest -m faults $(ARGS)

assets: $(VENV)/run.stamp ## fetch the pinned front-end packages and fonts
	@$(BIN)/python tools/assets.py

lock: ## write requirements.lock and requirements-dev.lock again from pyproject.toml
	@$(LOCK) --extra decode --extra node -o requirements.lock
	@$(LOCK) --all-extras -o requirements-dev.lock

clean: ## remove what was installed and built; the ledger in var/ stays
	@rm -rf $(VENV) node_modules frontend/static/vendor labels/fonts build dist .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is written after the install went through, so an interrupted install is done again.
$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@echo "Installing into $(VENV)/ ..."
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(BIN)/python
	@echo "Installing the tools for tests into $(VENV)/ ..."
	@$(INSTALL) -r $<
	@touch $@

$(BIN)/python:
	@for candidate in "$(PYTHON)" python3.11 python3.12 python3.13 python3.14; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    "$$candidate" -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "$$candidate cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed and none was found. Install it, or name it: make run PYTHON=/path/to/python3.11" >&2; \
	exit 1
