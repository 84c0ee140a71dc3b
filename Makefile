# Two commands matter: `make run` and `make test`. Both make the virtual environment themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled modules are kept in one folder beside the packages: every process of a run and of the tests reads them.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/$(VENV)/pycache

.DEFAULT_GOAL := help
.PHONY: help run test lint assets bench screenshots venv clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | sort | expand -t 14

# uv installs from the same package index about ten times faster than pip; the constraints file pins every version.
$(VENV)/.run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv -c constraints.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	@touch $@

venv: $(VENV)/.dev ## make the virtual environment with the development tools

run: $(VENV)/.run ## start everything with demo data at http://localhost:8000
	@exec $(BIN)/exam-service run

lint: $(VENV)/.dev ## linters, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Four workers keep two cores busy: many tests wait for a clock, a browser or another process.
test: $(VENV)/.dev ## everything that must pass
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 4 --dist worksteal

assets: $(VENV)/.dev ## copy third-party assets from the npm registry into exam_service/static/vendor
	npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/uv pip install --quiet --python $(BIN)/python fonttools brotli
	$(BIN)/python .assets/copy_vendor.py

bench: $(VENV)/.dev ## run every benchmark and print its figures
	@for b in $$(ls benchmarks/*.py | xargs -n1 basename | sed 's/\.py$$//' | grep -v '^_'); do echo "== $$b"; $(BIN)/python -m benchmarks.$$b || exit 1; done

screenshots: $(VENV)/.dev ## take the screenshots that README and docs use
	$(BIN)/python -m tests.screenshots

clean: ## remove the virtual environment and generated files (not the data folder)
	rm -rf $(VENV) .mypy_cache .ruff_cache *.egg-info
