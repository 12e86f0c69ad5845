#!/bin/sh
# Makes the virtual environment .venv at the top of the repository, from a lock file.
#
#   deploy/bootstrap.sh base      what the embedded way needs: Python packages only, no compiler, no root
#   deploy/bootstrap.sh servers   and what the servers way needs: MariaDB, RabbitMQ, Redis, nginx, the MySQL driver
#   deploy/bootstrap.sh dev       and what the checks and tests need: linters, a browser
#   deploy/bootstrap.sh faults    and what the fault runs need: faketime, which moves the clock of one process
#   deploy/bootstrap.sh bench     and what the systems beside which we are measured need: PostgreSQL, npm
#
# A second run finds that nothing changed, and ends at once without a word.
set -eu

level=${1:-base}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$root/.venv
stamp=$venv/.installed
clocks=
peers=

case $level in
    base) levels="base" ;;
    servers) levels="base servers" ;;
    dev) levels="base servers dev" ;;
    faults)
        levels="base servers dev"
        level=dev
        clocks=yes
        ;;
    bench)
        levels="base servers dev"
        level=dev
        peers=yes
        ;;
    *)
        echo "usage: deploy/bootstrap.sh base|servers|dev|faults|bench" >&2
        exit 2
        ;;
esac

say() { echo "aerosaga: $*"; }

# fail LINE...
fail() {
    printf 'aerosaga: %s\n' "$1" >&2
    shift
    for line; do printf '    %s\n' "$line" >&2; done
    exit 1
}

# --- Debian packages -------------------------------------------------------------------------------------------

am_root() { [ "$(id -u)" = 0 ]; }

installed() {
    PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/lib/rabbitmq/bin command -v "$1" >/dev/null 2>&1
}

# Installs Debian packages, or says what to do. The servers among them are ours to start and stop, under .run/, so
# the system must not start its own: neither now nor, unless they were there before, when the machine boots.
install_packages() {
    if ! am_root || ! command -v apt-get >/dev/null 2>&1; then
        fail "these are missing: $*. On Debian run this as root, then try again:" \
            "apt-get update && apt-get install -y --no-install-recommends $*" \
            "Another system has them under similar names."
    fi
    say "installing Debian packages: $*"
    log=$(mktemp)
    policy=/usr/sbin/policy-rc.d
    our_policy=
    if [ ! -e "$policy" ]; then
        our_policy=yes
        trap 'rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    apt_install "$@" >"$log" 2>&1 || {
        # Package lists that are missing or old are the common reason.
        apt-get update >>"$log" 2>&1 || true
        apt_install "$@" >>"$log" 2>&1
    } || {
        tail -n 20 "$log" >&2
        fail "apt-get could not install $*." "The end of its output is above, all of it is in $log."
    }
    rm -f "$log"
    if [ -d /run/systemd/system ]; then
        for unit in mariadb rabbitmq-server redis-server nginx epmd.socket postgresql; do
            case " $* " in *" ${unit%%.*}"*) systemctl disable --quiet "$unit" 2>/dev/null || true ;; esac
        done
    fi
    if [ -n "$our_policy" ]; then
        rm -f "$policy"
        trap - EXIT INT TERM
    fi
}

apt_install() {
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

missing_programs() {
    [ "$level" = base ] || missing_servers
    [ "$level" != dev ] || missing_browser
}

missing_servers() {
    installed mariadbd || installed mysqld || echo mariadb-server
    installed rabbitmq-server || echo rabbitmq-server
    installed redis-server || echo redis-server
    installed nginx || echo nginx-light
    [ -z "$clocks" ] || installed faketime || echo faketime
    [ -z "$peers" ] || installed postgres || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo postgresql
    [ -z "$peers" ] || installed npm || echo npm
}

# The pages are tested in a real browser, which Playwright drives; its own download of one is not needed.
missing_browser() {
    installed chromium || installed chromium-browser || installed google-chrome || echo chromium
}

# The MySQL driver is compiled against MariaDB's headers.
missing_build_tools() {
    installed gcc || installed cc || echo gcc
    installed pkg-config || echo pkg-config
    { installed pkg-config && { pkg-config --exists libmariadb || pkg-config --exists mysqlclient; }; } ||
        echo libmariadb-dev
    "$python" - <<'END' || echo python3-dev
import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())
END
}

