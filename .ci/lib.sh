# Shared by the scripts of this folder: what to say, and where things are.
# shellcheck shell=bash
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/doorward"
STARTED=${STARTED:-$SECONDS}
export PATH="$ROOT/node_modules/.bin:$HOME/.cargo/bin:$PATH"
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# The interpreter with the peers of the tests: a webhook receiver and a SCIM server.
export DOORWARD_TEST_PYTHON="$CACHE/peers/bin/python"

# One line before each stage, with the time since the start.
say() {
    printf '\n== [%4ss] %s\n' "$((SECONDS - STARTED))" "$*" >&2
}

target_dir() {
    printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}"
}

binary() {
    printf '%s/release/doorward' "$(target_dir)"
}
