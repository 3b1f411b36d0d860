# The development of lead_pool; every target is a script in scripts/, which says more about itself.

.DEFAULT_GOAL := help
.PHONY: help setup run check test test-all soak bench coverage lint translate import clean
export DB PORT KEEP SIZE ONLY MINUTES CLIENTS SEED

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## get Odoo, its libraries, PostgreSQL and the template databases (run and test do it by themselves)
	@scripts/setup

run: ## serve Odoo with the add-ons and demo data at http://localhost:8069 (PORT=, DB=)
	@scripts/run

check: ## linters, pure rules, installation, the add-ons' tests without a browser
	@scripts/test check

test: ## check, the root's tests on running servers, browser tests, an upgrade (KEEP=1 keeps the databases)
	@scripts/test test

test-all: ## test, the long ones, all by Odoo's own runner, core's own suites with the add-ons installed
	@scripts/test all

soak: ## everybody at work while processes and PostgreSQL are killed: make soak MINUTES=10 (CLIENTS=24, SEED=)
	@scripts/soak

bench: ## measure speed against PostgreSQL and Odoo's own way: make bench (SIZE=10k, 100k, 1M; ONLY=distribute)
	@scripts/bench

coverage: ## which lines the pure rules and the add-ons' tests run, by folder
	@scripts/coverage

lint: ## the linters alone
	@scripts/lint

translate: ## write the add-ons' terms to i18n/ and list what is not translated into Chinese
	@scripts/translate

import: ## import leads: make import CSV=leads.csv POOL='Inbound' (DB=)
	@scripts/import "$(CSV)" "$(POOL)"

clean: ## drop the database and build products; ALL=1: the cache, too
	@scripts/clean $(if $(ALL),--all)
