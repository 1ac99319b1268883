# make map: the investment map from layers/   make quick: short tests   make test: everything, the browser too
.DEFAULT_GOAL := help
.PHONY: help map test test-qgis quick fuzz check bench gallery clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := .ci/constraints.txt
SCRIPTS := gxq_geo/investment_map/web gxq_geo/preview/web

help:  ## 列出命令 list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo '需要 Python 3.11 以上 Python 3.11 or later is needed: make PYTHON=python3.12 …'; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml $(PINS)
	$(PIP) install --constraint $(PINS) --editable .
	@touch $@

$(VENV)/tools: $(VENV)/installed
	$(PIP) install --constraint $(PINS) --group dev
	@touch $@

# pyarrow beside the environment: with it, pandas stores texts in another way.
$(VENV)/arrow: $(VENV)/made $(PINS)
	$(PIP) install --constraint $(PINS) --no-deps --upgrade --target $@ --group arrow
	@touch $@

map: $(VENV)/installed  ## 由 layers/ 生成 build/investment_map.html make the investment map
	$(BIN)/gxq map layers --output build/investment_map.html

test: $(VENV)/tools $(VENV)/arrow  ## 全部测试，含真实浏览器 all tests, in a real browser too
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
	PYTHONPATH=$(CURDIR)/$(VENV)/arrow $(BIN)/python -m pytest -n auto tests/zone/test_empty_layers.py tests/analysis tests/questions/test_answers.py

test-qgis: $(VENV)/tools  ## 用真实的 QGIS 打开、编辑导出的工程 the exported project in a real QGIS (python3-qgis)
	$(BIN)/python -m pytest -n 0 tests/qgis/round_trip.py

quick: $(VENV)/tools  ## 快速测试：不含耗时的，ROOM=rules 只测一室 the tests that are not slow, ROOM=map/card of one room
	$(BIN)/python -m pytest -n auto --maxprocesses 4 -m "not slow" tests/$(ROOM)

fuzz: $(VENV)/tools  ## 随机测试：新的例子，读取器两万多个输入，每夜一次 properties on new examples, the readers on over 20,000, nightly
	$(BIN)/python -m pytest -m "hypothesis or random" --hypothesis-profile=fuzz

check: $(VENV)/tools  ## ruff, mypy, import-linter; the page's scripts: oxlint, deno
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/oxlint --config .ci/oxlintrc.json $(SCRIPTS)
	$(BIN)/deno check --quiet --config .ci/deno.json $(wildcard gxq_geo/investment_map/web/main*.js gxq_geo/preview/web/*.js) gxq_geo/investment_map/web/start/later.js

bench: $(VENV)/tools  ## 性能对比表，SITES=1000 只测一种 the benchmark table
	$(BIN)/python -m tests.benchmarks $(SITES)

gallery: $(VENV)/tools  ## 主要画面截图到 build/gallery pictures of the main views
	$(BIN)/python -m tests.gallery build/gallery

clean:  ## 删去生成的文件 remove what was made
	rm -rf $(VENV) build
