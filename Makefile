# make help  lists what can be done. Two targets matter to a newcomer: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test test-long mutants check bench clean lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRANSLATIONS := parking/portals/_http/translations

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv is missing: apt-get install python3-venv"; exit 2; }

$(VENV)/runtime: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --progress-bar on --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/development: $(VENV)/runtime requirements-dev.lock
	$(BIN)/pip install --quiet --progress-bar on --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/languages: $(VENV)/runtime $(shell find $(TRANSLATIONS) -name '*.po' 2>/dev/null)
	@$(BIN)/pybabel --quiet compile --directory $(TRANSLATIONS)
	@touch $@

demo: $(VENV)/runtime $(VENV)/languages ## start the demo city on http://127.0.0.1:8000 (Ctrl-C stops all of it)
	@exec $(BIN)/python -m parking.entrypoints.demo

test: $(VENV)/development $(VENV)/languages ## run the tests (about ten minutes on two cores)
	@$(BIN)/pytest

test-long: $(VENV)/development $(VENV)/languages ## run the long profiles (up to 10,000 examples; hours on two cores)
	@PARKING_LONG_TESTS=1 $(BIN)/pytest -m long --timeout 3600

$(VENV)/mutants: $(VENV)/development requirements-mutants.lock
	$(BIN)/pip install --quiet --progress-bar on --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@touch $@

mutants: $(VENV)/mutants ## change the tariffs' rules in every small way: do the tests notice? (hours; stop and go on)
	@PYTHONPATH=. $(BIN)/mutmut run --max-children 1
	@$(BIN)/mutmut export-cicd-stats
	@$(BIN)/python tools/mutation_score.py

check: $(VENV)/development ## style, types, arrows
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-timings 2>/dev/null || $(BIN)/lint-imports --no-cache

bench: $(VENV)/development $(VENV)/languages ## measure the figures of docs/performance.md (long: the sources alone take seven minutes)
	@$(BIN)/python -m bench

lock: $(VENV)/development ## resolve the dependencies anew, with hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --universal --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --universal --python-version 3.11 --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --universal --python-version 3.11 --extra build --extra dev --extra mutants -c requirements-dev.lock pyproject.toml -o requirements-mutants.lock

clean: ## remove what was built; the data under var/ stays
	rm -rf $(VENV) mutants build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find $(TRANSLATIONS) -name '*.mo' -delete
