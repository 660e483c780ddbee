# Checks and tests, in an environment of their own. `make` alone lists the targets.
#
#   PYTHON=python3.12   the interpreter for .venv; otherwise the first found that is 3.11 or later
#   PEERS=0             do without torch, which is large; tests that compare with it are skipped
#   WORKERS=4           test processes; 0 runs the tests in a single one, as a debugger wants
#   ARGS="-k lstm"      further arguments for pytest
#   RUN=runs/demo       the folder that `make demo` trains in
#   CUDA=13             the CUDA of the plugin that `make gpu` installs; 0: what is there will do

PEERS   ?= 1
WORKERS ?= auto
VENV    := .venv
BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check
PYTEST   = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

# Without PYTHON, an environment that is there and works comes first: it is updated, not replaced.
PYTHONS := $(or $(PYTHON),$(BIN)/python python3 python3.13 python3.12 python3.11 python)
SUITS   := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))

# Stamps: .venv is touched only when the files that describe it have changed. The name holds PYTHON,
# so that asking for another interpreter makes the environment anew.
WITH    := $(if $(PYTHON),-with$(subst /,-,-$(PYTHON)))
CORE    := $(VENV)/.core$(WITH)
MADE    := $(VENV)/.made$(WITH)
ENV     := $(MADE) $(if $(filter 0,$(PEERS)),,$(VENV)/.made-peers)

RUN     := runs/demo

# Another environment, of the newest versions: what they refuse is known before they are asked for.
NEWEST  := .venv-newest
CORES   := $(addprefix tests/,basics cells drivers layers contracts objectives training)
CUDA    ?= 13

.PHONY: help demo docs claims test fast product newest gpu fuzz kill scaling format lint types clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*##/ { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo; sed -n 's/^#   /  /p' Makefile

demo: $(CORE)  ## train a small language model on Python's documentation: 5 minutes in all
	$(BIN)/python -m experiments.language_model --flagfile=experiments/recipes/demo.flags --workdir=$(RUN)

claims: $(ENV)  ## try every claim of the course: runs/claims/report.html, 20 minutes
	$(BIN)/python -m experiments.claims $(ARGS)

docs: $(CORE)  ## build the documentation site, to be read from disk: site/index.html
	$(PIP) install --quiet -c requirements.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

test: lint types $(ENV)  ## environment, format, lint, types, all tests
	$(PYTEST)

fast: $(ENV)  ## the tests that tests/slow.txt leaves: some of every package, in 3 minutes
	$(PYTEST) -m "not slow"

product: $(ENV)  ## all tests with all rows of their products of cells, drivers and so on: 20 minutes
	$(PYTEST) -m "product or not product"

newest:  ## the core suites on the newest versions that pip gives; with PYTHON, on that one
	@set -e; for python in $(or $(PYTHON),python3.13 python3.12 python3); do \
	  if "$$python" -c '$(SUITS)' 2>/dev/null; then break; fi; \
	done; \
	echo "Making $(NEWEST) with $$("$$python" -V)"; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || \
	  echo "Python 3.12 and later get newer versions of JAX than this one: make newest PYTHON=..."; \
	"$$python" -m venv --clear $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --no-cache-dir --upgrade -e '.[test]'
	$(NEWEST)/bin/python -m pip list | grep -iE '^(jax|jaxlib|flax|optax|orbax-checkpoint|grain|numpy|scipy) '
	$(NEWEST)/bin/python -m pytest -n $(WORKERS) --maxprocesses 8 $(CORES) $(ARGS)

gpu: $(ENV)  ## is seqjax right on an NVIDIA GPU, and how fast: runs/gpu/report.md, 5 minutes
	$(if $(filter 0,$(CUDA)),,$(PIP) install --quiet -c requirements.txt 'jax[cuda$(CUDA)]')
	$(BIN)/python -m experiments.gpu $(ARGS)

fuzz: $(ENV)  ## try every reader with 20,000 files that nobody meant to write: an hour
	$(PIP) install --quiet -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(ARGS)

kill: $(ENV)  ## kill every launch ten times, and compare it with one that was left alone: 40 minutes
	$(PYTEST) -m kill tests/kill

scaling: $(ENV)  ## every task in 2 and 4 processes, which die, hang and disagree: 15 minutes
	$(BIN)/python -m pytest -m scaling tests/scaling

format: $(MADE)  ## put the code into the project's format, fix what the linter can
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

lint: $(MADE)  ## check format and lint, change nothing
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check

types: $(MADE)  ## check the types
	$(BIN)/python -m mypy

clean:  ## remove the environment, caches and build artefacts, not runs/
	rm -rf $(VENV) $(NEWEST) .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info build dist site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CORE): requirements.txt setup.cfg pyproject.toml
	@set -e; found=; tried=; \
	for python in $(PYTHONS); do \
	  if "$$python" -c '$(SUITS)' 2>/dev/null; then found=$$python; break; fi; \
	  [ "$$python" = $(BIN)/python ] && continue; \
	  version=$$("$$python" -V 2>&1) || version="not there"; \
	  tried="$$tried\n  $$python: $$version"; \
	done; \
	if [ -z "$$found" ]; then \
	  printf "No Python 3.11 or later (with its venv module) among:$$tried\n" >&2; \
	  printf "Install one, or name it: make PYTHON=/path/to/python3.12 test\n" >&2; exit 1; \
	fi; \
	if [ "$$found" != $(BIN)/python ]; then \
	  echo "Making $(VENV) with $$("$$found" -V)"; \
	  "$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	fi
	$(PIP) install --quiet -c requirements.txt -e .
	@touch $(VENV)/.core $@

$(MADE): $(CORE)
	$(PIP) install -r requirements.txt -e .
	@touch $(VENV)/.made $@

$(VENV)/.made-peers: requirements-peers.txt $(MADE)
	@echo "Installing torch, which may be large: PEERS=0 goes without."
	$(PIP) install -r requirements-peers.txt
	@touch $@
