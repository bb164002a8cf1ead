# Thin front door: everything else is Meson's. `make help` says what there is.
BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SEEDS ?= 1-5000
JOBS ?= 1
BENCH ?=

.PHONY: all help run test bench fuzz explore explore-planted soak format deb test-systemd install clean
all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

help:
	@echo 'make            build/holdfast and build/libholdfast.so'
	@echo 'make run        installs what is missing, builds, and shows the demo; with'
	@echo '                FILES="a.cfg b.xml" keeps the accounts in those files registered'
	@echo 'make test       installs what is missing, builds, and runs every test'
	@echo 'make bench      measures speed and size beside other stacks, prints tables, writes'
	@echo '                build/bench.json; BENCH=--full waits for the slow ones'
	@echo 'make fuzz       runs every fuzz target for FUZZ_SECONDS (60)'
	@echo 'make explore    runs random troubles over random worlds, SEEDS=1-5000 of them'
	@echo 'make soak       an hour of troubles for 100,000 accounts; SOAK_SECONDS, SOAK_ACCOUNTS'
	@echo 'make format     formats every C file'
	@echo 'make deb        builds the Debian packages into build-deb, and tries them'
	@echo 'make test-systemd   the same, and tries the service under a systemd of its own'
	@echo 'make install    installs program, library, headers below PREFIX (/usr/local)'

$(BUILD)/build.ninja:
	meson setup $(BUILD) --prefix=$(PREFIX)

run:
	@packaging/install-dependencies build
	@$(MAKE) --no-print-directory all
ifdef FILES
	$(BUILD)/holdfast run $(FILES)
else
	$(BUILD)/holdfast demo
endif

# A build folder may be older than what was just installed: what it lacked must not be left out.
test:
	@packaging/install-dependencies build test
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@meson setup --reconfigure $(BUILD) -Dtests=enabled >/dev/null
	@$(MAKE) --no-print-directory all
	meson test -C $(BUILD) --print-errorlogs

bench:
	@packaging/install-dependencies build bench
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@meson setup --reconfigure $(BUILD) >/dev/null
	@$(MAKE) --no-print-directory all
	bench/run $(BUILD) $(BENCH)

fuzz:
	@packaging/install-dependencies build fuzz
	fuzz/run build-fuzz $(FUZZ_SECONDS)

explore: all
	$(BUILD)/tests/explore/explore --seeds $(SEEDS) --jobs $(JOBS) --out $(BUILD)

soak: all
	tests/soak/soak $(BUILD)/holdfast

explore-planted:
	tests/explore/planted/run

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

deb:
	@packaging/install-dependencies build deb
	packaging/make-deb build-deb
	packaging/test-deb build-deb

test-systemd: deb
	@packaging/install-dependencies systemd
	packaging/test-systemd build-deb

install: all
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-asan build-tsan build-fuzz build-deb
