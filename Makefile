# The daily verbs. Each bootstraps itself: a bare Python 3.11 to 3.13 and a package registry are all it needs.
# ARGS goes to what demo, test, bench, chaos and lock run: make test ARGS="tests/producers -q".

VENV := .venv
BIN := $(VENV)/bin
# The environment is built once for each state of the lock; another checkout's time stamps do not matter.
READY := $(VENV)/.ready-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')
SOURCES := contracts producers processors indexer search models embedded newswire
DIRECTORIES := $(wildcard $(SOURCES) bench tests tools)
KEEP ?=
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types drift bench chaos lock schemas clean environment
.PHONY: model model-vocabulary model-carry model-train model-export model-evaluate model-pack

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## the whole pipeline in a minute, on servers of its own; KEEP=1 leaves it running
	@$(BIN)/newswire demo $(if $(KEEP),--keep) $(ARGS)

test: $(READY) ## all tests, with real servers
	@$(BIN)/pytest $(ARGS)

lint: $(READY) ## style, as ruff sees it
	@$(BIN)/ruff check $(DIRECTORIES)
	@$(BIN)/ruff format --check $(DIRECTORIES)

format: $(READY) ## put the code into its format
	@$(BIN)/ruff check --fix $(DIRECTORIES)
	@$(BIN)/ruff format $(DIRECTORIES)

types: $(READY) ## type check, strict
	@$(BIN)/mypy $(addprefix -p ,$(wildcard $(SOURCES) bench))

drift: $(READY) ## what is generated is as its source says
	@$(BIN)/python -m contracts.schema --check
	@$(BIN)/python -m indexer.kibana.build --check
	@$(BIN)/python tools/lock.py --check

bench: $(READY) ## measure against the bare libraries; writes docs/benchmarks.md
	@$(BIN)/python -m bench $(ARGS)

chaos: $(READY) ## 5,000 articles with a processor and an indexer killed in the middle
	@$(BIN)/pytest -m chaos tests/chaos $(ARGS)

lock: $(READY) ## resolve the dependencies anew into the lock files
	@$(BIN)/python tools/lock.py $(ARGS)

schemas: $(READY) ## write the messages' JSON Schemas
	@$(BIN)/python -m contracts.schema

# The shipped model from its corpora: docs/models.md. Its steps can be made one by one.
MODEL := build/model
SHARED := ../shared
TRAIN := .venv-train/bin/python -m
# MODEL_VERSION is asked for: a second training is not the same model, and documents are found by the version.

model: model-vocabulary model-carry model-train model-gate model-export model-evaluate model-pack ## train, measure and pack the model anew, on a card

.venv-train/bin/python:
	@"$$(sh tools/find-python)" -m venv .venv-train && .venv-train/bin/pip install -q -e '.[train]'

model-vocabulary: .venv-train/bin/python
	@$(TRAIN) models.vocabulary $(MODEL)/pack --shared $(SHARED)

model-carry: .venv-train/bin/python
	@$(TRAIN) models.carry $(MODEL)/data --shared $(SHARED) --vocabulary $(MODEL)/pack

model-train: .venv-train/bin/python
	@$(TRAIN) models.train_gpu $(MODEL)/data --out $(MODEL)/weights --budget-seconds 480
	@$(TRAIN) models.train_gpu $(MODEL)/data --out $(MODEL)/weights-4 --budget-seconds 300 --teacher $(MODEL)/weights/layers-12 --students 4:1
	@$(TRAIN) models.train_gpu $(MODEL)/data --out $(MODEL)/weights-4-on --budget-seconds 470 --passes 10 --teacher $(MODEL)/weights/layers-12 --students 4:1 --start $(MODEL)/weights-4/layers-4 --states 1 --english 2
	@$(TRAIN) models.train_gpu $(MODEL)/data --out $(MODEL)/weights-12 --budget-seconds 240 --passes 6 --every 2 --english 1.5 --pieces 8192 --rate 1.5e-4 --teacher $(MODEL)/weights/layers-12 --students 12:1 --start $(MODEL)/weights/layers-12@0.003
	@$(TRAIN) models.train_gpu $(MODEL)/data --out $(MODEL)/weights-5 --budget-seconds 240 --passes 5 --every 2 --english 2 --pieces 8192 --rate 4e-4 --teacher $(MODEL)/weights/layers-12 --students 5:1 --start $(MODEL)/weights-4-on/layers-4@768 --states 1

model-gate: .venv-train/bin/python
	@$(TRAIN) models.gate $(MODEL)/weights-12/layers-12 $(MODEL)/weights-gated/layers-12 --data $(MODEL)/data --after 6 --keep 0.45 --open 1 --seconds 1250
	@$(TRAIN) models.gate $(MODEL)/weights-5/layers-5 $(MODEL)/weights-gated/layers-5 --data $(MODEL)/data --after 2 --keep 0.5 --open 1.3 --size 128 --seconds 900

model-export: .venv-train/bin/python
	@$(TRAIN) models.export $(MODEL)/weights-gated/layers-12 $(MODEL)/pack/layers-12.onnx --vocabulary $(MODEL)/pack --data $(MODEL)/data
	@$(TRAIN) models.export $(MODEL)/weights-gated/layers-5 $(MODEL)/pack/layers-5.onnx --vocabulary $(MODEL)/pack --data $(MODEL)/data

model-evaluate: .venv-train/bin/python
	@$(TRAIN) bench.quality $(MODEL)/pack/layers-12.onnx --shared $(SHARED) --gate
	@$(TRAIN) bench.quality $(MODEL)/pack/layers-5.onnx --shared $(SHARED) --gate

model-pack: .venv-train/bin/python
	@test -n "$(MODEL_VERSION)" || { echo "Say MODEL_VERSION=x.y.z, one that no model had before."; exit 2; }
	@$(TRAIN) models.pack $(MODEL)/pack models/newswire_xx --version $(MODEL_VERSION)

clean: ## remove the environments and caches of this checkout; articles in .newswire and models in build stay
	@rm -rf $(VENV) .venv-train .mypy_cache .ruff_cache .pytest_cache .hypothesis dist *.egg-info

environment: $(READY) ## only build the environment

$(READY): requirements.lock pyproject.toml
	@python=$$(sh tools/find-python) || exit 1; \
	[ -x $(BIN)/python ] || { echo "Building $(VENV) with $$python, once ..."; "$$python" -m venv $(VENV); }
	@sh tools/install $(VENV)
	@rm -f $(VENV)/.ready-* && touch $@
