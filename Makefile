# One target per verb. tools/uv is uv, or fetches it where the machine has none.
UV_RUN := tools/uv run --quiet
PYTEST := $(UV_RUN) pytest -n 2 --dist worksteal
CORE := */record.py,*/formatters.py,*/redaction.py,*/writer.py,*/audit.py,*/context.py,*/settings.py,*/timing.py,*/requests.py,*/middleware.py
# Openings of sentences that do not say what a thing does: write the subject first.
RIDDLES := who(so)?ever|(some|no)body|(is|are) told|tells of|bears witness|stands as it is

.DEFAULT_GOAL := help
.PHONY: bench clean coverage demo docs docs-reference docs-servers help lint mutation release test test-fast

bench: ## Measure the package and its peers, and write what was found
	$(UV_RUN) python benchmarks/run.py

clean: ## Remove what the other targets made
	rm -rf .coverage* .mypy_cache .pytest_cache .ruff_cache .tools .venv build uv.lock

coverage: ## Measure the branches of the package that tests take in place: 95 % of the core
	rm -rf build/coverage
	$(UV_RUN) coverage run -m pytest -n 2 -m "not installs" tests/observability tests/services
	$(UV_RUN) coverage combine --quiet
	$(UV_RUN) coverage report
	$(UV_RUN) coverage report --fail-under 95 --include "$(CORE)"

demo: ## Render a service to build/demo, drive it with real clients, show what it logs
	$(UV_RUN) python tools/demo.py

docs: ## Build the site to build/site
	$(UV_RUN) zensical build --strict

docs-reference: ## Write the pages of options and variables, and .env.example, from the sources
	$(UV_RUN) python tools/reference.py

docs-servers: ## Run each framework on each server, and write docs/reference/servers.md
	$(UV_RUN) --with granian --with hypercorn --with uvicorn-worker python tools/servers.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lint: ## Check rules, format, words and types, the package in place included
	$(UV_RUN) ruff check
	$(UV_RUN) ruff format --check
	! git grep -inwE "$(RIDDLES)" -- "*.py" "*.md" "*.jinja" "*.toml" "*.yml" "*.yaml" "*.json"
	$(UV_RUN) mypy
	$(UV_RUN) mypy tests/services/conftest.py
	$(UV_RUN) mypy tests/template/conftest.py

mutation: ## Break the core of the package by machine, and list what no test notices
	$(UV_RUN) python tools/mutation.py $(ARGS)

release: ## Write the heading of VERSION into CHANGELOG.md, commit and tag it
	$(UV_RUN) python tools/release.py $(VERSION)

test: lint ## Run all tests
	$(PYTEST)

test-fast: ## Run the tests that install nothing
	$(PYTEST) -m "not installs"
