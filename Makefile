# SPDX-License-Identifier: AGPL-3.0-or-later
#
# make help lists the targets.

# SQLite syncs with fdatasync where the system has it; changing the flags
# rebuilds SQLite.
export CGO_CFLAGS = -O2 -g -DHAVE_FDATASYNC=1

GO       ?= go
PKGS     ?= ./...
PREFIX   ?= /usr/local
DESTDIR  ?=
FUZZTIME ?= 20s
PEER     ?= sdbox
LARGE    ?= 200000
IDLE_SESSIONS ?= 20000
IDLE_TIME     ?= 10m
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BIN      := build/bin

PROGRAMS := $(notdir $(patsubst %/,%,$(dir $(wildcard cmd/*/main.go))))
SBINDIR  := $(PREFIX)/sbin
MANDIR   := $(PREFIX)/share/man
LIBDIR   := $(PREFIX)/lib
DOCDIR   := $(PREFIX)/share/doc/twiga

# The roles of the users in systemd/sysusers.d, for a new stored.toml.
ROLES    := { delivery = ["twiga-dagent"], spool = ["twiga-spooler"], gateway = ["twiga-imapgw"] }

.DEFAULT_GOAL := build
.PHONY: build run test test-deps check race fuzz bench peer-bench scale large imap-stress clients idle cover install clean help

build: ## build the programs into build/bin
	@mkdir -p $(BIN)
	$(GO) build -buildvcs=false -ldflags '-X twiga/lib/daemon.version=$(VERSION)' -o $(BIN)/ ./cmd/...
	$(GO) build -buildvcs=false -o build/tryout ./scripts/tryout

run: ## build and start the whole system in the foreground, data under ./var
	@exec scripts/run

test: test-deps ## install what the tests need when root, then run all of them
	$(GO) test -count=1 -timeout 20m $(TESTFLAGS) $(PKGS)

test-deps:
	@scripts/test-deps

check: ## formatting, vet, lint, the law of the layers, scripts, manual pages
	@scripts/check

race: ## all tests under the race detector
	$(GO) test -race -count=1 -timeout 40m $(TESTFLAGS) $(PKGS)

fuzz: ## every fuzz target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) scripts/fuzz $(PKGS)

bench: ## benchmarks
	$(GO) test -run '^$$' -bench . -benchmem $(TESTFLAGS) $(PKGS)

peer-bench: ## the benchmark in the folder PEERBENCH against PEER (sdbox, maildir, cyrus), in turns (root, 10 minutes)
	@PEER=$(PEER) scripts/peer-bench "$(PEERBENCH)" $(BENCHFLAGS)

scale: ## a mailbox of a million messages, and ten thousand mailboxes (5 minutes, 3 GB in TMPDIR)
	TWIGA_SCALE=1 $(GO) test -count=1 -timeout 40m -v $(TESTFLAGS) ./test/scale

large: ## a folder of LARGE messages beside Dovecot (root, five minutes)
	TWIGA_LARGE=$(LARGE) $(GO) test -count=1 -timeout 60m -v -run '^TestLargeBesideDovecot$$' $(TESTFLAGS) ./test/integration

imap-stress: ## 20 IMAP clients at random on the same mailboxes for ten minutes
	TWIGA_STRESS=10m $(GO) test -count=1 -timeout 30m -v -run '^TestStress$$' $(TESTFLAGS) ./test/integration

clients: ## Thunderbird at work; pictures are left in build/clients (a minute, 1 GB of packages)
	@TWIGA_CLIENTS=1 scripts/test-deps
	TWIGA_CLIENTS=1 $(GO) test -count=1 -timeout 20m -v -run '^TestThunderbird$$' $(TESTFLAGS) ./test/integration

idle: ## IDLE_SESSIONS idle sessions in one gateway for IDLE_TIME, without and under TLS (root, for the limit of open files)
	TWIGA_IDLE=$(IDLE_SESSIONS) TWIGA_IDLE_TIME=$(IDLE_TIME) $(GO) test -count=1 -timeout 0 -v -run '^TestHoldIdle$$' $(TESTFLAGS) ./lib/gateway/imap

cover: ## tests with coverage, report in build/cover.html
	@mkdir -p build
	$(GO) test -count=1 -timeout 30m -coverpkg=./... -coverprofile=build/cover.out $(PKGS)
	$(GO) tool cover -html=build/cover.out -o build/cover.html
	@$(GO) tool cover -func=build/cover.out | tail -n 1

install: ## install below DESTDIR PREFIX; programs get the prefix twiga-
	@for p in $(PROGRAMS); do test -x $(BIN)/$$p || { echo "make install: $(BIN)/$$p is missing: run make build first" >&2; exit 1; }; done
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(LIBDIR)/systemd/system $(DESTDIR)$(LIBDIR)/sysusers.d $(DESTDIR)$(LIBDIR)/tmpfiles.d \
		$(DESTDIR)$(DOCDIR)/config $(DESTDIR)/etc/twiga
	for p in $(PROGRAMS); do install -m 755 $(BIN)/$$p $(DESTDIR)$(SBINDIR)/twiga-$$p || exit 1; done
	for s in 5 7 8; do for f in man/*.$$s; do test ! -e $$f || install -m 644 $$f $(DESTDIR)$(MANDIR)/man$$s/ || exit 1; done; done
	for f in systemd/*.service systemd/*.socket systemd/*.target; do \
		sed 's#/usr/sbin/#$(SBINDIR)/#' $$f >$(DESTDIR)$(LIBDIR)/systemd/system/$${f##*/} || exit 1; done
	install -m 644 systemd/sysusers.d/twiga.conf $(DESTDIR)$(LIBDIR)/sysusers.d/
	install -m 644 systemd/tmpfiles.d/twiga.conf $(DESTDIR)$(LIBDIR)/tmpfiles.d/
	for f in config/*.toml; do install -m 644 $$f $(DESTDIR)$(DOCDIR)/config/ || exit 1; \
		test -e $(DESTDIR)/etc/twiga/$${f##*/} || { install -m 640 $$f $(DESTDIR)/etc/twiga/ && \
		sed -i 's/^#roles = .*/roles = $(ROLES)/' $(DESTDIR)/etc/twiga/$${f##*/}; } || exit 1; done
	install -m 644 LICENSE $(DESTDIR)$(DOCDIR)/

clean: ## remove what was built; ./var stays
	rm -rf build

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
