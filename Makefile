# The only way to run anything here. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv --quiet
STAMPS := .venv/.stamps
SOURCES := packages tools system_tests bench
unexport PYTHONDONTWRITEBYTECODE
CATALOGUES := $(wildcard packages/*/*/locale/*/LC_MESSAGES/django.po)

$(STAMPS)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Saldo needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@[ -x $(BIN)/python ] || { echo "Making the virtual environment (once) …"; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/uv requirements/run.txt $(wildcard packages/*/pyproject.toml packages/*/saldo_*/__init__.py)
	@echo "Installing what Saldo needs to run (once) …"
	@$(UV) pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation $(foreach p,protocol core desk platform,-e packages/$(p))
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements/dev.txt
	@echo "Installing what its checks and tests need (once) …"
	@$(UV) pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/messages: $(STAMPS)/run $(CATALOGUES) tools/messages.py
	@$(BIN)/python -m tools.messages compile
	@touch $@

$(STAMPS)/browser: $(STAMPS)/dev tools/browser.py
	@$(BIN)/python -m tools.browser
	@touch $@

.PHONY: run test check fix bench messages documents requirements clean help

run: $(STAMPS)/run $(STAMPS)/messages ## Start both programs with a sample company; Ctrl-C stops them
	@$(BIN)/python -m tools.demo

test: $(STAMPS)/dev $(STAMPS)/messages $(STAMPS)/browser ## Run every test: rooms, system, browser
	@$(BIN)/python -m tools.test $(ARGS)

check: export SALDO_HOME := $(CURDIR)/.venv/.check-home
check: $(STAMPS)/dev $(STAMPS)/messages ## Format, lint, types, directions, catalogues, migrations, tidiness
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "Run: make fix" >&2; exit 1; }
	@$(BIN)/ruff check --quiet $(SOURCES)
	@DJANGO_SETTINGS_MODULE=saldo_desk.settings $(BIN)/mypy --cache-dir .mypy_cache/desk -p saldo_protocol -p saldo_core -p saldo_desk -p tools
	@DJANGO_SETTINGS_MODULE=saldo_platform.settings $(BIN)/mypy --cache-dir .mypy_cache/platform -p saldo_platform
	@$(BIN)/lint-imports --no-cache > .venv/.said || { cat .venv/.said; exit 1; }
	@$(BIN)/python -m tools.messages check
	@$(BIN)/saldo-desk manage makemigrations --check --dry-run
	@$(BIN)/saldo-platform manage makemigrations --check --dry-run
	@$(BIN)/saldo-platform openapi --check
	@$(BIN)/python -m tools.command_pages --check
	@$(BIN)/python -m pytest packages/core/tests/test_tidy.py > .venv/.said || { cat .venv/.said; exit 1; }
	@echo "make check: all clean"

fix: $(STAMPS)/dev ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix --quiet $(SOURCES); $(BIN)/ruff format --quiet $(SOURCES)

bench: $(STAMPS)/dev $(STAMPS)/messages ## Measure; every row is a ratio in one run
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE)) $(if $(KEEP),--keep)

messages: $(STAMPS)/dev ## Bring the Polish catalogues up to date with the code
	@$(BIN)/python -m tools.messages update

documents: $(STAMPS)/dev $(STAMPS)/messages ## Write what is made of the code: docs/openapi.json, desk.md, platform.md
	@SALDO_HOME=$(CURDIR)/.venv/.check-home $(BIN)/saldo-platform openapi
	@$(BIN)/python -m tools.command_pages

requirements: $(STAMPS)/uv ## Pin the newest allowed versions, with hashes
	@for f in run dev uv; do $(UV) pip compile --universal --upgrade --generate-hashes --no-header \
	  --python-version 3.11 $$( [ $$f = dev ] && echo -c requirements/run.txt ) requirements/$$f.in -o requirements/$$f.txt; done

clean: ## Remove the environment and the state of `make run`
	@rm -rf .venv .saldo

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
