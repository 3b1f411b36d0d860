# The development installation's Odoo configuration. Sourced after odoo.sh, python.sh and postgres.sh.
#
# provide_settings exports ODOO_RC. One file per checkout, since each has its own add-ons; the data folder and the
# master password are shared by the cache. ADDONS=FOLDER[,FOLDER] are further folders of add-ons. A password for
# PostgreSQL is left to PGPASSWORD or ~/.pgpass.
# shellcheck shell=bash

provide_settings() {
    local folder=$CACHE/checkouts/$CHECKOUT_ID wanted
    export ODOO_RC=$folder/odoo${ADDONS:+-$(printf %s "$ADDONS" | cksum | cut -d' ' -f1)}.conf
    mkdir -p "$folder" "$CACHE/data"
    if [ ! -s "$CACHE/master-password" ]; then
        (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' '-_' >"$CACHE/master-password.$$" &&
            mv -n "$CACHE/master-password.$$" "$CACHE/master-password")
        rm -f "$CACHE/master-password.$$"
    fi
    wanted=$(
        cat <<-SETTINGS
			[options]
			; written by scripts/lib/settings.sh for $ROOT
			addons_path = $ODOO_ADDONS$(our_addons_path)
			data_dir = $CACHE/data
			admin_passwd = $(cat "$CACHE/master-password")
			db_host = $PGHOST
			db_port = $PGPORT
			db_user = $PGUSER
			http_interface = 127.0.0.1
			http_port = ${PORT:-8069}
			gevent_port = $((${PORT:-8069} + 3))
			workers = 0
			max_cron_threads = 1
			limit_time_real = 1200
			limit_time_cpu = 600
		SETTINGS
    )
    [ "$wanted" = "$(cat "$ODOO_RC" 2>/dev/null)" ] || (umask 077 && printf '%s\n' "$wanted" >"$ODOO_RC.$$" && mv "$ODOO_RC.$$" "$ODOO_RC")
}

# Odoo warns of a folder without add-ons, so an empty checkout is left out.
our_addons_path() {
    if compgen -G "$ROOT/*/__manifest__.py" >/dev/null; then printf ',%s' "$ROOT"; fi
    printf '%s' "${ADDONS:+,$ADDONS}"
}
