# Tools are built from pinned versions into ./.bin, so that they never enter go.mod. A version is part of the file's name:
# if you change it here, the next run builds the new tool.
GOFUMPT       := .bin/gofumpt-v0.12.0
GOLANGCI_LINT := .bin/golangci-lint-v2.15.0
BENCHSTAT     := .bin/benchstat-v0.0.0-20260908200009-22c9c6c9d4da

BENCH    ?= .
COUNT    ?= 6
FUZZTIME ?= 10s

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help test short jsonv2 lint bench fuzz servers matrix history crosstalk sim nearalone faults coherence postgres hitratio sizecurve rivals rivals-far growth tuning

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The directories of all modules of this repository. Most commands run in each of them.
MODULES := $(patsubst %/,%,$(dir $(shell find . -name go.mod -not -path './.*' -not -path '*/testdata/*' | sort)))

# The environment of make lint and make test. It is the same for both, so the second does not compile what the first compiled.
# Debug information is left out, because no test reads it. GOGC=400 makes garbage collection rarer, in tests and in the compiler:
# it takes long. GOFLAGS, and not flags, because some tests run the go command.
RACE := GOGC=400 GOFLAGS='-race -gcflags=all=-dwarf=false'

# Some packages mostly wait, so three run at once. GORACE lets a test binary exit at once, and not after a second in which
# goroutines may race: goleak checks that packages leave none. No vet, because make lint runs all of it. Noskip runs
# without the race detector, because it has one goroutine, and reads half a million lines.
test: servers ## run every test with the race detector; one that is skipped fails the run
	@{ failed=0; for module in $(MODULES); do \
		CACHED_REQUIRE_SERVERS=1 GORACE=atexit_sleep_ms=0 $(RACE) go -C "$$module" test -vet=off -p 3 -parallel 4 -json ./... || failed=1; \
	done; exit $$failed; } | go run ./internal/noskip

short: ## run the tests that need neither a server nor much time
	@for module in $(MODULES); do go -C "$$module" test -short ./...; done

jsonv2: servers ## run every test with the JSON package that Go will have, GOEXPERIMENT=jsonv2
	@for module in $(MODULES); do CACHED_REQUIRE_SERVERS=1 GOEXPERIMENT=jsonv2 go -C "$$module" test ./...; done

# golangci-lint runs govet and staticcheck, among others. gofumpt does not look into testdata, and gofmt does.
lint: $(GOFUMPT) $(GOLANGCI_LINT) ## check format and the types for 32 bits, and run golangci-lint
	@unformatted=$$(gofmt -l . && $(GOFUMPT) -l .); \
	if [ -n "$$unformatted" ]; then printf 'not formatted by gofmt or gofumpt:\n%s\n' "$$unformatted" >&2; exit 1; fi
	go run ./internal/typecheck GOARCH=386
	@for module in $(MODULES); do \
		set -x; cd "$(CURDIR)/$$module"; $(RACE) "$(CURDIR)/$(GOLANGCI_LINT)" run ./...; \
	done

# SERVER_BINARIES names a folder with more servers, such as older versions, for the backends.
matrix: SERVERS += nutcracker
matrix: servers ## run the suite on the backends over every kind of server, on every layer over every store, and on every broken cache
	CACHED_REQUIRE_SERVERS=1 CACHED_MATRIX=full go test -race -count=1 -timeout 60m -parallel 8 ./internal/matrix
	CACHED_REQUIRE_SERVERS=1 CACHED_MATRIX=full go test -race -count=1 -timeout 60m -parallel 8 -run Conformance ./backends/... ./layers/... ./compat/...
	CACHED_MATRIX=full go test -race -count=1 -timeout 60m -run Broken ./ctxcache/cachetest/...

history: servers ## check the histories of 10 million operations over memory, and of 1 million over each server
	CACHED_REQUIRE_SERVERS=1 CACHED_HISTORY=full go test -count=1 -timeout 120m -v -run '^TestHistory' ./internal/history

sim: ## simulate several nodes, a far cache and the channel between them, from 100,000 seeds, and levels that follow their source, from 3,000
	CACHED_SIM=full go test -count=1 -timeout 60m -v -run '^TestSim' ./internal/sim
	CACHED_SIM=full go test -count=1 -timeout 60m -run '^TestFollowRandomly$$' ./layers/twolevel

nearalone: ## search all states of the model of two levels that work through outages
	CACHED_NEARALONE=full go test -count=1 -timeout 60m -v -run 'TestProtocolKeepsTheLaws|TestOrdersThatHoldToo' ./internal/nearalone

