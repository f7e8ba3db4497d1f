# All logic lives in Python; make only brings a fresh machine to where Python can run it.
# It needs python3 (3.11 or newer) with pip, and nothing else: no root, no venv module, no compiler.
PYTHON ?= python3
WORKERS ?= 3
ARGS ?=

export UV_CACHE_DIR ?= $(CURDIR)/.tools/cache
export UV_PYTHON_DOWNLOADS := never
# Where the system keeps certificates, behind a company's proxy its own are among them.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= 1
endif

UV := .tools/bin/uv
BIN := .venv/bin
# Outside a git checkout ruff does not know that these are not ours.
RUFF_SCOPE := --config "extend-exclude = ['.tools', '.data']" .
PIP := $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input --no-cache-dir --root-user-action=ignore
# uv does not read pip's configuration, where a mirror may be named.
INDEX := index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(PYTHON) -m pip config get global.index-url 2>/dev/null)}}"; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"
SYNC := $(INDEX); $(UV) pip sync -q --require-hashes --python .venv/bin/python
LOCK := $(INDEX); $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help run demo doctor staff erase reconcile test chaos bench screenshots histories check format lock env-example clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.runtime ## start everything on this machine; Ctrl-C stops it, the data stays
	@$(BIN)/python -m ops.run $(ARGS)

demo: .venv/.runtime ## beside a running system: nine loops at once, each held against its script
	@$(BIN)/python -m ops.demo $(ARGS)

doctor: .venv/.runtime ## would it work? credentials, numbers, addresses, signatures; calls nobody
	@$(BIN)/python -m ops.doctor

staff: .venv/.runtime ## a member of staff and a token, or with --login a password: ARGS='"Anna Orlova" specialist --login anna'
	@$(BIN)/python -m ops.tokens $(ARGS)

erase: .venv/.runtime ## erase a person: ARGS=customer-id, or type an address when asked
	@$(BIN)/python -m ops.erase $(ARGS)

reconcile: .venv/.runtime ## after a restore: show where rows and workflows disagree; ARGS=--apply mends it
	@$(BIN)/python -m ops.reconcile $(ARGS)

test: .venv/.dev .venv/.peers .venv/.browser .venv/.htmx ## all tests (WORKERS=4 for more processes, ARGS='-k relay' for some)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

chaos: .venv/.dev ## 100 loops while everything is killed (ARGS='--seed 7' to repeat one)
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: .venv/.dev ## the speeds, each beside its limit (ARGS=--quick for a first look)
	@$(BIN)/python -m ops.bench $(ARGS)

screenshots: .venv/.dev .venv/.browser ## the pictures in docs/images, of a system with invented people
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

histories: .venv/.dev ## record the histories of named paths that have none yet
	@$(BIN)/python -m tests.histories $(ARGS)

check: .venv/.dev ## lint, format, types, import rules
	@$(BIN)/ruff check $(RUFF_SCOPE)
	@$(BIN)/ruff format --check $(RUFF_SCOPE)
	@$(BIN)/python -m mypy --explicit-package-bases .
	@PYTHONPATH=. $(BIN)/python -c 'from importlinter.cli import lint_imports_command as main; main()' --no-logo

format: .venv/.dev ## repair what can be repaired by itself
	@$(BIN)/ruff check --fix -q $(RUFF_SCOPE)
	@$(BIN)/ruff format $(RUFF_SCOPE)

lock: .tools/.ready ## choose the newest allowed versions anew
	@echo "Choosing versions: requirements-tools.lock, requirements.lock, requirements-dev.lock"
	@echo 'uv>=0.13,<0.14' | { $(LOCK) --upgrade --python-version 3.11 - -o requirements-tools.lock; }
	@$(LOCK) --upgrade pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade --group pyproject.toml:dev -c requirements.lock pyproject.toml -o requirements-dev.lock

env-example: .venv/.runtime ## write .env.example from settings.py
	@$(BIN)/python -m ops.env_example > .env.example

clean: ## remove everything that was installed or cached; the data in .data stays
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.tools/.ready: requirements-tools.lock
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "$(PYTHON) has no pip. Install it (Debian: apt install python3-pip) or name another: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing uv, the package installer, into .tools"
	@rm -rf .tools/bin .tools/uv .tools/uv-*.dist-info
	@$(PIP) --require-hashes --target .tools -r requirements-tools.lock
	@touch $@

.venv/bin/python: | .tools/.ready
	@echo "Making the virtual environment .venv"
	@$(UV) venv -q --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv

# Once the tools for tests are in, they stay in: a later `make run` must not take them away.
.venv/.runtime: requirements.lock .tools/.ready | .venv/bin/python
	@echo "Installing the packages into .venv (the first time some 150 MB are downloaded)"
	@if [ -e .venv/.dev ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi; $(SYNC) $$lock
	@touch $@

.venv/.dev: requirements-dev.lock .tools/.ready | .venv/bin/python
	@echo "Installing the packages and the tools for tests into .venv (the first time some 250 MB are downloaded)"
	@$(SYNC) requirements-dev.lock
	@touch .venv/.runtime $@

# They are not needed to pass the rest: who cannot reach npm's registry goes without them, and tries again next time.
.venv/.peers: tests/wire/peers/package-lock.json | .venv/.dev
	@echo "Installing the programs that play Twilio in tests into .venv (the first time some 40 MB are downloaded)"
	@$(BIN)/python -m tests.wire.peers

.venv/.htmx: tests/browser/htmx/package-lock.json | .venv/.dev
	@echo "Installing npm's htmx into .venv, to compare ours with"
	@$(BIN)/python -m tests.browser.htmx

# npm's Chromium, without root and beside nothing else.
.venv/.browser: tests/browser/package-lock.json | .venv/.dev
	@$(BIN)/python -m tests.browser
