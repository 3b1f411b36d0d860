# A PostgreSQL server: the one that PGHOST names, else a private cluster of our own. Sourced after common.sh.
#
# provide_postgres exports PGHOST, PGPORT, PGUSER. The private cluster listens on a Unix socket only, trusts whoever
# may enter the socket's folder (its owner and root) and runs until `make clean ALL=1`. Where it lies:
#   ordinary user  $CACHE/pg/<major version>
#   root           /var/lib/lead_pool-<hash of the cache path>/<major version>, since PostgreSQL refuses to run as
#                  root and its user `postgres` may not enter /root
# LEAD_POOL_PG overrides the folder.
# shellcheck shell=bash

provide_postgres() {
    if [ -n "${PGHOST:-}" ] && [ "${LEAD_POOL_PRIVATE_PG:-}" != "$PGHOST" ]; then
        export PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-$(id -un)}
        have psql || with_lock install_packages "talking to the PostgreSQL server $PGHOST" postgresql-client
        psql -X -q -d postgres -c 'SELECT 1' >/dev/null 2>"$CACHE/logs/pg.err" ||
            fail "the PostgreSQL server that PGHOST=$PGHOST names does not answer ($(head -n 1 "$CACHE/logs/pg.err")): start it, or unset PGHOST to use a private one."
        return
    fi
    find_postgres || {
        with_lock install_postgres
        find_postgres || fail "PostgreSQL was installed but its initdb is not found: put the folder of initdb on PATH."
    }
    PG_MAJOR=$("$PG_BIN/postgres" -V | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$PG_MAJOR" -ge 13 ] || fail "Odoo 19 needs PostgreSQL 13 or later and $PG_BIN holds $PG_MAJOR: install a newer one or set PGHOST."
    if is_root; then PG_TOP=/var/lib/lead_pool-$CACHE_ID; else PG_TOP=$CACHE/pg; fi
    PG_TOP=${LEAD_POOL_PG:-$PG_TOP}
    PG_HOME=$PG_TOP/$PG_MAJOR
    PG_DATA=$PG_HOME/data
    PG_SOCKET=$PG_HOME/run
    # The kernel takes 107 characters of socket path.
    if [ ${#PG_SOCKET} -gt 85 ]; then PG_SOCKET=/tmp/lead_pool-$(id -u)-$CACHE_ID; fi
    export PGHOST=$PG_SOCKET PGPORT=5432 PGUSER=odoo PATH=$PG_BIN:$PATH
    unset PGPASSWORD PGSERVICE PGDATABASE PGDATA PGOPTIONS
    export LEAD_POOL_PRIVATE_PG=$PGHOST # so that a script called by a script still knows whose server it is
    postgres_answers || with_lock start_postgres
}

find_postgres() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n -r) \
        "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            PG_BIN=$folder
            return 0
        fi
    done
    return 1
}

# Debian would make and start a cluster of the system's on installing; ours is enough.
install_postgres() {
    find_postgres && return
    local switch=/etc/postgresql-common/createcluster.d/lead_pool.conf
    if is_root && have apt-get && [ ! -d /etc/postgresql ]; then
        mkdir -p "$(dirname "$switch")"
        echo 'create_main_cluster = false' >"$switch"
    fi
    install_packages "lead_pool" postgresql
    rm -f "$switch"
}

postgres_answers() { [ -S "$PG_SOCKET/.s.PGSQL.5432" ] && pg_isready -q -t 2; }

as_postgres() {
    if is_root; then
        # From /, for the user postgres may not enter the folder we are in.
        (cd / && runuser -u "$PG_USER" -- "$@" 8>&- 9>&-)
    else
        "$@" 8>&- 9>&-
    fi
}

