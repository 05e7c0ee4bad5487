# Every target sets up what it needs: a virtual environment in .venv with the locked dependencies.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := $(VENV)/.installed
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo pictures test test-all lint format bench agent-report lock clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vla_sim needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

install: $(INSTALLED) ## Make .venv with everything that development needs

demo: $(INSTALLED) ## Run the demo suite, clean and faulted, and say where the report is
	@$(BIN)/vla-sim run scenarios/demo.yaml --agent classical --jobs $(JOBS) --out runs/demo --fresh

pictures: $(INSTALLED) ## Make the pictures in docs/images anew (needs chromium)
	@$(BIN)/python docs/pictures.py

test: $(INSTALLED) ## Run the tests, without those marked slow
	@$(BIN)/python -m pytest -n $(JOBS) -m "not slow and not gazebo"

test-all: $(INSTALLED) ## Run every test
	@$(BIN)/python -m pytest -n $(JOBS)

lint: $(INSTALLED) ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED) ## Run the benchmarks, each beside its yardstick
	@$(PIP) install --constraint requirements.lock ".[bench,train]" --no-build-isolation --editable .
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

TRIALS ?= 16
agent-report: $(INSTALLED) ## Measure the fusion agent and write docs/agent.md (hours; TRIALS=4: less)
	@$(BIN)/python docs/agent_report.py --trials $(TRIALS) --jobs $(JOBS)

# Wheels of ROS 2 hold packages that no registry has by themselves: only what pip installed is listed.
define PRINT_LOCK
from importlib.metadata import distributions
FOR_ROS = "ros-", "empy", "lark-parser"
names = {d.name: d.version.partition("+")[0] for d in distributions() if (d.read_text("INSTALLER") or "").strip() == "pip"}
for name in sorted(names.keys() - {"pip", "setuptools", "wheel", "vla-sim"}, key=str.lower):
    only = " ; platform_machine == 'x86_64' and sys_platform == 'linux'" if name.startswith(FOR_ROS) else ""
    print(f"{name}=={names[name]}{only}")
endef
export PRINT_LOCK

lock: ## Write requirements.lock anew from pyproject.toml
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/pip install --quiet --upgrade pip
	@.venv-lock/bin/pip install --quiet hatchling editables ".[dev]"
	@.venv-lock/bin/python -c "$$PRINT_LOCK" > requirements.lock
	@rm -rf .venv-lock

clean: ## Remove what was built and run
	@rm -rf $(VENV) runs dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
