# Every command of the project; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
PORT ?= 8000
DATA ?= .local
RESET ?=
AT ?=
SES ?=
SET ?=
LOCAL_AWS ?=
STAGE ?= dev
STACK ?=
GUESTS ?= 2000
PYTHON = $(VENV)/bin/python
READY = $(VENV)/.ready
CHECK = $(VENV)/.check
BROWSER = $(VENV)/.browser
BENCH = $(VENV)/.bench
# A stamp in an environment whose Python went away says nothing, so it goes too.
BROKEN := $(shell test -e $(READY) && ! $(PYTHON) -c pass 2>/dev/null && rm -f $(READY))
# Every command starts Python several times; what it compiled once is kept, whatever the machine's habit.
unexport PYTHONDONTWRITEBYTECODE
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard locales/*/LC_MESSAGES/messages.po))

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) $(CATALOGUES) ## Make the virtual environment and compile the translations

$(READY): requirements.txt requirements-dev.txt infra/setup.sh
	@bash infra/setup.sh $(VENV) requirements-dev.txt
	@touch $@

locales/%/LC_MESSAGES/messages.mo: locales/%/LC_MESSAGES/messages.po $(READY)
	@$(VENV)/bin/pybabel -q compile -i $< -o $@

.PHONY: run
run: setup $(if $(filter ministack,$(LOCAL_AWS)),.venv-stack/.ready) ## Start everything on this machine, with demo data and a mailbox (PORT, DATA, RESET=1, AT=2026-11-30T09:00, SES=sandbox, SET="review=trusted")
	@PORT=$(PORT) DATA=$(DATA) RESET=$(RESET) AT=$(AT) SES=$(SES) SET="$(SET)" LOCAL_AWS=$(LOCAL_AWS) $(PYTHON) -m infra.local

.venv-stack/.ready: requirements-stack.txt infra/setup.sh
	@bash infra/setup.sh .venv-stack requirements-stack.txt
	@touch $@

.PHONY: test
test: setup ## Run all tests that need only pip
	@$(PYTHON) -m pytest

.PHONY: test-browser
test-browser: $(BROWSER) $(CATALOGUES) ## Walk through the pages in this machine's Chromium
	@$(PYTHON) -m pytest -n0 tests/browser_journeys

$(BROWSER): requirements-browser.txt $(READY)
	@bash infra/setup.sh $(VENV) requirements-browser.txt
	@touch $@

.PHONY: test-spam
test-spam: setup ## Let this machine's SpamAssassin judge every mail, without the network
	@$(PYTHON) -m pytest -n0 tests/spam

.PHONY: check
check: $(CHECK) $(CATALOGUES) ## Format, lint, types, imports, translations, infrastructure
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PYTHON) -m infra.translations
	@$(PYTHON) -m infra.templates
	@$(PYTHON) -m infra.package --stage $(STAGE)

$(CHECK): requirements-check.txt $(READY)
	@bash infra/setup.sh $(VENV) requirements-check.txt
	@touch $@

.PHONY: format
format: $(CHECK) ## Bring the code into the project's form
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

.PHONY: preview
preview: setup ## Write every mail, calendar file and page to build/preview
	@$(PYTHON) -m infra.preview

.PHONY: golden
golden: setup ## Rewrite the golden copies of the mails, to be read as a diff
	@$(PYTHON) -m infra.preview --golden

.PHONY: bench
bench: $(BENCH) $(CATALOGUES) ## Measure speed and cost as ratios, into docs/performance.md
	@$(PYTHON) -m infra.bench

$(BENCH): requirements-bench.txt $(READY)
	@bash infra/setup.sh $(VENV) requirements-bench.txt
	@touch $@

.PHONY: bench-stack
bench-stack: setup .venv-stack/.ready ## Invite many guests on ministack, and measure it (GUESTS=10000: half an hour)
	@$(PYTHON) -m infra.bench --stack --guests $(GUESTS)

.PHONY: bench-crowd
bench-crowd: setup .venv-stack/.ready ## Prove on ministack that fifty answers at once share ten seats
	@$(PYTHON) -m infra.bench --crowd

.PHONY: package
package: $(CHECK) $(CATALOGUES) ## Build what AWS runs, and lint it
	@$(PYTHON) -m infra.package --stage $(STAGE)

.PHONY: doctor
doctor: setup ## Say what DNS and SES of an installation still lack (STACK=its stack)
	@$(PYTHON) -m infra.doctor $(if $(STACK),--stack $(STACK))

.PHONY: lock
lock: ## Renew the locked requirements (needs uv)
	@for name in requirements requirements-dev requirements-check requirements-stack requirements-browser requirements-bench; do \
	  uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	    --no-emit-find-links --upgrade --custom-compile-command "make lock" $$name.in -o $$name.txt; \
	done
	@sed -i '1i -r requirements.txt' requirements-dev.txt

.PHONY: clean
clean: ## Remove what was built; what `make run` kept stays
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis $(VENV) .venv-stack $(CATALOGUES)
