#!/usr/bin/env bash
# Runs a command with a PostgreSQL cluster of its own, which ends with the command:
#   .ci/postgres.sh COMMAND [ARGUMENT …]
# The command finds the cluster in DOORWARD_TEST_POSTGRES.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"

bin="$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)")"
dir="$(mktemp -d /tmp/doorward-pg.XXXXXX)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"

# initdb refuses root.
as() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u "$user" -- "$@"
    else
        "$@"
    fi
}
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$dir"
fi
finish() {
    as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$dir"
}
trap finish EXIT

cd "$dir"
as "$bin/initdb" -D "$dir/data" -U doorward -A trust -E UTF8 --no-locale >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c max_connections=200 ${PG_OPTIONS:-}" start >/dev/null
cd "$ROOT"
DOORWARD_TEST_POSTGRES="postgres://doorward@127.0.0.1:$port/postgres" "$@"
