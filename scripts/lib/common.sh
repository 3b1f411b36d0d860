# What every script here shares: where things are, how to talk, how to wait, how to take turns.
# Sourced, never run. Callers get -e -u -o pipefail.
# shellcheck shell=bash

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${LEAD_POOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lead_pool}
mkdir -p "$CACHE/logs" 2>/dev/null || {
    echo "lead_pool: cannot write to $CACHE: set LEAD_POOL_CACHE to a folder that you can write to." >&2
    exit 1
}
CACHE=$(cd "$CACHE" && pwd -P)

# Compiled Python lies in the cache, also where the environment wants none beside the sources: compiling Odoo anew takes
# a third of each of its starts.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$CACHE/pycache

# A script called from scripts/exec must find the machine's Python, not the one of our making, or it would make another.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v "^$CACHE/venv/" | paste -s -d :)

# Two checkouts may share one cache and one PostgreSQL, so whatever belongs to a checkout carries this.
CHECKOUT_ID=$(printf '%s' "$ROOT" | sha256sum | cut -c1-8)
CACHE_ID=$(printf '%s' "$CACHE" | sha256sum | cut -c1-8)
# The last one installs itself: where sales are, Odoo's dashboards are.
OUR_ADDONS="lead_pool lead_pool_reports lead_pool_spreadsheet"
# Each installs itself beside what it glues, and only there; what the last one glues is got by provide_job_queue.
OUR_GLUE="lead_pool_website lead_pool_livechat lead_pool_hr lead_pool_queue_job"

say() { printf '%s\n' "lead_pool: $*" >&2; }
fail() { # one sentence: what is wrong and what to do
    printf '%s\n' "lead_pool: $*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
elapsed() { echo $((SECONDS - $1)); }

# run_step "What happens" "what to do if it fails" command…
# Runs a long command quietly, with its output in a log and a line every ten seconds, so that nobody wonders.
run_step() {
    local title=$1 advice=$2 log began=$SECONDS pid told=0
    shift 2
    log=$CACHE/logs/$(printf '%s' "$title" | tr -cs 'a-zA-Z0-9' '-' | cut -c1-40)-$$.log
    say "$title …"
    ("$@") >"$log" 2>&1 </dev/null &
    pid=$!
    # Background jobs of a script do not hear Ctrl-C; pass it on, or the step would run on by itself.
    # shellcheck disable=SC2064
    trap "end_tree $pid; exit 130" INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if [ $((SECONDS - began - told)) -ge 10 ]; then
            told=$((SECONDS - began))
            say "  $title: $told s so far"
        fi
    done
    trap - INT TERM
    if wait "$pid"; then
        say "  $title: done in $(elapsed "$began") s"
        rm -f "$log"
    else
        tail -n 15 "$log" | sed 's/^/    /' >&2
        fail "$title failed (whole output: $log): $advice"
    fi
}

# with_lock command… : one set-up at a time per cache; the others wait and then find the work done.
# The descriptor must not leak into daemons (PostgreSQL would hold the lock for ever): they close 9.
with_lock() {
    if [ "${LEAD_POOL_LOCKED:-}" = "$CACHE" ]; then
        "$@"
        return
    fi
    have flock || fail "flock is missing: install the package util-linux."
    local began=$SECONDS status=0
    exec 9>"$CACHE/lock"
    if ! flock -n 9; then
        say "another set-up is at work in $CACHE; waiting for it …"
        until flock -w 10 9; do say "  still waiting: $(elapsed "$began") s"; done
    fi
    LEAD_POOL_LOCKED=$CACHE
    "$@" || status=$?
    LEAD_POOL_LOCKED=
    exec 9>&-
    return "$status"
}

# Install system packages where we may; else say which. apt is told not to ask and to wait for other users of it.
install_packages() {
    local purpose=$1 packages
    shift
    packages="$*"
    have apt-get || fail "$purpose needs $packages, and this machine has no apt-get: install them with its own package manager."
    is_root || fail "$purpose needs $packages: ask an administrator for 'apt-get install $packages', then try again."
    run_step "Installing $packages" "check that this machine's package sources work ('apt-get update'), or install $packages yourself." \
        apt_install "$@"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# End a process and all it started, by their ids; the deepest first.
end_tree() {
    local child
    for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do end_tree "$child"; done
    kill "$1" 2>/dev/null || true
}
