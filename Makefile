# make lab     opens the course        make test     proves it
# Settings: PORT=8888  PYTHON=python3.12  VENV=path  TORCH=cpu|default|auto|cu130
#           BROWSER=0 (test without Chromium)  ARGS="-k widgets" (passed on)

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8888
ifeq ($(OS),Windows_NT)
  RUN = "$(VENV)/Scripts/python"
else
  RUN = "$(VENV)/bin/python"
endif
INSTALL = $(PYTHON) tools/bootstrap.py --venv "$(VENV)" --torch "$(TORCH)"

.PHONY: help lab test lock badges clips notebooks bench clean
.DEFAULT_GOAL := help

help:  ## say what can be made
	@sed -n 's/^\([a-z]*\):  *## /  make \1\t/p' Makefile | expand -t 20

lab:  ## open the course in JupyterLab (PORT=, or a free one)
	@$(INSTALL) lab
	@$(RUN) tools/open_lab.py "$(PORT)" $(ARGS)

test:  ## run every test: style, types, unit, notebooks, widgets, browser (BROWSER=0 to leave out)
	@$(INSTALL) test --browser "$(BROWSER)"
	@$(RUN) -m pytest $(if $(filter 0,$(BROWSER)),-m "not browser") $(ARGS)

lock:  ## refresh constraints.txt from pyproject.toml and tools/lock.toml
	@$(INSTALL) test
	@$(RUN) -m uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --fork-strategy fewest --upgrade --no-annotate --quiet --config-file tools/lock.toml \
	  --custom-compile-command "make lock" --output-file constraints.txt >/dev/null
	@git --no-pager diff --stat -- constraints.txt

badges:  ## write the badges and the Colab cell into every notebook and the README
	@$(INSTALL) test
	@$(RUN) -m tools.badges

clips:  ## make the bundled clips again, bit for bit
	@$(INSTALL) test
	@$(RUN) -m tools.make_clips

notebooks:  ## execute the notebooks and keep what belongs in them (ARGS=01)
	@$(INSTALL) test
	@$(RUN) -m tools.notebooks $(ARGS)

bench:  ## measure what the course claims, into benchmarks/results (ARGS=explorer_latency or --slow)
	@$(INSTALL) test
	@$(RUN) -m benchmarks $(ARGS)

clean:  ## remove what was made here, the environment too
	@test ! -f "$(VENV)/sonic-lab.json" || rm -rf -- "$(VENV)"  # only one that was made here
	rm -rf -- .pytest_cache .mypy_cache .ruff_cache .hypothesis .artefacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
