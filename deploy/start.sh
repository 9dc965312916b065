#!/bin/sh
# What a container runs: any command of manage.py. The server's static files are collected into its volume first.
set -eu
if [ "${1:-serve}" = serve ]; then
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0
fi
exec .venv/bin/python manage.py "$@"
