#!/bin/sh
# The Wire's recurring work in one loop, for machines without cron and systemd: sh deploy/loop.sh BACKUPS
# Feeds are polled all the time; once a day, what was kept for long enough is deleted, and a backup is made.
set -u
backups=${1:?Give the directory for backups: sh deploy/loop.sh /var/backups/wire}
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python

"$python" manage.py poll_intake --loop &
poller=$!
trap 'kill "$poller" 2>/dev/null; exit 0' INT TERM

while :; do
    "$python" manage.py prune
    "$python" manage.py backup "$backups" --keep 28
    # In the background, so that a signal is noticed at once.
    sleep "${WIRE_LOOP_SECONDS:-86400}" &
    wait $!
    kill -0 "$poller" 2>/dev/null || { "$python" manage.py poll_intake --loop & poller=$!; }
done
