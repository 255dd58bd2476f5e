# All commands of this project. Everything they need is set up on the way; see README.md.
PYTHON ?= python3
SETUP = $(PYTHON) -m tests.environment
N ?= 20000
RAIL ?= g2p_connect
MODE ?=
FILES ?=
ARGS ?=

.PHONY: help demo serve test bench lint format ci check-setup stop clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo:  ## Pay 1,000 households, compare both sides (RAIL=file|phee|interop|g2p_connect; MODE=pil|sdk of interop, sync|async|bridge of g2p_connect)
	@$(SETUP) run tests.demo --rail $(RAIL) $(if $(MODE),--mode $(MODE)) $(ARGS)

serve:  ## Show the last demo's database at http://127.0.0.1:8069
	@$(SETUP) serve

test:  ## Run all tests (ARGS="-k name" for some of them)
	@$(SETUP) test $(ARGS)

bench:  ## Time each stage against plain SQL (N=20000 households; FILES=1: 10,000 vouchers too)
	@$(SETUP) run benchmarks --n $(N) $(if $(FILES),--vouchers) $(ARGS)

lint:  ## Run ruff, pylint-odoo and prettier
	@$(SETUP) lint

format:  ## Let ruff and prettier correct what they can
	@$(SETUP) format

ci:  ## Run what continuous integration runs
	@.ci/run

check-setup:  ## Set everything up and prove that it works, nothing else
	@$(SETUP) check-setup

stop:  ## Stop the private PostgreSQL cluster
	@$(SETUP) stop

clean: stop  ## Stop PostgreSQL and forget what this clone keeps in .g2p (the cache stays)
	rm -rf .g2p .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