# --- Python ----------------------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for python in python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        if command -v "$python" >/dev/null 2>&1 && new_enough "$python"; then return; fi
    done
    if ! command -v python3 >/dev/null 2>&1 && am_root; then
        install_packages python3 python3-venv
        python=python3
        if new_enough "$python"; then return; fi
    fi
    fail "Python 3.11 or newer is needed, and none was found under the names python3, python3.11, ... python3.14." \
        "On Debian 12 or newer run as root: apt-get install -y python3 python3-venv"
}

# Debian splits off what `python3 -m venv` needs to put pip into a new environment.
make_venv() {
    rm -rf "$venv"
    say "making $venv with $("$python" --version)"
    if ! has_ensurepip && am_root && command -v apt-get >/dev/null 2>&1; then
        install_packages python3-venv || true
    fi
    if has_ensurepip; then
        "$python" -m venv "$venv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$venv"
    elif command -v virtualenv >/dev/null 2>&1; then
        virtualenv --quiet --python "$python" "$venv"
    else
        fail "Python's venv module lacks what it needs here. On Debian run this as root, then try again:" \
            "apt-get update && apt-get install -y python3-venv"
    fi
}

has_ensurepip() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

pip_install() {
    # A setting for the user's own pip, such as "always install for this user", has no meaning here.
    if [ -x "$venv/bin/pip" ]; then set -- "$venv/bin/python" -m pip "$@"; else
        set -- "$python" -m pip --python "$venv/bin/python" "$@"
    fi
    PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore "$@"
}

# One line per level: what a whole installation of it looks like. An environment remembers its own path, so one
# that was moved or copied does not count.
wanted_line() {
    echo "$1 $(sha256sum <"$root/requirements/$1.lock" | cut -d' ' -f1) $root"
}

is_installed() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null && [ -f "$stamp" ] &&
        grep -qxF "$(wanted_line "$level")" "$stamp"
}

install_lock() {
    if [ -f "$stamp" ] && ! grep -q " $root\$" "$stamp"; then rm -rf "$venv"; fi
    if ! { [ -x "$venv/bin/python" ] && new_enough "$venv/bin/python"; }; then make_venv; fi
    say "installing $(grep -c '^[a-z0-9].*==' "$root/requirements/$level.lock") Python packages ($level.lock)"
    rm -f "$stamp"
    # Twice quiet: errors only.
    pip_install install --quiet --quiet --no-input --require-hashes -r "$root/requirements/$level.lock" ||
        fail "pip could not install requirements/$level.lock; its own words are above." \
            "Most often the network or the package index could not be reached: try again."
    make_importable
    for each in $levels; do wanted_line "$each"; done >"$stamp"
}

# A path file rather than an installation of the project itself: it needs no build tool, and a new package or module
# of the repository is there at once.
make_importable() {
    packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$root" >"$packages/aerosaga.pth"
    cat >"$venv/bin/aerosaga" <<END
#!/bin/sh
exec "$venv/bin/python" -m aerosaga.cli "\$@"
END
    chmod 755 "$venv/bin/aerosaga"
}

# --- What is asked for -----------------------------------------------------------------------------------------

if is_installed && [ -z "$(missing_programs)" ]; then exit 0; fi
[ -w "$root" ] || fail "$(id -un) may not write to $root, where .venv and .run belong." \
    "Run this as the owner of that directory, or from a copy of your own."
mkdir -p "$root/.run"
# Two at a time would install into each other's environment.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$root/.run/bootstrap.lock"
    flock 9
fi

began=$(date +%s)
busy=
is_installed || busy=yes
if [ -n "$busy" ]; then find_python; fi
if [ "$level" != base ]; then
    packages=$(missing_programs)
    if [ -n "$busy" ]; then packages="$packages $(missing_build_tools)"; fi
    # Without quotes: one word per package, and none for none.
    # shellcheck disable=SC2086
    set -- $packages
    if [ $# -gt 0 ]; then
        busy=yes
        install_packages "$@"
    fi
fi
if ! is_installed; then install_lock; fi
if [ -n "$busy" ]; then say "ready after $(($(date +%s) - began)) s"; fi