faults: servers ## let one fault at a time happen to real servers under load, and print what it costs
	CACHED_REQUIRE_SERVERS=1 CACHED_FAULTS=full go test -count=1 -timeout 30m -v -run '^TestFaults$$' ./internal/faults

coherence: servers ## let three nodes and a stranger change keys, and read a million times, on a server, behind Sentinel and on a Cluster
	CACHED_REQUIRE_SERVERS=1 CACHED_COHERENCE=full go test -count=1 -timeout 60m -v -run '^TestCoherence$$' ./internal/coherence

# Debian's package keeps initdb in a folder of its own, where the tests look for it.
postgres: ## run the tests of sources/postgres on a PostgreSQL server
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; }
	go -C sources/postgres vet -tags postgres ./...
	go -C sources/postgres test -race -count=1 -timeout 20m -tags postgres ./...

hitratio: ## simulate eviction policies on the traces of the folder TRACES; writes hitratio.csv, and plots into hitratio-plots
	@test -n '$(TRACES)' || { echo 'make hitratio needs a folder: make hitratio TRACES=folder' >&2; exit 1; }
	go -C cmd/cachesim run . -regret -csv '$(CURDIR)/hitratio.csv' -plot '$(CURDIR)/hitratio-plots' $(SUBSETS) '$(abspath $(TRACES))'

# A smaller and a larger value of each parameter of the adaptive policy.
TUNINGS := start=0.05 start=0.2 ghosts=2 ghosts=4 remembered=0.03 remembered=0.1 epoch=5 epoch=20 frequency=1 frequency=3 phases=2 phases=4 \
	ratio=3 ratio=6 used=15 used=40 reach=0.7 reach=0.95 lead=1 lead=1.5 window=0.25 window=1 place=1 place=3 step=1 step=3

tuning: ## simulate the adaptive policy with other parameters, on the traces of the folder TRACES; SUBSETS='-subset name=trace,trace' adds columns
	@test -n '$(TRACES)' || { echo 'make tuning needs a folder: make tuning TRACES=folder' >&2; exit 1; }
	go -C cmd/cachesim run . -policy "adaptive$$(printf ',adaptive:%s' $(TUNINGS))" $(SUBSETS) '$(abspath $(TRACES))'

sizecurve: ## compare the estimates of Options.SizeCurve with real runs, on the traces of the folder TRACES or on generated ones
	go run ./bench/sizecurve $(if $(TRACES),'$(abspath $(TRACES))')

rivals: servers ## compare the cache in memory with its rivals, in about an hour; TRACES=folder adds hit ratios of recorded traces, CHOSEN=a,b shows some apart; writes bench/RESULTS.md
	go -C bench/rivals run . -o ../RESULTS.md $(if $(TRACES),-traces '$(abspath $(TRACES))' $(if $(CHOSEN),-chosen '$(CHOSEN)'))

growth: ## measure the cache in memory as work grows, in about ten minutes; writes bench/GROWTH.md and its plots
	go -C bench/rivals run . growth -o ../GROWTH.md

rivals-far: servers ## compare far reads with go-redis and rueidis
	CACHED_RIVALS=full go -C bench/rivals test -count=1 -timeout 20m -v -run '^TestFar$$' .

crosstalk: servers ## get 100,000 keys of each server through a proxy that delays replies, while callers leave
	CACHED_REQUIRE_SERVERS=1 CACHED_CROSSTALK=full go test -count=1 -timeout 60m -v ./internal/crosstalk

bench: $(BENCHSTAT) ## run the benchmarks COUNT (6) times, and compare the stacks; BENCH=regexp picks some
	go test -run '^$$' -bench '$(BENCH)' -count '$(COUNT)' ./bench/... | tee bench.out
	$(BENCHSTAT) -col /stack bench.out

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@go list ./... | while read -r package; do \
		go test -list '^Fuzz' "$$package" | { grep '^Fuzz' || true; } | while read -r target; do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' "$$package" </dev/null; \
		done; \
	done

# The servers that tests start. Each name is the name of a program and of its package.
SERVERS := redis-server memcached
servers:
	@missing=; for server in $(SERVERS); do command -v "$$server" >/dev/null || missing="$$missing $$server"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
		echo "make test needs on the PATH what is missing here:$$missing; install the packages of these names, then run it again" >&2; \
		exit 1; \
	fi

$(GOFUMPT):       MODULE := mvdan.cc/gofumpt
$(BENCHSTAT):     MODULE := golang.org/x/perf/cmd/benchstat
$(GOLANGCI_LINT): MODULE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
.bin/%:
	GOGC=400 GOBIN='$(CURDIR)/.bin' go install $(MODULE)@$(lastword $(subst -v, v,$*))
	@mv '.bin/$(notdir $(MODULE))' '$@'
