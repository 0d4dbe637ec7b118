# What a reader of the README types. Nothing but Go and make is assumed;
# `make test` installs the languages it needs where it can.

GO          ?= go
FUZZTIME    ?= 60s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
export CGO_ENABLED ?= 0

.PHONY: build run test bench fuzz lint languages clean

build:
	$(GO) build -trimpath -o bin/fondaco ./cmd/fondaco
	$(GO) build -trimpath -o bin/checksum ./examples/codehost/checksum

run: build
	bin/fondaco serve -c examples/codehost/fondaco.yaml

test: languages build
	CGO_ENABLED=$(if $(shell command -v gcc),1,0) $(GO) test $(if $(shell command -v gcc),-race) -timeout 20m ./...
	$(GO) test -run 'Alloc|Codec' ./...
	scripts/fuzz.sh 2s
	cd bench && $(GO) vet ./... && $(GO) test ./...

bench: build
	cd bench && $(GO) run . $(BENCHFLAGS)

fuzz:
	scripts/fuzz.sh $(FUZZTIME)

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./internal/rules
	GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./cmd/fondaco
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/fondaco
	GOOS=darwin GOARCH=arm64 $(GO) vet ./...

languages:
	@scripts/languages.sh

clean:
	rm -rf bin
