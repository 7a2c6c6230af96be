# Everything that is done with this repository; `make` alone lists it.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Another project's virtual environment or import path must not leak in.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_USER := 0
export SAM_CLI_TELEMETRY := 0
export SAM := $(CURDIR)/.venv-sam/bin/sam

PY := .venv/bin/python
UV_VERSION := 0.13.9
TEMPLATES := template.yaml $(wildcard stacks/*.yaml)
PYTHONS := python3 python3.13 python3.12 python3.11 python3.14 python

# $(call venv,FOLDER): a new virtual environment, made with PYTHON or else the first Python that will do.
define venv
@for python in $(or $(PYTHON),$(PYTHONS)); do \
	if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Making $(1) with $$($$python --version) ($$python)"; \
		exec $$python -m venv --clear $(1); \
	fi; \
done; \
echo "No suitable Python: looked for 3.11 or newer with venv and ensurepip as $(or $(PYTHON),$(PYTHONS))." >&2; \
echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make install PYTHON=/path/to/python3" >&2; \
exit 1
endef

# $(call locked,FOLDER,FILE): exactly what the lock says. It is complete, so pip need not work out the dependencies again.
define locked
@echo "Installing $(2)"
@$(1)/bin/python -m pip install --quiet --require-hashes --no-deps --requirement $(2)
@broken=$$($(1)/bin/python -m pip check) || { echo "$$broken" >&2; exit 1; }
endef

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: install
install: .venv/.installed ## Make .venv with the locked requirements (PYTHON=… names the interpreter)

.venv/.locked: requirements/dev.txt
	$(call venv,.venv)
	$(call locked,.venv,$<)
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-sam/.installed: requirements/sam.txt
	$(call venv,.venv-sam)
	$(call locked,.venv-sam,$<)
	@touch $@

.venv-checkov/.installed: requirements/checkov.txt
	$(call venv,.venv-checkov)
	$(call locked,.venv-checkov,$<)
	@touch $@

.venv-page/.installed: requirements/page.txt
	$(call venv,.venv-page)
	$(call locked,.venv-page,$<)
	@touch $@

.venv-lock/.installed: Makefile
	$(call venv,.venv-lock)
	@.venv-lock/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

.PHONY: demo
demo: install ## Play a blue/green deployment on this machine (FAULT=http-500 breaks green, ARGS=… go to the rehearsal)
	@$(PY) -m rehearsal $(if $(FAULT),--fault '$(FAULT)') $(ARGS)

.PHONY: test
test: install ## Run the unit, contract and rehearsal tests (ARGS=… go to pytest)
	@$(PY) -m pytest $(ARGS)

.PHONY: check check-format check-lint check-types check-templates check-stacks check-security
check: check-format check-lint check-types check-templates check-stacks check-security ## Check format, lint, types and templates

check-format: install
	@$(PY) -m ruff format --check .

check-lint: install
	@$(PY) -m ruff check .

check-types: install
	@$(PY) -m mypy layers/greenlight/greenlight layers/greenlight/layer_build hooks/*/app.py cli/greenlight_cli rehearsal benchmarks

# The region is only a name here: nothing is asked of AWS.
check-templates: .venv-sam/.installed
	@.venv-sam/bin/cfn-lint -- $(TEMPLATES)
	@set -e; for template in $(TEMPLATES); do .venv-sam/bin/sam validate --lint --region eu-central-1 --template "$$template"; done

# The SAM CLI's own translator makes CloudFormation of the templates; the tests make stacks of that, in a stand-in for CloudFormation.
check-stacks: install .venv-sam/.installed
	@$(PY) -m pytest -q tests/stacks $(ARGS)

# What is suppressed, and why, stands in .checkov.yaml and beside the resources. It asks nobody whether there is a newer checkov.
check-security: .venv-checkov/.installed
	@CKV_SKIP_PACKAGE_UPDATE_CHECK=true CKV_PARSE_ERROR_FAIL=true .venv-checkov/bin/checkov --config-file .checkov.yaml --file $(TEMPLATES)

.PHONY: format
format: install ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

# What running a hook in place leaves beside app.py would go into its package.
.PHONY: build
build: .venv-sam/.installed ## sam build: the functions and the layer for both architectures (ARGS=… go to sam)
	@rm -rf hooks/*/__pycache__
	@.venv-sam/bin/sam build $(ARGS)

.PHONY: e2e
e2e: install .venv-sam/.installed ## Run the tests that need the SAM CLI and Docker (LAMBDA_IMAGE=… names the image to invoke in)
	@$(PY) -m pytest tests/e2e $(ARGS)

.PHONY: page
page: install .venv-page/.installed ## Look at the HTML report in a real Chromium (CHROMIUM=… names it)
	@$(if $(CHROMIUM),CHROMIUM="$(CHROMIUM)") $(PY) -m pytest tests/page $(ARGS)

.PHONY: schemas
schemas: install ## Write the JSON Schemas of gates file and suite into docs/schemas
	@$(PY) -m greenlight_cli.schemas

.PHONY: messages
messages: install ## Write docs/messages.md: what the checks say, brought about by the tests
	@$(PY) -m tests.unit.checks.test_messages

.PHONY: docs
docs: schemas messages ## Write all of docs/ that is made: the schemas, the messages, docs/gates-reference.md
	@$(PY) -m greenlight_cli.schemas.reference

.PHONY: bench
bench: install ## Measure the cold start (ARGS=… go to benchmarks/cold_start.py)
	@$(PY) benchmarks/cold_start.py $(ARGS)

# uv keeps the versions that are locked already, as far as pyproject.toml lets it. The layer comes first: the tests run with
# the versions that are deployed.
COMPILE = .venv-lock/bin/uv pip compile --quiet --no-header --generate-hashes $(if $(UPGRADE),--upgrade)

# $(call lock_extra,NAME): lock one of pyproject.toml's optional dependencies alone, in an environment of its own.
define lock_extra
@.venv-lock/bin/python -c 'import pathlib, tomllib; \
	print(*tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]["optional-dependencies"]["$(1)"], sep="\n")' | \
	$(COMPILE) --python-version 3.11 --universal - --output-file requirements/$(1).txt
endef

.PHONY: lock
lock: .venv-lock/.installed ## Lock the requirements that pyproject.toml names (UPGRADE=1 takes the newest versions)
	@$(COMPILE) --python-version 3.13 --python-platform linux pyproject.toml --output-file layers/greenlight/requirements.txt
	@$(COMPILE) --python-version 3.11 --universal --constraint layers/greenlight/requirements.txt --extra dev pyproject.toml \
		--output-file requirements/dev.txt
	$(call lock_extra,sam)
	$(call lock_extra,checkov)
	$(call lock_extra,page)

.PHONY: clean
clean: ## Remove everything that make has made
	@rm -rf .venv .venv-sam .venv-checkov .venv-page .venv-lock .bench .aws-sam *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
