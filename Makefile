# `make` checks exercises/; `make help` lists every target. Each target installs what it needs, once.

VENV := .venv
ifeq ($(OS),Windows_NT)
    BIN := $(VENV)/Scripts
    PYTHON ?= py -3
else
    BIN := $(VENV)/bin
    PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
        "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo "$$p"; break; }; done)
endif
DOJO := $(BIN)/dojo
# What to say where no Python works, a line each.
NO_PYTHON = "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found. Get one in any of these ways:" \
    "  uv          uv python install 3.13, then make PYTHON=\"\$$(uv python find 3.13)\"" \
    "  python.org  https://www.python.org/downloads/, then make PYTHON=python3.13" \
    "  conda       conda create --name torchdojo python=3.13, then conda activate torchdojo"
INSTALL = -m torchdojo.cli.install $(VENV) --constraint constraints.txt

.DEFAULT_GOAL := check

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Learning

.PHONY: check
check: setup  ## Check exercises/ and show what to do next (the default)
	@$(DOJO) check || test $$? -eq 1

.PHONY: watch
watch: setup  ## Check again on every save
	@$(DOJO) watch

.PHONY: list
list: setup  ## List the exercises and your progress
	@$(DOJO) list

.PHONY: submit
submit: setup  ## Pack your exercises into submission.zip
	@$(DOJO) submit

.PHONY: doctor
doctor: setup  ## Check the installation
	@$(DOJO) doctor

##@ Teaching

SUBMISSIONS ?= submissions
OUT ?= results
.PHONY: grade
grade: $(VENV)/installed-grade  ## Grade SUBMISSIONS=submissions into OUT=results
	@scripts/install_bubblewrap.sh
	@$(DOJO) grade $(SUBMISSIONS) --out $(OUT)

.PHONY: report
report: $(VENV)/installed-grade  ## Write the pages of OUT=results again
	@$(DOJO) report $(OUT)

DEMO ?= 30
.PHONY: demo
demo: $(VENV)/installed-grade  ## Grade a made-up class of DEMO=30 submissions
	@scripts/install_bubblewrap.sh
	@$(BIN)/python scripts/make_class.py build/demo/submissions --submissions $(DEMO)
	@$(DOJO) grade build/demo/submissions --out build/demo/results
	@for page in build/demo/results/report.html build/demo/results/grades.csv; do \
	    if [ -f $$page ]; then echo " open $$page"; fi; done

RELEASE ?= dist/release
.PHONY: release
release: setup  ## Make what learners get in RELEASE=dist/release
	@$(DOJO) release --out $(RELEASE)

SITE ?= dist/site
.PHONY: site
site: $(VENV)/installed-site  ## Make the course as web pages in SITE=dist/site
	@$(DOJO) site --out $(SITE)

COURSE ?= nbgrader-course
.PHONY: nbgrader
nbgrader: $(VENV)/installed-nbgrader  ## Make the course as notebooks for nbgrader in COURSE=nbgrader-course
	@$(DOJO) nbgrader build --out $(COURSE)

##@ Authoring

.PHONY: stubs
stubs: setup  ## Write exercises/ from reference/
	@$(DOJO) stubs

SEEDS ?= 10
.PHONY: verify
verify: $(VENV)/installed-grade  ## Grade every known answer with SEEDS=10 seeds and renew docs/certificate.md
	@scripts/install_bubblewrap.sh
	@$(DOJO) verify --seeds $(SEEDS) --sandbox bubblewrap --certificate docs

.PHONY: calibrate
calibrate: setup  ## Measure the thresholds of the accuracy checks again
	@$(DOJO) calibrate

.PHONY: docs
docs: setup  ## Renew the schema of course.toml and the page about its keys in docs/
	@$(DOJO) schema --out docs/course.schema.json --page docs/course-toml.md

##@ Development

.PHONY: setup
setup: $(VENV)/installed  ## Install what learners need into .venv

.PHONY: setup-dev
setup-dev: $(VENV)/installed-dev  ## Install every extra and the tools of `make lint` and `make test`

.PHONY: lint
lint: setup-dev  ## Check style, types, dependencies and the order of the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/lint-imports --no-logo --no-cache

.PHONY: format
format: setup-dev  ## Fix the style where that can be done automatically
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# One process more than there are cores: many tests wait for a clock, a browser, or a process of theirs.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
PYTEST = $(BIN)/python -m pytest $(if $(filter 0,$(BROWSER)),--without-browser)
.PHONY: test
test: lint pytest  ## Run lint and the tests; BROWSER=0 skips those that need Chromium

.PHONY: pytest
pytest: setup-dev test-tools  ## Run the tests alone
	$(PYTEST) -n $(PROCESSES) --dist worksteal

.PHONY: test-slow
test-slow: setup-dev test-tools  ## Run the long tests that `make test` leaves out
	$(PYTEST) -m slow

.PHONY: test-gpu
test-gpu: setup-dev  ## Grade the known answers on a CUDA device and record the verdicts in docs/gpu.md
	@scripts/install_bubblewrap.sh
	$(BIN)/python scripts/record_gpu.py

.PHONY: test-tools
test-tools:  ## Install bubblewrap and, unless BROWSER=0, Chromium
	@scripts/install_bubblewrap.sh
ifneq ($(BROWSER),0)
	@scripts/install_chromium.sh
endif

.PHONY: bench
bench: setup-dev  ## Measure what grading costs, here and with other tools (about two hours): docs/performance.md
	@scripts/install_bubblewrap.sh
	@$(BIN)/python -m scripts.bench $(BENCH)

.PHONY: fuzz
fuzz: setup  ## Feed over a million damaged inputs to the readers (about 30 seconds): docs/fuzz.json
	@$(BIN)/python scripts/fuzz.py --record

.PHONY: clean
clean:  ## Remove .venv, build/ and caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache

define install
	@test -n "$(PYTHON)" || { printf '%s\n' $(NO_PYTHON); exit 2; }
	@echo "setting up $(VENV) with $(PYTHON) (once; torch is large, so this takes a few minutes)"
	@$(PYTHON) $(INSTALL) --editable '.$(1)'
	@touch $(VENV)/installed $@
endef

$(VENV)/installed: pyproject.toml constraints.txt
	$(call install)

# In one step, because a fresh clone goes here directly.
$(VENV)/installed-dev: pyproject.toml constraints.txt
	$(call install,[dev])

# What only some targets need: the extra of this name in pyproject.toml, such as installed-site.
$(VENV)/installed-%: $(VENV)/installed
	@echo "installing what $* needs (once)"
	@$(BIN)/python $(INSTALL) --editable '.[$*]'
	@touch $@
