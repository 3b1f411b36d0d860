# PgBouncer, for the long tests of several machines only. Sourced after common.sh.
# shellcheck shell=bash

provide_pgbouncer() {
    have pgbouncer || [ -x /usr/sbin/pgbouncer ] || with_lock install_packages "a test of several machines" pgbouncer
}
