#!/usr/bin/env bash
# Installs what is missing to build Doorward, and with the argument `test` what is missing to test it.
# shellcheck source=.ci/lib.sh
source "$(dirname "$0")/lib.sh"
cd "$ROOT"

CARGO_LEPTOS=0.3.10
WASM_BINDGEN="$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)"

debian() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "These packages are missing. As root, run:" >&2
        echo "  apt-get update && apt-get install -y ${missing[*]}" >&2
        exit 1
    fi
    say "Installing ${missing[*]}"
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}"
}

if command -v dpkg-query >/dev/null; then
    packages=(build-essential ca-certificates)
    if [ "${1:-}" = test ]; then
        packages+=(chromium python3 python3-venv)
        [ -n "$(compgen -G '/usr/lib/postgresql/*/bin/initdb')" ] || packages+=(postgresql)
    fi
    debian "${packages[@]}"
fi

command -v cargo >/dev/null || { echo "Rust is missing: install it with rustup." >&2; exit 1; }
command -v npm >/dev/null || { echo "Node 20 with npm is missing." >&2; exit 1; }

if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    say "Adding the WebAssembly target"
    rustup target add wasm32-unknown-unknown
fi

if [ ! -x node_modules/.bin/sass ] || [ ! -x node_modules/.bin/wasm-opt ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "Installing the style compiler and the WebAssembly optimiser (npm)"
    npm ci --no-audit --no-fund
fi

if [ "${1:-}" = test ] && ! cmp -s server/tests/peers/requirements.txt "$CACHE/peers/requirements.txt"; then
    say "Installing the peers of the tests: a webhook receiver and a SCIM server (pip)"
    rm -rf "$CACHE/peers"
    python3 -m venv "$CACHE/peers"
    "$CACHE/peers/bin/pip" install --quiet --disable-pip-version-check --requirement server/tests/peers/requirements.txt
    cp server/tests/peers/requirements.txt "$CACHE/peers/requirements.txt"
fi

# Tools are compiled in a folder that is kept, so that an install that was broken off goes on where it was.
export CARGO_TARGET_DIR="$CACHE/tools-target"

if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $WASM_BINDGEN" ]; then
    say "Installing wasm-bindgen $WASM_BINDGEN (about three minutes)"
    cargo install wasm-bindgen-cli --version "$WASM_BINDGEN" --locked
fi

if ! cargo leptos --version 2>/dev/null | grep -q "$CARGO_LEPTOS"; then
    say "Installing cargo-leptos $CARGO_LEPTOS (six to nine minutes)"
    if ! { command -v cargo-binstall >/dev/null && cargo binstall -y "cargo-leptos@$CARGO_LEPTOS"; }; then
        CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
            cargo install cargo-leptos --version "$CARGO_LEPTOS" --locked --features no_downloads
    fi
fi
