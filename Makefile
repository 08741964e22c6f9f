# 'make help' lists the tasks. The first build compiles DuckDB's bindings and the embedded Temporal server: 5 to 10 minutes on two cores,
# once; later builds take seconds.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := bin/throughline
GO ?= go
DEMO ?= demo
SOURCES := $(shell find assets.go cmd fixtures linkage pipeline schemas workflows temporal.yaml throughline.yaml -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name '*.csv' -o -name '*.tmpl' -o -name '*.css' -o -name '*.js' 2>/dev/null)

.PHONY: help
help: ## list the tasks
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN): go.mod go.sum $(SOURCES)
	@echo "building $(BIN): the first time this takes 5 to 10 minutes (DuckDB, embedded Temporal server), later seconds"
	$(GO) build -trimpath -ldflags='-s -w' -o $(BIN) ./cmd/throughline

.PHONY: build
build: $(BIN) ## build bin/throughline

.PHONY: demo
demo: $(BIN) ## invent a population and run the whole annual refresh on it
	$(BIN) demo --dir $(DEMO)

.PHONY: test
test: check browser ## all tests, with the checks; installs a browser where there is none
	@echo "running all tests; the first build takes 5 to 10 minutes"
	$(GO) test -timeout 30m -tags integration ./...

.PHONY: check
check: ## format, vet, staticcheck, workflowcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet -tags integration ./...
	$(GO) tool staticcheck -tags integration ./...
	$(GO) tool workflowcheck ./workflows/...

.PHONY: browser
browser: ## install Debian's chromium, for the tests of pages, where there is no browser
	@command -v chromium >/dev/null || { echo "installing chromium for the tests of pages"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; $$sudo apt-get -qq update && $$sudo apt-get -qq install -y chromium >/dev/null; }

.PHONY: bench
bench: ## benchmarks: hot loops with allocations, the models of a country, then whole refreshes with time and memory (20 minutes)
	$(GO) test -run '^$$' -bench . -benchmem ./linkage/... ./pipeline/read ./pipeline/stats ./fixtures
	$(GO) test -run '^$$' -bench BenchmarkBuildNation -benchtime 1x -timeout 30m -v ./workflows/stage
	$(GO) test -tags integration -run '^$$' -bench 'BenchmarkDemo|BenchmarkChildYears|BenchmarkCheckAuthority|BenchmarkIngestNation' -benchtime 1x -timeout 30m ./cmd/throughline

.PHONY: fmt
fmt: ## format the code
	gofmt -w .

.PHONY: clean
clean: ## remove what was built; the demo folder stays
	rm -rf bin
