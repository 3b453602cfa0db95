# The two commands to know: `make demo` and `make test`. Each sets up what is missing, as root or not.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHONUTF8 = 1

.PHONY: help demo test lint format package benchmark screenshots clean

help:
	@echo "make demo         the main job on sample photos; report, workbook and database in build/demo"
	@echo "make test         lint, types, import contracts and all tests"
	@echo "make package      a folder with the application that runs without Python: dist/shelfaudit"
	@echo "make benchmark    speed of decoding, detection, recognition and the photo view"
	@echo "make format       format the code"
	@echo "make clean        remove what the others made"

demo:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV)
	$(BIN)/shelfaudit demo --output build/demo

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

lint:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV) --extra dev --extra serve --extra train
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV) --extra dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

package:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV) --extra dev --for-build
	$(BIN)/python packaging/build.py --check

benchmark:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV) --extra dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.bench_photo_view
	$(BIN)/python -m benchmarks.bench_first_names
	$(BIN)/shelfaudit demo --headless --output build/demo
	$(BIN)/python -m benchmarks.bench_photos build/demo/photos

screenshots:
	@$(PYTHON) packaging/bootstrap.py --venv $(VENV) --extra dev
	$(BIN)/python docs/make_screenshots.py

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
