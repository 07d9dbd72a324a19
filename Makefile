# Needs Python 3.11 or later and make; everything else is installed into .venv.
PYTHON ?= python3
PORT ?= 8000
UV_VERSION := 0.13.9

BIN := .venv/bin
STAMP := .venv/.installed
# How long `make machine` goes on, and from where; the same seed lives the same lives.
STEPS ?= 20000
SEED := $(or $(SEED),$(shell date +%s))
# One PostgreSQL and one Redis for all that a command starts.
SERVERS := $(BIN)/python -m config.embedded
PACKAGES := config common accounts catalog payments storefront stripe_sandbox demo bench

# All tests, on all cores, but no more than Redis has databases for and PostgreSQL connections.
# One process alone runs them with `pytest` and nothing else.
TESTS := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8

# Many processes start, each of which would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test machine check foreign description format lint types imports migrations deploy-check bench install clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP)  ## Make .venv with the locked dependencies

$(STAMP): pyproject.toml uv.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --quiet --frozen --inexact --system-certs --python $(BIN)/python
	@touch $(STAMP)

demo: $(STAMP)  ## Start everything and play a customer's journey (PORT=8000, ONCE=1 to end after it)
	$(BIN)/python -m demo --port $(PORT) $(if $(ONCE),--once)

test: $(STAMP)  ## Run all tests
	$(SERVERS) $(TESTS)

machine: $(STAMP)  ## Live long random lives of a shop's money (STEPS=20000 SEED=1 KILL=1)
	@echo "make machine STEPS=$(STEPS) SEED=$(SEED)$(if $(KILL), KILL=1)"
	$(SERVERS) env MACHINE_STEPS=$(STEPS) $(if $(KILL),MACHINE_KILLS=1) \
	  $(BIN)/python -m pytest payments/tests/machine --hypothesis-seed=$(SEED) --show-capture=no

check: $(STAMP) lint types imports migrations deploy-check  ## Everything that CI asks for
	$(SERVERS) $(TESTS) --cov --cov-report=term:skip-covered

foreign: $(STAMP)  ## Run other people's Stripe clients against the sandbox (CLIENTS="node cli")
	$(BIN)/python -m stripe_sandbox.foreign $(if $(UNLESS_OFFLINE),--unless-offline) $(CLIENTS)

description: $(STAMP)  ## Derive Stripe's description of its API anew (CHECK=1: only compare)
	$(BIN)/python -m stripe_sandbox.conformance \
	  $(if $(CHECK),--check) $(if $(UNLESS_OFFLINE),--unless-offline)

format: $(STAMP)  ## Format the code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

lint: $(STAMP)  ## Format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)  ## mypy --strict
	DATABASE_URL=postgres://unused REDIS_URL=redis://unused $(BIN)/mypy $(PACKAGES)

imports: $(STAMP)  ## The import contracts
	$(BIN)/lint-imports

migrations: $(STAMP)  ## No model without its migration
	$(SERVERS) $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(STAMP)  ## Django's and our own checks, with settings as production has them
	$(SERVERS) env RENTWELL_ENV=production SITE_URL=https://shop.example.com \
	  ALLOWED_HOSTS=shop.example.com STRIPE_SECRET_KEY=sk_live_unused STRIPE_WEBHOOK_SECRET=whsec_unused \
	  SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	  CREDENTIAL_KEYS=$$($(BIN)/python manage.py make_credential_key) \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(STAMP)  ## Measure (see bench/README.md)
	$(BIN)/python -m bench

clean:  ## Remove what was installed and the local data
	rm -rf .venv .local