start_postgres() {
    postgres_answers && return
    PG_USER=$(id -un)
    if is_root; then
        PG_USER=postgres
        id postgres >/dev/null 2>&1 || useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin postgres ||
            fail "PostgreSQL refuses to run as root and a user 'postgres' cannot be made: run this as an ordinary user, or set PGHOST."
    fi
    make_postgres_folders
    [ -f "$PG_HOME/complete" ] || make_cluster
    clear_the_way
    say "starting PostgreSQL $PG_MAJOR in $PG_HOME"
    as_postgres "$PG_BIN/pg_ctl" -s -w -t 120 -D "$PG_DATA" -l "$PG_HOME/log" -o "-k '$PG_SOCKET'" start >/dev/null 2>&1 </dev/null || {
        tail -n 10 "$PG_HOME/log" | sed 's/^/    /' >&2
        fail "PostgreSQL does not start (whole log: $PG_HOME/log): free disk space or memory if it says so, else remove $PG_HOME (it holds only development databases) and try again."
    }
}

make_postgres_folders() {
    mkdir -p "$PG_TOP" "$PG_HOME" "$PG_SOCKET" || fail "cannot make $PG_HOME for PostgreSQL: set LEAD_POOL_PG to a folder that you can write to."
    if is_root; then
        chmod 755 "$PG_TOP"
        chown "$PG_USER:" "$PG_HOME" "$PG_SOCKET"
    fi
    chmod 700 "$PG_HOME" "$PG_SOCKET"
    local owner
    owner=$(stat -c %U "$PG_SOCKET")
    [ "$owner" = "$PG_USER" ] || fail "$PG_SOCKET belongs to $owner, not to $PG_USER: remove it or set LEAD_POOL_PG to another folder."
}

make_cluster() {
    as_postgres rm -rf "$PG_DATA" # half made
    # C.UTF-8 and not C: with LC_CTYPE=C trigram search is dead for Chinese. `odoo`, since Odoo refuses to work as postgres.
    run_step "Making a private PostgreSQL $PG_MAJOR cluster" "free disk space if the output says so, or set PGHOST to a server of yours." \
        as_postgres "$PG_BIN/initdb" -D "$PG_DATA" -U odoo -A trust --locale=C.UTF-8 -E UTF8
    as_postgres tee -a "$PG_DATA/postgresql.conf" >/dev/null <<-SETTINGS

		# ── lead_pool ──
		listen_addresses = ''        # the Unix socket only
		max_connections = 200
		shared_buffers = 512MB
		maintenance_work_mem = 128MB
		max_wal_size = 2GB
		fsync = off                  # quick, and not safe against power cuts: this cluster is for development and tests only
		synchronous_commit = off
		full_page_writes = off
	SETTINGS
    # In a container /dev/shm may be too small for parallel queries.
    if [ "$(df --output=size -k /dev/shm 2>/dev/null | tail -n 1 || echo 0)" -lt 524288 ]; then
        echo "dynamic_shared_memory_type = mmap" | as_postgres tee -a "$PG_DATA/postgresql.conf" >/dev/null
    fi
    touch "$PG_HOME/complete"
}

# After a hard kill: the pid file may name a process that is not PostgreSQL (or no process), and orphaned back ends
# may still hold the shared memory. Ours are the ones whose working folder is the data folder.
clear_the_way() {
    local pid i
    pid=$(head -n 1 "$PG_DATA/postmaster.pid" 2>/dev/null || true)
    if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null || true)" = "$PG_DATA" ]; then
        for i in $(seq 60); do # alive: starting, recovering or stopping
            if postgres_answers || ! kill -0 "$pid" 2>/dev/null; then break; fi
            [ $((i % 10)) -ne 0 ] || say "  PostgreSQL is still starting or stopping: $i s"
            sleep 1
        done
        postgres_answers && return
    fi
    for pid in /proc/[0-9]*; do
        if [ "$(readlink "$pid/cwd" 2>/dev/null || true)" = "$PG_DATA" ]; then kill -QUIT "${pid#/proc/}" 2>/dev/null || true; fi
    done
    for i in $(seq 10); do
        readlink /proc/[0-9]*/cwd 2>/dev/null | grep -qxF "$PG_DATA" || break
        sleep 0.5
    done
    rm -f "$PG_DATA/postmaster.pid" "$PG_SOCKET"/.s.PGSQL.5432*
}

stop_postgres() {
    postgres_answers || return 0
    if is_root; then PG_USER=postgres; else PG_USER=$(id -un); fi
    as_postgres "$PG_BIN/pg_ctl" -s -w -m fast -D "$PG_DATA" stop
}
