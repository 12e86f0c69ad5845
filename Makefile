# Every target sets up what it needs by itself; the second time that takes no time.

.DEFAULT_GOAL := help
.PHONY: help demo up down status check static test crash-matrix faults overload bench prove-checker fmt lock env clean

BIN := .venv/bin

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## embedded: book real flights before your eyes, then leave the services running until Ctrl-C (ONCE=1: end)
	@bin/aerosaga demo $(if $(ONCE),--once)

up: ## servers: start MariaDB, RabbitMQ, Redis and every process, on ports of their own
	@deploy/bootstrap.sh servers
	@bin/aerosaga up

down: ## stop what `make up` started; the data stays
	@bin/aerosaga down

status: ## show what runs
	@bin/aerosaga status

check: ## format, lint, types, import contracts, unit tests; no servers
	@deploy/bootstrap.sh dev
	@$(MAKE) --no-print-directory static
	$(BIN)/python -m pytest tests/unit

static:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: ## everything, against private MariaDB, RabbitMQ and Redis that it starts and stops itself (JOBS, SUITES)
	@deploy/bootstrap.sh dev
	@AEROSAGA_REQUIRE_SERVERS=1 $(BIN)/python -m tests.side_by_side $(if $(JOBS),--jobs $(JOBS)) $(SUITES) \
		&& echo "make test: everything passed." \
		|| { echo "make test: something failed; the lines above say what." >&2; exit 1; }

crash-matrix: ## kill a process at every place where one can die, over real servers, and judge what is left (ROUNDS, SEED, ONLY, SHORT)
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m tests.reliability.crash_matrix $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(SHORT),--short)

faults: ## book through the public door while everything beneath is killed, cut, slowed and misled, and judge it (SEED, SECONDS, ONLY, TOGETHER, SCORECARD, SHORT)
	@deploy/bootstrap.sh faults
	@$(BIN)/python -m tests.reliability.faults $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ONLY),--only $(ONLY)) $(if $(SCORECARD),--scorecard $(SCORECARD)) $(if $(TOGETHER),--together) $(if $(SHORT),--short)

overload: ## find what the system carries, offer ten times that, and see what it still answers in time (SECONDS, START, PATIENCE)
	@deploy/bootstrap.sh dev
	@$(BIN)/python -m tests.reliability.overload $(if $(SECONDS),--seconds $(SECONDS)) $(if $(START),--start $(START)) $(if $(PATIENCE),--patience $(PATIENCE))

bench: ## the same saga here, on DBOS and on Restate: interleaved rounds, a table, plots (ROUNDS, REQUESTS, CLIENTS, SYSTEMS)
	@deploy/bootstrap.sh bench
	@$(BIN)/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(CLIENTS),--clients $(CLIENTS)) $(if $(SYSTEMS),--systems $(SYSTEMS))

prove-checker: ## plant a bug for every invariant and see the checker find it
	@deploy/bootstrap.sh dev
	$(BIN)/python -m pytest tests/integration/reliability

fmt: ## put the code into its usual form
	@deploy/bootstrap.sh dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## write the lock files anew from pyproject.toml (needs uv; UPGRADE=1: newest versions)
	requirements/compile

env: ## write .env, with random secrets, for docker compose
	@python3 -m deploy.compose_env

clean: ## stop everything; remove all data of demo and up, and what tools left behind
	@[ ! -x $(BIN)/python ] || $(BIN)/python -c 'from deploy import ways; ways.down("embedded"); ways.down("servers")'
	rm -rf .run .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
