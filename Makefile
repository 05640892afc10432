# Doorward. Each target says what it is doing while it does it.
.DEFAULT_GOAL := help
.PHONY: help run test build bench soak tools watch

help: ## Show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## Build what is missing and serve a demo organisation on http://127.0.0.1:3000
	@.ci/run.sh

test: ## Run every test: format, lints, both databases, the browser
	@.ci/test.sh

build: ## Build the binary with the site embedded
	@.ci/build.sh

bench: ## Measure speed on 1,000,000 requests and print the floor beside each figure
	@.ci/bench.sh

soak: ## Run the races in full: 200 rounds each, on both databases
	@.ci/soak.sh

watch: ## Build and serve again at every change
	@.ci/tools.sh
	PATH="$(CURDIR)/node_modules/.bin:$$PATH" cargo leptos watch

tools: ## Install what is missing to build
	@.ci/tools.sh
