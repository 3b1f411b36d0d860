# Everything a script needs to run Odoo; quick when it is all there (a fifth of a second). Sourced.
# shellcheck shell=bash

here=$(dirname "${BASH_SOURCE[0]}")
for part in common odoo python postgres browser pgbouncer job_queue settings databases; do
    # shellcheck disable=SC1090
    . "$here/$part.sh"
done
unset here part

provide_all() {
    provide_odoo
    provide_python
    provide_postgres
    provide_settings
}

odoo() { "$VENV/bin/python" "$VENV/bin/odoo-bin" "$@"; }
