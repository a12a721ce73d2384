# make check   grade exercises/ and show what to do next        make test    the project's own tests
# Every target sets up what it needs, once; a second run installs nothing.

VENV := .venv
ifeq ($(OS),Windows_NT)
    BIN := $(VENV)/Scripts
    PYTHON ?= py -3
else
    BIN := $(VENV)/bin
    PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
        "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; break; }; done)
endif
DOJO := $(BIN)/dojo
INSTALL = -m torchdojo.cli.install $(VENV) --constraint constraints.txt

.PHONY: demo check test test-gpu setup setup-dev grade report verify calibrate stubs doctor clean
.DEFAULT_GOAL := check

check: setup
	@$(DOJO) check || test $$? -eq 1

.PHONY: list watch nbgrader test-slow
watch: setup
	@$(DOJO) watch

list: setup
	@$(DOJO) list

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed, and none was found."; exit 2; }
	@echo "setting up $(VENV) with $(PYTHON) (once; torch is large, so this takes a few minutes)"
	@$(PYTHON) $(INSTALL) --editable .
	@touch $@

# What only some targets need: the extra of this name in pyproject.toml, such as installed-site.
$(VENV)/installed-%: $(VENV)/installed
	@echo "installing what $* needs (once)"
	@$(BIN)/python $(INSTALL) --editable '.[$*]'
	@touch $@

setup-dev: $(VENV)/installed-dev

# One process more than there are cores: many tests wait for a clock, a browser, or a process of theirs.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
test: setup-dev
	@scripts/install_bubblewrap.sh
	@scripts/install_chromium.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal

# The long proofs that `make test` leaves out.
test-slow: setup-dev
	@scripts/install_bubblewrap.sh
	@scripts/install_chromium.sh
	$(BIN)/python -m pytest -m slow

# The course as notebooks, for nbgrader.
COURSE ?= nbgrader-course
nbgrader: $(VENV)/installed-nbgrader
	@$(DOJO) nbgrader build --out $(COURSE)

# On a machine with a CUDA device: the same answers, graded on it; the verdicts go into docs/gpu.md.
test-gpu: setup-dev
	@scripts/install_bubblewrap.sh
	$(BIN)/python scripts/record_gpu.py

SUBMISSIONS ?= submissions
OUT ?= results
grade: $(VENV)/installed-grade
	@scripts/install_bubblewrap.sh
	@$(DOJO) grade $(SUBMISSIONS) --out $(OUT)

DEMO ?= 30
demo: $(VENV)/installed-grade
	@scripts/install_bubblewrap.sh
	@$(BIN)/python scripts/make_class.py build/demo/submissions --submissions $(DEMO)
	@$(DOJO) grade build/demo/submissions --out build/demo/results
	@for page in build/demo/results/report.html build/demo/results/grades.csv; do \
	    if [ -f $$page ]; then echo " open $$page"; fi; done

report: $(VENV)/installed-grade
	@$(DOJO) report $(OUT)

SEEDS ?= 10
verify: $(VENV)/installed-grade
	@scripts/install_bubblewrap.sh
	@$(DOJO) verify --seeds $(SEEDS) --sandbox bubblewrap --certificate docs

# What learners get, and the course as pages. RELEASE and SITE name the folders.
RELEASE ?= dist/release
SITE ?= dist/site
.PHONY: release site submit
release: setup
	@$(DOJO) release --out $(RELEASE)

site: $(VENV)/installed-site
	@$(DOJO) site --out $(SITE)

submit: setup
	@$(DOJO) submit

# What grading costs here, and with nbgrader, otter-grader and plain pytest: docs/performance.md. About 25 minutes.
.PHONY: bench
bench: setup-dev
	@scripts/install_bubblewrap.sh
	@$(BIN)/python -m scripts.bench $(BENCH)

# Over a million damaged inputs for what reads strangers' bytes: docs/fuzz.json. About half a minute.
.PHONY: fuzz
fuzz: setup
	@$(BIN)/python scripts/fuzz.py --record

calibrate: setup
	@$(DOJO) calibrate

stubs: setup
	@$(DOJO) stubs

doctor: setup
	@$(DOJO) doctor

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
