# drift-monitor: `make help` lists the targets.

SHELL := /bin/sh
MODEL_NAME ?= spam-detector
MODEL_VERSION ?= v1
TRAINING_DATA ?=
STORAGE_URL ?=
STORAGE ?= directory
IMAGE_REPOSITORY ?= drift-monitor
IMAGE_TAG ?= dev
IMAGE_PLATFORM ?=
HELM_FLAGS ?=
NAMESPACE ?= default

# Recipes use these by name, so that a value with spaces or quotes stays one word.
export MODEL_NAME MODEL_VERSION TRAINING_DATA STORAGE_URL STORAGE NAMESPACE
export IMAGE_REPOSITORY IMAGE_TAG IMAGE_PLATFORM HELM_FLAGS

MODEL := --model-name "$$MODEL_NAME" --model-version "$$MODEL_VERSION"
WHERE := $${STORAGE_URL:+--storage-url "$$STORAGE_URL"}
RUN := npm run --silent drift-monitor --

.DEFAULT_GOAL := help
.PHONY: help demo test test-cov lint build generate-baseline run-drift-detection list-baselines list-reports view-metrics \
	build-images deploy status logs trigger-job test-cluster test-synthetic bench serve

help: ## show this list
	@echo 'Targets:'
	@awk -F':.*## ' '/^[a-z][a-z -]*:.*## / { n = split($$1, names, " "); for (i = 1; i <= n; i++) printf "  %-20s %s\n", names[i], $$2 }' Makefile
	@echo
	@echo 'Variables, as in make list-reports MODEL_NAME=churn:'
	@printf '  %-20s %s\n' \
		MODEL_NAME "model to work on (now $$MODEL_NAME)" \
		MODEL_VERSION "its version (now $$MODEL_VERSION)" \
		TRAINING_DATA "Parquet or CSV of generate-baseline: path, glob or storage key$${TRAINING_DATA:+ (now $$TRAINING_DATA)}" \
		STORAGE_URL "storage URL, else DRIFT_STORAGE_URL, else file:./drift-data" \
		STORAGE "of demo: directory or azurite (now $$STORAGE)" \
		IMAGE_REPOSITORY "of build-images and deploy, registry included (now $$IMAGE_REPOSITORY)" \
		IMAGE_TAG "of build-images and deploy (now $$IMAGE_TAG)" \
		IMAGE_PLATFORM "of build-images, as in linux/arm64; else this machine's" \
		HELM_FLAGS "of deploy, as in '--set workloadIdentity.clientId=…'" \
		NAMESPACE "of deploy, status, logs and trigger-job (now $$NAMESPACE)"
	@echo
	@echo 'make turns every failure into exit code 2; for the program'"'"'s own codes (1 error, 2 usage,'
	@echo '3 found what --fail-on names) run it: npm run --silent drift-monitor -- detect --help'

# Installed when the lock file is newer than the last installation.
node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

demo: node_modules/.package-lock.json ## a spam-detector on real mails from training to report (STORAGE=azurite: in a real Azurite)
	@npm run --silent build
	@case "$$STORAGE" in \
	azurite) npm run --silent demo:azurite ;; \
	directory) DRIFT_STORAGE_URL="$${STORAGE_URL:-file:./drift-data}" npm run --silent demo ;; \
	*) echo "make demo: STORAGE=$$STORAGE: must be directory or azurite" >&2; exit 1 ;; \
	esac

test: node_modules/.package-lock.json ## every test, Azurite included
	@npm run --silent build
	@npm run --silent test

test-cov: node_modules/.package-lock.json ## the tests with coverage
	@npm run --silent build
	@npm run --silent test -- --coverage

lint: node_modules/.package-lock.json ## types and style
	@npm run --silent lint

build: node_modules/.package-lock.json ## the program in dist/
	@npm run --silent build

generate-baseline: node_modules/.package-lock.json ## baseline of MODEL_NAME MODEL_VERSION from TRAINING_DATA (default: training-data/ in storage)
	@$(RUN) baseline generate $(MODEL) $(WHERE) $${TRAINING_DATA:+--training-data "$$TRAINING_DATA"}

run-drift-detection: node_modules/.package-lock.json ## compare the last day of logs with the baseline
	@$(RUN) detect $(MODEL) $(WHERE)

list-baselines: node_modules/.package-lock.json ## stored baselines
	@$(RUN) baseline list $(WHERE)

list-reports: node_modules/.package-lock.json ## stored reports of MODEL_NAME
	@$(RUN) report list --model-name "$$MODEL_NAME" $(WHERE)

view-metrics: node_modules/.package-lock.json ## summary of the latest report of MODEL_NAME
	@$(RUN) report show --model-name "$$MODEL_NAME" $(WHERE)

serve: node_modules/.package-lock.json ## answer over HTTP at 127.0.0.1:8080: pages, JSON, metrics; take logs
	@$(RUN) serve $(WHERE)

bench: node_modules/.package-lock.json ## measure what the README promises
	@npm run --silent bench

build-images: ## image IMAGE_REPOSITORY:IMAGE_TAG, with docker or podman
	@if docker info >/dev/null 2>&1; then engine=docker; elif command -v podman >/dev/null; then engine=podman; else \
		echo 'make build-images: needs docker with its daemon running, or podman; neither is there' >&2; exit 1; fi; \
	image=$$IMAGE_REPOSITORY:$$IMAGE_TAG; \
	echo "Building $$image with $$engine"; \
	$$engine build --tag "$$image" $${IMAGE_PLATFORM:+--platform "$$IMAGE_PLATFORM"} . && \
	size=$$($$engine image inspect --format '{{.Size}}' "$$image") && \
	echo "Built $$image with $$engine: $$(($${size:-0} / 1048576)) MiB unpacked"

deploy: ## install or upgrade the chart in NAMESPACE of the current cluster, with helm
	@command -v helm >/dev/null || { echo 'make deploy: needs helm (3.18 or newer), which is not on the PATH' >&2; exit 1; }
	@[ -n "$$STORAGE_URL" ] || { echo 'make deploy: where is the storage? STORAGE_URL=https://ACCOUNT.blob.core.windows.net/CONTAINER' >&2; exit 1; }
	@helm upgrade --install drift-monitor charts/drift-monitor --namespace "$$NAMESPACE" --create-namespace \
		--set-literal "storage.url=$$STORAGE_URL" \
		--set-string "models[0].name=$$MODEL_NAME" --set-string "models[0].version=$$MODEL_VERSION" \
		--set-string "image.repository=$$IMAGE_REPOSITORY" --set-string "image.tag=$$IMAGE_TAG" $$HELM_FLAGS

test-cluster: node_modules/.package-lock.json ## the chart in a real Kubernetes (KUBECONFIG or KUBEBUILDER_ASSETS)
	@npm run --silent test:cluster

status: node_modules/.package-lock.json ## the job in NAMESPACE: schedule, next run, last runs and how they ended, latest report
	@$(RUN) job status --namespace "$$NAMESPACE" $(MODEL) $(WHERE)

logs: node_modules/.package-lock.json ## what its last run wrote
	@$(RUN) job logs --namespace "$$NAMESPACE"

trigger-job: node_modules/.package-lock.json ## run it now, and follow the run to its end
	@$(RUN) job trigger --namespace "$$NAMESPACE" --wait --follow

test-synthetic: node_modules/.package-lock.json ## play scenarios of drift end to end: expected and found
	@$(RUN) simulate
