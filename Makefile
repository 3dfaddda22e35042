# diaban: `make demo` shows a province on a map, `make test` proves it. Both install what is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
ARGS ?=

# new enough: the cargo that Cargo.toml asks for, and a node that builds the page
RUST_OK = cargo --version 2>/dev/null | awk '{split($$2, v, "."); ok = v[1] > 1 || v[2] >= 95} END {exit !ok}'
NODE_OK = node --version 2>/dev/null | awk -F'[v.]' '{ok = $$2 >= 18} END {exit !ok}' && npm --version >/dev/null 2>&1

.PHONY: help demo test planner-day access hostile fuzz cite bench web-bench faults faults-import lint build packages packages-test packages-bench page clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## a sample province on a map at http://127.0.0.1:8080, from nothing
	target/release/diaban demo $(ARGS)

build: packages page ## the program, target/release/diaban, with the page in it
	cargo build --release --locked

test: packages packages-test page ## all tests
	@# The page is tried while the tests of the program are built, and not while they run: some of those look at a clock.
	@mkdir -p target; (cd web && npm test) >target/page_test.log 2>&1 & page=$$!; \
	built=no; cargo test --locked --no-run && built=yes; \
	if wait $$page; then tail -n 12 target/page_test.log; else cat target/page_test.log; exit 1; fi; [ $$built = yes ]
	@# Many tests wait for a browser, a database or a clock: one at a time more than there are processors.
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$(($$(nproc) + 1))} cargo test --locked $(ARGS)

planner-day: packages packages-test page ## a planner's day on the map page before the program with the sample, in both languages
	cargo test --locked --test main planner_day -- --nocapture

access: packages packages-test page ## every caller at every route in every form: answers looked at, and forbidden bytes in them
	cargo test --locked --test main access::matrix -- --nocapture

hostile: build ## thousands of hostile requests to a running server, and what came of each
	cargo build --release --locked --example measure
	bench/hostile

fuzz: packages packages-test page ## garbled bytes to each parser, MINUTES (60) each; PARSERS="csv token" chooses
	fuzz/run $(PARSERS)

cite: build ## the OGC's conformance suites, their jars named by CITE_JAR_FEATURES and CITE_JAR_TILES
	tests/cite/run

lint: packages page ## formatting and warnings (needs rustfmt and clippy beside cargo)
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

BENCH ?= tiles
bench: build packages-bench ## side by side with a peer; BENCH="tiles warm ..." says what, bench/run lists it
	cargo build --release --locked --example measure
	for name in $(BENCH); do bench/run $$name || exit 1; done

web-bench: build packages-test packages-bench ## the page in a browser: first view, its code, movements over all themes, reports, axe-core, open maps
	cargo build --release --locked --example measure
	bench/web

faults: build packages-bench ## breaks and crowds servers and the database; FAULTS="kills away crowd mixed" says what
	cargo build --release --locked --example measure
	bench/faults $(FAULTS)

faults-import: build packages-bench ## kills imports and their database at random moments, and looks at what is left
	bench/faults-import

packages:
	@$(call install,build run $(shell $(RUST_OK) || echo rust) $(shell $(NODE_OK) || echo node))
packages-test:
	@$(call install,test)
packages-bench:
	@$(call install,bench)

# installs the packages of the named uses that are missing; asks nothing of the network otherwise
define install
missing=$$(awk -v uses=" $(1) " '!/^#/ && index(uses, " " $$1 " ") {print $$2}' docker/packages.txt | \
  while read -r name; do dpkg-query -W -f '$${Status}' "$$name" 2>/dev/null | grep -q 'ok installed' || echo "$$name"; done); \
if [ -n "$$missing" ]; then echo "installing:" $$missing; \
  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; fi
endef

PAGE_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
page: web/dist/.built
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
web/dist/.built: web/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd web && npm run build && touch dist/.built

clean: ## what was built, not what was loaded
	rm -rf target web/dist web/node_modules
