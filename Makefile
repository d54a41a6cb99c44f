# Everything that a target needs it sets up itself, in .venv. `make help` lists the targets.

PYTHON ?= python3
BANK ?= ../shared/data/bank/bank-additional-full.csv

BIN := .venv/bin
READY := .venv/.ready
TESTS := .venv/.tests
AUDIT := .venv/pip-audit-2.10.1
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE  # what compiles once need not compile in each process
.DEFAULT_GOAL := help

.PHONY: help setup demo demo-bank test acceptance soak lint audit docs lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install the locked requirements into .venv.

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "leadscore needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Installing the locked requirements into .venv (one to two minutes, once)"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --no-deps --require-hashes --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # on all CPUs; a file may be for another Python
	@touch $@

$(TESTS): $(READY) requirements-tests.txt
	@echo "Installing what only tests need into .venv (about a minute, once)"
	@$(INSTALL) --requirement requirements-tests.txt
	@touch $@

demo: $(READY) ## Make 20,000 example leads, train, score, and judge the scores (all of it under demo/).
	@PREFECT_HOME=$(CURDIR)/demo/.prefect $(BIN)/leadscore demo --folder demo

demo-bank: $(READY) ## The same with a bank's real contacts (BANK=path of bank-additional-full.csv; under demo-bank/).
	@PREFECT_HOME=$(CURDIR)/demo-bank/.prefect $(BIN)/leadscore demo --folder demo-bank --bank $(BANK)

test: lint $(TESTS) ## Lint, format check, strict types, architecture and all tests, with a sample of the crash cases.
	$(BIN)/pytest -n auto --dist worksteal -m "not acceptance and not soak"

acceptance: $(READY) $(TESTS) ## Every crash case, all that is too slow for `test`, and the real data (up to 30 minutes).
	$(BIN)/pytest -n auto --dist worksteal -m "acceptance or crash or real_data"

# Without pytest's own log: it keeps every record, and with a failure all that the run had open.
soak: $(READY) ## 200 nights and 28 retrains on a changing CRM, some killed; writes docs/soak.md (up to 30 minutes).
	SOAK_PAGE=docs/soak.md OMP_NUM_THREADS=1 $(BIN)/pytest -n 0 -s -p no:logging -m soak tests/acceptance/test_soak.py

lint: $(READY) ## Lint, format check and strict types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers auto

audit: $(AUDIT) ## Hold the locked requirements against the known vulnerabilities (asks a service outside).
	@$(AUDIT)/bin/pip-audit --requirement requirements.txt --require-hashes --disable-pip --strict --progress-spinner off || \
		{ echo "Not passed: something is vulnerable, or the service did not answer for each package. See above."; exit 1; }

$(AUDIT):
	@$(PYTHON) -m venv $@
	@$@/bin/pip install --quiet --disable-pip-version-check $(subst -audit-,-audit==,$(@F)) || { rm -r $@; exit 1; }

docs: $(READY) ## Make docs/configure.md from the settings.
	$(BIN)/python -c 'from leadscore.report.reference import settings_page; print(settings_page(), end="")' > docs/configure.md

lock: ## Resolve pyproject.toml into requirements.txt anew (needs uv; hashes, but no download addresses).
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest --upgrade \
		--generate-hashes --no-annotate --custom-compile-command "make lock" --output-file requirements.txt \
		--no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13  # 470 MB that a CPU does not need

clean: ## Remove what the other targets made.
	rm -rf .venv demo demo-bank dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
