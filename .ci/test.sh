#!/usr/bin/env bash
# Every test: format, lints, both engines, the browser.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/tools.sh" test

say "Format"
cargo fmt --all --check

say "Lints: default members, app on the server, app in the browser, frontend"
cargo clippy --locked --all-targets -- -D warnings
cargo clippy --locked -p app --features ssr --all-targets -- -D warnings
cargo clippy --locked -p app --features hydrate --target wasm32-unknown-unknown -- -D warnings
cargo clippy --locked -p frontend --target wasm32-unknown-unknown -- -D warnings
if command -v cargo-deny >/dev/null; then
    cargo deny --offline check bans licenses sources
fi

say "Tests on SQLite and PostgreSQL"
if command -v cargo-nextest >/dev/null; then
    "$ROOT/.ci/postgres.sh" cargo nextest run --locked --no-fail-fast
else
    "$ROOT/.ci/postgres.sh" cargo test --locked --no-fail-fast
fi
cargo test --locked -p app --features ssr

"$ROOT/.ci/build.sh" test

say "Browser tests"
cd end2end
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund
fi
DOORWARD_BIN="$(binary)" npx playwright test
say "All tests passed"
