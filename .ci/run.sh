#!/usr/bin/env bash
# Builds what is missing and serves a demo organisation.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"
"$ROOT/.ci/build.sh" quick
export DOORWARD_DATABASE="${DOORWARD_DATABASE:-sqlite://$ROOT/doorward-data/doorward.db}"
file="${DOORWARD_DATABASE#sqlite://}"
if [ "$file" != "$DOORWARD_DATABASE" ] && [ ! -e "$file" ]; then
    say "Filling a demo organisation into $file"
    "$(binary)" demo --requests 2000
else
    say "Keeping the data in $DOORWARD_DATABASE"
    echo "Demo accounts (password doorward-demo): admin@demo.test, second.admin@demo.test, manager@demo.test,"
    echo "owner@demo.test, member@demo.test, requester@demo.test"
fi
say "Serving; end with Ctrl-C"
exec "$(binary)" serve
