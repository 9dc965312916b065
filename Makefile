# make demo   the site with content, at localhost:8000 (PORT= for another)
# make test   what CI runs
# make check  its quick part: style, types, walls, and the fast tests on SQLite; in under two minutes
# make check-trust  try at length to see what is confidential, scheduled or withdrawn; takes hours.
#             SEED= repeats a run, ONLY=worlds runs one proof, PAIRS=20 SCHEDULES=20 INPUTS=100 WITHDRAWALS=20 CUTS=1
#             ROUNDS=1 IDLE=1100 makes it short; some of it needs nginx, Varnish and, in DATABASE_URL, PostgreSQL
# make coverage  which branches the tests reach (SQLite, without the slow tests); fails below the figure in pyproject.toml
# make mutants   change each guard a little and see a test fail; ONLY=path for some modules. Takes hours for all of them
# make bench  measure the rules, the desk, intake and readers' pages on this machine, and how well copies are found;
#             SIZES="10000" skips the wire of a million dispatches, which takes ten minutes to build;
#             POSTGRESQL=postgres://user@host:5432 measures readers' pages on PostgreSQL too
# make storm  many editors saving one dispatch at once, for a few minutes (WRITERS=50 ROUNDS=200)
# make lock   upgrade the locked libraries

PYTHON ?= python3
PORT ?= 8000
IN := .venv/bin

.PHONY: demo test check check-trust coverage mutants bench storm lock clean

demo: .venv/base
	@$(IN)/python -m wire.ports "$(PORT)"
	@mkdir -p var
	@echo "The Wire: preparing the database (var/wire.sqlite3, or what DATABASE_URL says) and the static files."
	@$(IN)/python manage.py migrate --verbosity 0
	@$(IN)/python manage.py collectstatic --noinput --verbosity 0
	@WIRE_SITE_URL=http://localhost:$(PORT) $(IN)/python manage.py load_demo
	@WIRE_SITE_URL=http://localhost:$(PORT) exec $(IN)/python manage.py serve

test: .venv/dev
	@$(IN)/python tests/run.py

check: .venv/dev
	@$(IN)/python tests/run.py --check

check-trust: .venv/dev
	@$(IN)/python -m tests.trust $(ONLY)

coverage: .venv/dev
	@$(IN)/python -m coverage run -m pytest -q -p no:xdist -m "not browser and not slow"
	@$(IN)/python -m coverage report

mutants: .venv/dev
	@$(IN)/python tests/mutants.py

bench: .venv/base
	@$(IN)/python -m bench.rating
	@$(IN)/python -m bench.cascade
	@$(IN)/python -m bench.desk
	@$(IN)/python -m bench.desk_lists
	@$(IN)/python -m bench.lineage
	@$(IN)/python -m bench.intake
	@$(IN)/python -m bench.serving $(SIZES)

storm: .venv/dev
	@WIRE_DATABASE_POOL=60 WRITERS=$(or $(WRITERS),50) ROUNDS=$(or $(ROUNDS),200) $(IN)/python -m pytest -q -s -p no:xdist tests/dispatches/desk/test_transactions.py -k acknowledged

lock: .venv/dev
	@$(IN)/pip install --quiet --disable-pip-version-check uv
	@$(IN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-annotate --no-header pyproject.toml --output-file requirements.txt
	@$(IN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-annotate --no-header pyproject.toml --extra extract --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt

clean:
	rm -rf .venv var

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"The Wire needs Python 3.11 or newer; this is %d.%d. Say which one: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "The Wire: creating a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/base: requirements.txt | .venv/bin/python
	@echo "The Wire: installing the libraries (once, and when requirements.txt changes)"
	@$(IN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/base
	@echo "The Wire: installing what the tests need (once, and when requirements-dev.txt changes)"
	@$(IN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@
