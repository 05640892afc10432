#!/usr/bin/env bash
# Builds the site and the binary with the site embedded. With the argument `quick` the server is built to be looked at: sooner
# there, not as fast. With `test`, what the tests need is installed too.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/tools.sh" "${1:-}"
if [ "${1:-}" = quick ]; then
    say "Building Doorward to look at: first the browser's half, then the server (about six minutes when nothing is built yet)"
    # Compressed by an earlier build, they would be served in the place of what is built now.
    rm -f "$(target_dir)"/site/pkg/*.br "$(target_dir)"/site/pkg/*.gz
    cargo leptos build --release --cargo-locked --frontend-only
    cargo leptos build --release --cargo-locked --server-only --bin-cargo-args="--config=.ci/quick.toml"
else
    say "Building Doorward: first the browser's half, then the server (about eight minutes when nothing is built yet)"
    # One after the other: the binary embeds the site, and at once they may be ready in the wrong order.
    cargo leptos build --release --precompress --cargo-locked --frontend-only
    cargo leptos build --release --cargo-locked --server-only
fi
say "Built $(binary)"
