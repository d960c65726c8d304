# Targets set up what they need; nothing has to be installed first but git, make and python3 >= 3.11 with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Replies of real servers; they are not part of the project.
RECORDINGS ?= ../shared/conformance
# Instruments of the study whose field map goes into the REDCap module.
INSTRUMENTS ?= instruments
# Field maps of studies in which our forms have other names ('licats instruments diff --field-map FILE').
FIELD_MAPS ?=

.PHONY: help try demo test check conformance format instruments module campaign faults load bench bench-reading bench-sandbox bench-derive bench-worker bench-workbook mutation clean

help:
	@echo "make try          the forms in a browser, with users in all roles and the worker after every save; Ctrl-C stops it"
	@echo "make demo         the whole job on a sandbox with synthetic patients; ends with workbooks and pages in build/demo"
	@echo "make test         all tests"
	@echo "make check        ruff, mypy, import-linter"
	@echo "make conformance  the sandbox against recordings of real servers (RECORDINGS=folder)"
	@echo "make instruments  write instruments/, docs/codebook, docs/criteria.md and docs/cli.md anew"
	@echo "make module       the REDCap module as a zip in build/, for REDCap's folder modules/ (INSTRUMENTS=folder FIELD_MAPS=files)"
	@echo "make campaign     10,000 requests to a sandbox that goes wrong, with counts"
	@echo "make faults       2,000 runs of the worker, each spoiled in one way, with counts (half an hour)"
	@echo "make load         200 triggers a second for a minute on 'licats serve', good and bad ones, with counts"
	@echo "make bench        everything that is measured: bench-reading, -sandbox, -derive, -worker, -workbook (an hour)"
	@echo "make mutation     mutation testing of derive/ and subject/ (a quarter of an hour)"
	@echo "make format       format the code"
	@echo "make clean        remove what was built"

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

try: $(READY)
	$(BIN)/licats sandbox try --out build/try

demo: $(READY)
	$(BIN)/licats demo --out build/demo

test: $(READY)
	@tests/system-packages
	$(BIN)/pytest --numprocesses auto --dist loadfile

check: $(READY)
	$(BIN)/ruff check redcap_licats tests hooks
	$(BIN)/ruff format --check redcap_licats tests hooks
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(READY)
	$(BIN)/python tests/conformance/show.py $(RECORDINGS)

campaign: $(READY)
	$(BIN)/python tests/campaign/campaign.py --requests 10000

faults: $(READY)
	$(BIN)/python tests/faults/fault_campaign.py --runs 2000 --each 50

load: $(READY)
	$(BIN)/python tests/load/load.py --rate 200 --seconds 60

bench: bench-reading bench-sandbox bench-derive bench-worker bench-workbook

bench-reading: $(READY)
	$(BIN)/python tests/bench/reading.py

bench-sandbox: $(READY)
	$(BIN)/python tests/bench/sandbox_export.py

bench-derive: $(READY)
	$(BIN)/python tests/bench/derive.py

bench-worker: $(READY)
	$(BIN)/python tests/bench/worker.py

bench-workbook: $(READY)
	$(BIN)/python tests/bench/workbook.py

mutation: $(READY)
	$(BIN)/python tests/mutation/mutation.py

format: $(READY)
	$(BIN)/ruff check --fix redcap_licats tests hooks
	$(BIN)/ruff format redcap_licats tests hooks

instruments: $(READY)
	$(BIN)/licats instruments build
	$(BIN)/licats instruments codebook --out docs/codebook --language en
	$(BIN)/licats protocol show --out docs/criteria.md
	$(BIN)/python -m redcap_licats.cli.reference docs/cli.md

module:
	$(PYTHON) hooks/tools/package_module.py --instruments $(INSTRUMENTS) $(addprefix --field-map ,$(FIELD_MAPS)) --out build

clean:
	rm -rf build mutants $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
