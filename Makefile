# One target per verb. tools/uv is uv, or fetches it where the machine has none.
UV_RUN := tools/uv run --quiet
PYTEST := $(UV_RUN) pytest -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: bench bench-check clean demo docs docs-recipes docs-reference docs-servers help \
	lint mutation-score pictures release test test-all test-fast

bench: ## Measure lines against other libraries, and faults; write what was found
	$(UV_RUN) python benchmarks/run.py

bench-check: ## The same in two minutes; fail if a bound is missed, write nothing
	$(UV_RUN) python benchmarks/run.py --quick --check

clean: ## Remove what the other targets made
	rm -rf .mypy_cache .pytest_cache .ruff_cache .tools .venv build uv.lock

demo: ## Render a service to build/demo and drive it with real clients
	$(UV_RUN) python tools/demo.py

docs: ## Build the site to build/site
	$(UV_RUN) zensical build --strict

docs-recipes: ## Run the recipes for reading and shipping logs, and write what they print
	$(UV_RUN) python tools/recipes.py

docs-reference: ## Rewrite what is made from the sources: options, environment, .env.example
	$(UV_RUN) python tools/reference.py

docs-servers: ## Run every framework on every server, and write what was seen
	$(UV_RUN) python tools/servers.py

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lint: ## Check the template's own Python
	$(UV_RUN) ruff check
	$(UV_RUN) ruff format --check
	$(UV_RUN) mypy

mutation-score: ## Break redaction, encoding, handlers and audit by machine, and write what is caught
	$(UV_RUN) python tools/mutation_score.py

pictures: ## Draw docs/pictures from a real run
	$(UV_RUN) python tools/pictures.py

release: ## Write the heading of VERSION, commit and tag it
	$(UV_RUN) python tools/release.py $(VERSION)

test: lint ## Run the template's tests
	$(PYTEST) -m "not exhaustive"

test-all: lint ## Run every test, those for now and then included
	EXHAUSTIVE=1 $(PYTEST)
	$(MAKE) mutation-score

test-fast: ## Run the tests that install nothing
	$(PYTEST) -m "not installs"
