#!/usr/bin/env bash
# The races in full, on SQLite and on two servers over a PostgreSQL of its own; each prints what it saw.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/tools.sh" test
export DOORWARD_ROUNDS="${DOORWARD_ROUNDS:-200}"
say "Races, $DOORWARD_ROUNDS rounds each"
"$ROOT/.ci/postgres.sh" cargo test --locked -p services --test it -- --nocapture \
    actors:: links::a_log_in_with_the_old_password_never_outlives_a_reset
say "All rounds are done"
