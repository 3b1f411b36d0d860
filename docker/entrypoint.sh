#!/bin/sh
# Before the official entry point: wait for the database, install or upgrade. Only when Odoo is about to serve;
# `docker compose run odoo bash` and the like go straight through.
set -eu

home=${LEAD_POOL_HOME:-/opt/lead_pool}
official=${OFFICIAL_ENTRYPOINT:-/entrypoint.sh}

# The official image's names, under the names that psql and Odoo's driver read themselves.
if [ -n "${PASSWORD_FILE:-}" ]; then PASSWORD=$(cat "$PASSWORD_FILE"); fi
export PGHOST="${HOST:-db}" PGPORT="${PORT:-5432}" PGUSER="${USER:-odoo}" PGPASSWORD="${PASSWORD:-odoo}"
export LEAD_POOL_DB="${LEAD_POOL_DB:-lead_pool}" LEAD_POOL_HOME="$home"

case "${1:-odoo}" in
    odoo | -*)
        for part in "$home"/entrypoint.d/*; do
            echo "lead_pool: ${part##*/}"
            "$part"
        done
        ;;
esac
exec "$official" "${@:-odoo}"
