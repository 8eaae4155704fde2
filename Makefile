# make help lists what there is.
GO     ?= go
TOOLS   = -modfile=internal/tools/go.mod
TAGS    =
export CGO_ENABLED ?= 0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: generate
generate: ## write the generated code anew: templates and bundled scripts
	$(GO) tool $(TOOLS) templ generate -path web
	$(GO) tool $(TOOLS) esbuild web/src/hub.ts --bundle --minify --target=es2019 --legal-comments=none --outfile=web/dist/hub.js --log-level=warning
