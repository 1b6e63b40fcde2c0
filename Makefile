# make run    the whole site on this machine        make check   style, types, architecture
# make test   every test, on real servers           make benchmark  what each part costs
# make lock   pin the requirements anew             make schema     docs/openapi.yaml anew
.PHONY: run test check benchmark setup lock schema clean
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(foreach name,python3 python3.12 python3.11 python3.13,$(shell \
	$(name) -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	2>/dev/null && echo $(name))))
BIN := .venv/bin
# an environment whose Python is gone, stamps included
$(shell test -e $(BIN)/python || rm -rf .venv)
# pip compiles what it installs to byte-code; an uncompiled TensorFlow takes 12 s to import
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes
BROWSER = $(firstword $(shell command -v chromium chromium-browser google-chrome))
UV_COMPILE := uv pip compile --universal --generate-hashes --quiet --custom-compile-command "make lock" --python-version 3.11 pyproject.toml

run: .venv/.run
	@exec $(BIN)/python -m sersite.launch

# ARGS="-k history" and the like go to pytest
test: .venv/.dev
	@$(if $(BROWSER),,$(MAKE) --no-print-directory browser)
	@exec $(BIN)/python -m sersite.embedded var/test $(BIN)/python -m pytest $(ARGS)

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@$(BIN)/python -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run
	SITE_URL=https://example.org SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(40))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

# on servers of its own under var/benchmark; ARGS="--rounds 200" and the like
benchmark: .venv/.run
	@exec $(BIN)/python -m sersite.embedded var/benchmark sh -c \
		'$(BIN)/python manage.py migrate -v 0 && $(BIN)/python manage.py collectstatic --noinput -v 0 && \
		$(BIN)/python manage.py benchmark $(ARGS)'

setup: .venv/.run

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 with venv was found (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements.txt | .venv/bin/python
	@echo "Installing the requirements (about a minute) ..."
	$(INSTALL) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt | .venv/.run
	@echo "Installing the requirements of the tests ..."
	$(INSTALL) -r requirements-dev.txt
	@touch $@

.PHONY: browser
browser:
	@echo "No Chromium found; trying to install Debian's ..."
	@{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || { \
		echo "***** Chromium could not be installed: THE BROWSER TESTS WILL NOT RUN. *****"; \
		echo "***** As root: apt-get install chromium *****"; \
		test "$$CI" != true; }

lock:
	$(UV_COMPILE) -o requirements.txt
	$(UV_COMPILE) --group dev -c requirements.txt -o requirements-dev.txt

# what the API's code says of itself
schema: .venv/.run
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
