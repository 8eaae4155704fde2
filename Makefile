# make help lists what there is.
GO     ?= go
TOOLS   = -modfile=internal/tools/go.mod
BINARY  = bin/hub
export CGO_ENABLED ?= 0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: build ## build, bring in the content, serve http://127.0.0.1:5133
	$(BINARY) serve --demo

.PHONY: build
build: ## the program, one static file: bin/hub
	$(GO) build -trimpath -ldflags='-s -w' -o $(BINARY) ./cmd/hub

.PHONY: test
test: format vet lint step licences vulnerabilities browser ## everything that is checked before a change lands
	CGO_ENABLED=1 HUB_TEST_BROWSER=1 $(GO) test -race -timeout 40m ./internal/walk ./... # the walks take longest and begin first

.PHONY: proof
proof: ## takes one guard after the other out of the program and demands that the leak tests notice
	HUB_TEST_PROOF=1 $(GO) test -count=1 -timeout 3h -run TestProof -v ./internal/walk

.PHONY: quick
quick: ## the tests without the race detector and the browser
	$(GO) test ./...

.PHONY: format
format:
	@out=$$(gofmt -l cmd internal policies seed web); test -z "$$out" || { echo "run gofmt on:"; echo "$$out"; exit 1; }

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: lint
lint: ## staticcheck
	$(GO) tool $(TOOLS) staticcheck ./...

.PHONY: generate
generate: ## write the generated code anew: templates and bundled scripts
	$(GO) tool $(TOOLS) templ generate -path web -log-level warn
	$(GO) tool $(TOOLS) esbuild web/src/hub.ts --bundle --minify --target=es2019 --legal-comments=none --outfile=web/dist/hub.js --log-level=warning

.PHONY: step
step: ## generated code must be in step with its source
	deploy/step.sh

.PHONY: licences
licences: ## the licences of all modules, permissive or MPL only: deploy/licences.csv
	deploy/licences.sh

.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities that the program can reach
	deploy/vulnerabilities.sh

.PHONY: browser
browser: ## what the browser tests need: Chromium and axe-core
	deploy/browser.sh

.PHONY: hubload
hubload: build ## what measures the talk: bin/hubload
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/hubload ./cmd/hubload

.PHONY: bench
bench: build ## the figures of BENCHMARKS.md
	deploy/bench.sh

.PHONY: eval
eval: ## how well the search finds known things, by language and kind of question
	@$(GO) test -count=1 -v -run TestKnownItem ./internal/finder | grep -v '^=== '

.PHONY: fuzz
fuzz: ## each fuzz target for a minute
	deploy/fuzz.sh

.PHONY: cover
cover: ## test coverage by package
	CGO_ENABLED=1 $(GO) test -coverprofile=/tmp/hub.cover ./... && $(GO) tool cover -func=/tmp/hub.cover | tail -n 1
