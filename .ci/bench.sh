#!/usr/bin/env bash
# Measures speed on a large demo organisation and prints the floor beside each figure: on SQLite, then on a PostgreSQL cluster of
# its own. REQUESTS sets the size, DOORWARD_DATABASE one database to measure instead (it is filled when empty).
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
REQUESTS="${REQUESTS:-1000000}"

measure() {
    say "Filling $REQUESTS requests: ${DOORWARD_DATABASE%%:*}"
    time "$(binary)" demo --requests "$REQUESTS" || say "Measuring what is there"
    say "Measuring on the server"
    cargo bench --locked -p server --bench speed -- "$(binary)" "$DOORWARD_DATABASE"
    say "Measuring in the browser"
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    export BASE="http://127.0.0.1:$port"
    DOORWARD_LISTEN="127.0.0.1:$port" DOORWARD_BASE_URL="$BASE" DOORWARD_LOG=warn "$(binary)" serve >/dev/null &
    server=$!
    curl --silent --fail --retry 50 --retry-connrefused --retry-delay 1 --output /dev/null "$BASE/readyz"
    (cd end2end && node bench/chip.mjs) || { kill "$server"; exit 1; }
    kill "$server"
}

if [ -n "${DOORWARD_TEST_POSTGRES:-}" ]; then
    export DOORWARD_DATABASE="$DOORWARD_TEST_POSTGRES"
    measure
    exit
fi
"$ROOT/.ci/build.sh" test
(cd end2end && { [ -d node_modules ] || npm ci --no-audit --no-fund; })
if [ -n "${DOORWARD_DATABASE:-}" ]; then
    measure
    exit
fi
mkdir -p "$CACHE/bench"
export DOORWARD_DATABASE="sqlite://$CACHE/bench/$REQUESTS.db"
measure
"$ROOT/.ci/postgres.sh" "$ROOT/.ci/bench.sh"
