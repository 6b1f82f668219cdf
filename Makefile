# The verbs of Dealwatch. `make run` and `make test` need git, make and Python 3.11 or newer, nothing else.
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
STAMP := $(VENV)/.synced
RUN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: run test bench capacity chaos soak fuzz audit sbom contracts observability samples helm chart check format clean help

run: $(STAMP) ## Kafka, worker, demo and live alerts on this machine; EVENTS=file plays a file, BROKER=host:port uses your Kafka, PROMETHEUS=1 adds dashboards
	@$(RUN)/dealwatch up $(if $(EVENTS),--events $(EVENTS)) $(if $(SPEED),--speed $(SPEED)) $(if $(PROMETHEUS),--prometheus)

test: $(STAMP) ## Every test, also those on the real Kafka and in the real browser
	@$(RUN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

bench: $(STAMP) ## Speed beside Quix Streams, Bytewax and others, latency, growth; about an hour; OPTIONS="--only engine", BROKER=host:port
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) sync --locked --quiet --inexact --group bench
	@$(RUN)/dealwatch bench $(OPTIONS)

capacity: $(STAMP) ## Measure the figures that `dealwatch plan` goes by, and write docs/capacity.md anew; REPEATS=3
	@$(RUN)/dealwatch bench --only capacity --repeats $(or $(REPEATS),3) --write streams/capacity/figures.json
	@$(RUN)/python -m tests.repository.test_capacity_document

chaos: $(STAMP) ## Kill, stop and cut off everything for MINUTES=5 under load, and compare with the truth; SEED=1 decides
	@$(RUN)/python -m tests.reliability.chaos --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1) $(if $(JSON),--json)

soak: $(STAMP) ## The long scenarios and a steady load for MINUTES=30; goes on where it was stopped; SEED=1 decides
	@$(RUN)/python -m tests.reliability.soak --minutes $(or $(MINUTES),30) --seed $(or $(SEED),1)

fuzz: $(STAMP) ## Look for inputs that break a reader for MINUTES=10, elsewhere in every run; SEED=1 begins the same way
	@$(RUN)/python -m tests.fuzz.hunt --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

audit: $(STAMP) ## Ask whether a locked package is known to be vulnerable; OPTIONS=--strict fails, too, where nobody could be asked
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) sync --locked --quiet --inexact --group audit
	@$(RUN)/python -m deploy.supply.audit $(OPTIONS)

sbom: $(STAMP) ## Write what an installation is made of to dist/dealwatch.cdx.json (CycloneDX), and list its licences
	@$(RUN)/python -m deploy.supply.sbom --licences

contracts: $(STAMP) ## Write docs/asyncapi.yaml, docs/openapi.json and docs/schemas anew, from the types that write and read
	@env -i PATH="$$PATH" $(RUN)/dealwatch topics schema --write docs

observability: $(STAMP) ## Write deploy/grafana/dashboards and deploy/prometheus/rules anew, from what declares them
	@$(RUN)/python -m deploy.grafana.write
	@$(RUN)/python -m deploy.prometheus.write

samples: $(STAMP) ## Record samples of what is new on the topics, from a real Kafka, for the tests of compatibility
	@$(RUN)/python -m tests.contracts.record

helm: ## Build helm, for the tests of the chart, from its Go module (needs Go; minutes, once)
	@GOBIN=$(abspath .dealwatch/tools) go install helm.sh/helm/v3/cmd/helm@v3.22.0
	@.dealwatch/tools/helm version --short

chart: $(STAMP) ## Render the Helm chart's examples anew, with the helm that `make helm` built, or HELM=path
	@$(RUN)/python -m tests.repository.charts

check: $(STAMP) ## Style, types, import contracts
	@$(RUN)/ruff check streams models tests deploy
	@$(RUN)/ruff format --check streams models tests deploy
	@$(RUN)/mypy
	@$(RUN)/lint-imports --no-logo

format: $(STAMP) ## Put the code into its form
	@$(RUN)/ruff check --fix -q streams models tests deploy
	@$(RUN)/ruff format streams models tests deploy

clean: ## Remove the environment and all local data
	rm -rf $(VENV) .dealwatch

help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml uv.lock
	@test -x $(RUN)/python || { echo "creating the environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@test -x $(UV) || { echo "installing uv into it ..."; $(RUN)/python -m pip install --quiet uv; }
	@echo "installing what uv.lock names ..."
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) sync --locked --quiet --inexact
	@touch $(STAMP)
