#!/usr/bin/env bash
# Builds the site and the binary with the site embedded.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/tools.sh" "${1:-}"
say "Building Doorward: first the browser's half, then the server (about eight minutes when nothing is built yet)"
cargo leptos build --release --precompress --cargo-locked
say "Built $(binary)"
