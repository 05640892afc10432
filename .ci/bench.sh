#!/usr/bin/env bash
# Measures speed on a large demo organisation and prints the floor beside each figure. REQUESTS sets the size, DOORWARD_DATABASE
# another database (it is filled when empty).
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/build.sh"
REQUESTS="${REQUESTS:-1000000}"
dir="$CACHE/bench"
mkdir -p "$dir"
export DOORWARD_DATABASE="${DOORWARD_DATABASE:-sqlite://$dir/$REQUESTS.db}"
file="${DOORWARD_DATABASE#sqlite://}"
if [ ! -e "$file" ]; then
    say "Filling $REQUESTS requests"
    time "$(binary)" demo --requests "$REQUESTS"
fi
say "Measuring"
python3 "$ROOT/server/benches/pages.py" "$(binary)" "$DOORWARD_DATABASE"
