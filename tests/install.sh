#!/bin/sh
# Installs what the tests need and this machine does not have: a C compiler, PostgreSQL, Chromium, Node and Python from Debian's
# packages, npm and Python packages by their lock files. Quick when everything is there; fails when something cannot be had.
# Several may run at once: each waits for the one before, and for whoever else holds the system's package lock.
#
#   tests/install.sh                  what `make test` needs
#   tests/install.sh benches/npm      also the npm packages of these folders
set -eu
cd "$(dirname "$0")/.."

# One at a time. The lock file is a part of the repository, so that nothing is left behind.
if [ -z "${RAMAL_INSTALL_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
    RAMAL_INSTALL_LOCKED=1 exec flock tests/install.sh tests/install.sh "$@"
fi

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

# Waits for whoever installs something else, up to ten minutes. The lists have a lock of their own, which apt does not wait
# for by itself in every version.
apt_get() {
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 "$@"
}

refreshed=""
refresh() {
    [ -z "$refreshed" ] || return 0
    tries=0
    until told=$(apt_get update -qq 2>&1); do
        tries=$((tries + 1))
        case "$told" in
        *"Could not get lock"* | *"Unable to lock"*) [ "$tries" -lt 120 ] ;;
        *) false ;;
        esac || {
            printf '%s\n' "$told" >&2
            return 1
        }
        [ "$tries" -gt 1 ] || say "waiting for whoever reads the package lists"
        sleep 5
    done
    refreshed=yes
}

packages=""
have cc || packages="$packages build-essential"
have setpriv || packages="$packages util-linux"
have ip || packages="$packages iproute2"
have curl || packages="$packages curl"
have_postgres || packages="$packages postgresql"
have pgbouncer || packages="$packages pgbouncer"
have chromium || packages="$packages chromium"
have valgrind || packages="$packages valgrind"
have faketime || packages="$packages faketime"
have_node || packages="$packages nodejs npm"
have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3 python3-venv"

if [ -n "$packages" ]; then
    have apt-get || {
        say "please install:$packages" >&2
        exit 1
    }
    say "apt-get install$packages"
    refresh
    # shellcheck disable=SC2086 # the words are packages
    apt_get install -y -qq --no-install-recommends $packages >/dev/null
fi

# Out of Debian's packages, without what installing them would start: part of a package, and where it goes.
unpacked=""
unpack() {
    have apt-get || {
        say "please install: $1" >&2
        exit 1
    }
    unpacked=$(mktemp -d)
    refresh
    (cd "$unpacked" && apt-get download -qq -o APT::Sandbox::User=root "$1")
    dpkg-deb --fsys-tarfile "$unpacked"/*.deb | tar -x -C "$unpacked"
    mkdir -p "$3"
    # shellcheck disable=SC2086 # a pattern of what is wanted
    cp -L "$unpacked"/$2 "$3"
    rm -r "$unpacked"
}

# Of Exim the program and what it is linked with. It looks for a user that its package would have made: the wrapper names one.
if [ ! -x tests/mail/exim/exim4 ]; then
    say "exim4, out of Debian's packages exim4-daemon-light, libidn12 and libnss-wrapper"
    unpack libidn12 "usr/lib/*/libidn.so.12" tests/mail/exim
    unpack libnss-wrapper "usr/lib/*/libnss_wrapper.so" tests/mail/exim
    unpack exim4-daemon-light usr/sbin/exim4 tests/mail/exim
fi

# Of Prometheus only the tool that reads metrics: the package itself would start a server.
if ! have promtool && [ ! -x tests/contract/bin/promtool ]; then
    say "promtool, out of Debian's package prometheus"
    unpack prometheus usr/bin/promtool tests/contract/bin
fi

# A copy of the lock file that was installed tells whether anything has changed since (tests/suite/support/node.rs too).
npm_packages() {
    [ -f "$1/package-lock.json" ] || return 0
    cmp -s "$1/package-lock.json" "$1/node_modules/.installed-from" && return 0
    say "npm ci in $1"
    npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
    cp "$1/package-lock.json" "$1/node_modules/.installed-from"
}

# As npm's: by hash, into a folder of the repository; the system's Python is left alone.
python_packages() {
    cmp -s "$1/requirements.txt" "$1/venv/.installed-from" && return 0
    say "pip install in $1"
    python3 -m venv --clear "$1/venv"
    "$1/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$1/requirements.txt"
    cp "$1/requirements.txt" "$1/venv/.installed-from"
}

npm_packages tests/npm
npm_packages tests/contract
python_packages tests/contract
python_packages tests/voice
python_packages tests/mail
for folder in "$@"; do
    npm_packages "$folder"
done
