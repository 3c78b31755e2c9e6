# Kaizu: what a person or CI types. The work is done by the scripts in setup/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# Two processes; a file's tests stay together because they share what was expensive to make.
# In the order of their names: by size the few long files, a browser or a server each, would come
# last and leave one process waiting.
PARALLEL ?= -n 2 --dist loadfile --no-loadscope-reorder
PORT ?= 8000
# Extra words for pytest, for example: make check ARGS="-k import"
ARGS ?=
# After set-up nothing may be fetched; a test that tries fails at once.
OFFLINE := PIP_NO_INDEX=1 UV_OFFLINE=1 npm_config_offline=true

.PHONY: help setup setup-test demo serve check test coverage lint types format lock bench clean

help: ## この一覧を表示する
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## 動かすためのものを揃える(.venv、固定版パッケージ、画面部品、書体)。2回目は数秒
	@setup/native.sh run
	@setup/python.sh run
	@setup/frontend.sh run

setup-test: ## テストのためのものも揃える
	@setup/native.sh test
	@setup/python.sh test
	@setup/python.sh pdfua
	@setup/frontend.sh test

demo: setup ## 会津13市町村の例を読み込み、標準仕様書を作り、http://127.0.0.1:8000 で動かす
	@setup/demo.sh $(PORT)

serve: setup ## いまのデータのまま、Webサーバーとワーカーを動かす
	@setup/serve.sh $(PORT)

check: setup-test lint types ## コミット前の3分の確認: 書式、型、SQLiteでの速いテスト
	@$(OFFLINE) $(PYTEST) $(PARALLEL) -m "not postgresql and not browser and not faults and not slow" $(ARGS)

test: setup-test ## すべてのテスト: 両データベース、ブラウザー、障害
	@$(OFFLINE) $(PYTEST) $(PARALLEL) $(ARGS)

coverage: setup-test ## どの行が試されたかを測る
	@$(OFFLINE) $(PYTEST) $(PARALLEL) --cov --cov-report=term $(ARGS)

lint: setup-test ## 書き方を調べる
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/djlint --quiet --lint templates

types: setup-test ## 型を調べる
	@.venv/bin/mypy

format: setup-test ## 書式を整える
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

lock: setup-test ## pyproject.toml と package.json から固定版の一覧を作り直す
	@setup/lock.sh
	@npm install --package-lock-only --ignore-scripts --loglevel=error >/dev/null

bench: setup-test ## 速さを測り、表にする(合否は付けない)
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(PYTHON) "$$script"; done

clean: ## 作り直せるものを消す(var/ と out/ のデータは残す)
	rm -rf .venv .venv-pdfua node_modules registry/static/vendor registry/static/fonts
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
