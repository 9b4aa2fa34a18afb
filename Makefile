# What a person or a machine does with this repository. Every target is one line; what takes more stands in .ci/.

.PHONY: run test test-console test-all check formatted lint types rings templates format mutants bench chaos chaos-teeth lock python-run python-dev debian

python := .venv/bin/python

run: python-run ; @exec $(python) manage.py runstack $(ARGS)
test: debian check ; @$(python) -m pytest -n 2 --dist worksteal -m "not console" $(ARGS)
test-console: python-dev debian ; @.ci/tests console $(ARGS)
test-all: debian check ; @.ci/tests "" $(ARGS)
check: formatted lint types rings templates
format: python-dev ; @$(python) -m ruff format . && $(python) -m ruff check --fix . && .ci/templates | xargs -r .venv/bin/djade --target-version 5.2
formatted: python-dev ; @$(python) -m ruff format --check .
lint: python-dev ; @$(python) -m ruff check .
types: python-dev ; @$(python) -m mypy
rings: python-dev ; @.venv/bin/lint-imports --no-cache
templates: python-dev ; @.ci/templates | xargs -r .venv/bin/djade --target-version 5.2 --check
mutants: python-dev debian ; @$(python) -m tests.mutants $(ARGS)
bench: python-dev ; @$(python) -m benchmarks $(ARGS)
chaos: python-dev debian ; @$(python) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(ORDERS),--orders $(ORDERS)) $(if $(FAULTS),--faults $(FAULTS)) $(ARGS)
chaos-teeth: python-dev debian ; @$(python) -m tests.chaos.teeth $(ARGS)
lock: ; @.ci/lock $(ARGS)
python-run: ; @.ci/install-python run
python-dev: ; @.ci/install-python dev
debian: ; @.ci/install-debian redis-server chromium postgresql curl docker-compose
