#!/bin/sh
# Installs what the tests need and this machine does not have: a C compiler, PostgreSQL, Chromium, Node and Python from Debian's
# packages, npm packages by their lock files. Quick when everything is there; fails when something cannot be had.
#
#   tests/install.sh                  what `make test` needs
#   tests/install.sh benches/npm      also the npm packages of these folders
set -eu
cd "$(dirname "$0")/.."

say() { printf 'install: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

have cargo || {
    say "Rust is missing: https://rustup.rs" >&2
    exit 1
}

# A server's binaries are not on the PATH in Debian.
have_postgres() {
    have initdb && have postgres && return 0
    for initdb in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$initdb" ] && return 0
    done
    return 1
}

# The test clients use modern JavaScript: Node 18 or later.
have_node() {
    have node && have npm && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'
}

packages=""
have cc || packages="$packages build-essential"
have setpriv || packages="$packages util-linux"
have_postgres || packages="$packages postgresql"
have chromium || packages="$packages chromium"
have_node || packages="$packages nodejs npm"
have python3 || packages="$packages python3"

if [ -n "$packages" ]; then
    have apt-get || {
        say "please install:$packages" >&2
        exit 1
    }
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    say "apt-get install$packages"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # the words are packages
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

# A copy of the lock file that was installed tells whether anything has changed since (tests/suite/support/node.rs too).
npm_packages() {
    [ -f "$1/package-lock.json" ] || return 0
    cmp -s "$1/package-lock.json" "$1/node_modules/.installed-from" && return 0
    say "npm ci in $1"
    npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
    cp "$1/package-lock.json" "$1/node_modules/.installed-from"
}

npm_packages tests/npm
for folder in "$@"; do
    npm_packages "$folder"
done
