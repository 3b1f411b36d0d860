# Databases: cached templates, copies of them, their files. Sourced after settings.sh.
# shellcheck shell=bash

# Which of our add-ons this checkout has, and what they depend on, read from their manifests (while there are none:
# what they will need).
our_addons() {
    local name list=
    for name in ${1:-$OUR_ADDONS}; do
        [ ! -f "$ROOT/$name/__manifest__.py" ] || list=$list,$name
    done
    echo "${list#,}"
}

with_glue() { our_addons "$OUR_ADDONS $OUR_GLUE"; }

dependencies() {
    # shellcheck disable=SC2086  # a list of words
    "$PYTHON" - "$ROOT" $OUR_ADDONS <<-'CODE'
		import ast, pathlib, sys
		root, *ours = sys.argv[1:]
		needed = set()
		for name in ours:
		    manifest = pathlib.Path(root, name, "__manifest__.py")
		    if manifest.exists():
		        needed |= set(ast.literal_eval(manifest.read_text(encoding="utf-8")).get("depends", []))
		print(",".join(sorted(needed - set(ours)) or ["phone_validation", "sale_crm"]))
	CODE
}

sql() { # database, statement : bare values on standard output
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"
}

database_exists() { [ "$(sql postgres "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

drop_database() {
    if database_exists "$1"; then
        sql postgres "ALTER DATABASE \"$1\" WITH IS_TEMPLATE false"
        sql postgres "DROP DATABASE \"$1\" WITH (FORCE)"
    fi
    rm -rf "$CACHE/data/filestore/$1"
}

drop_databases_like() { # SQL pattern
    local name
    for name in $(sql postgres "SELECT datname FROM pg_database WHERE datname LIKE '$1'"); do drop_database "$name"; done
}

# The files of attachments lie outside the database and are never changed in place, so links are enough.
copy_database() { # from, to
    createdb -T "$1" "$2"
    rm -rf "$CACHE/data/filestore/$2"
    if [ -d "$CACHE/data/filestore/$1" ]; then
        cp -al "$CACHE/data/filestore/$1" "$CACHE/data/filestore/$2" 2>/dev/null ||
            cp -a "$CACHE/data/filestore/$1" "$CACHE/data/filestore/$2"
    fi
}

rename_database() { # from, to
    rm -rf "$CACHE/data/filestore/$2"
    [ ! -d "$CACHE/data/filestore/$1" ] || mv "$CACHE/data/filestore/$1" "$CACHE/data/filestore/$2"
    sql postgres "ALTER DATABASE \"$1\" RENAME TO \"$2\""
}

# provide_template plain|demo : TEMPLATE is a database with our dependencies installed, kept between runs.
provide_template() {
    local kind=$1 modules key
    modules=$(dependencies)
    key=$(printf '%s %s %s %s' "$ODOO_VERSION" "$ODOO_TREE" "$modules" "$CACHE_ID" | sha256sum | cut -c1-8)
    TEMPLATE=lead_pool_template_${kind}_$key
    database_exists "$TEMPLATE" || with_lock make_template "$kind" "$modules"
}

# Built under another name and renamed at the end: a template that has its name is whole.
make_template() {
    local kind=$1 modules=$2 building=${TEMPLATE}_building demo= waiting
    database_exists "$TEMPLATE" && return
    [ "$kind" != demo ] || demo=--with-demo
    drop_database "$building"
    # As Odoo makes its own: sorting by code point, characters by Unicode.
    createdb -T template0 -E UTF8 --lc-collate=C --lc-ctype=C.UTF-8 "$building" 2>/dev/null ||
        createdb -T template0 -E UTF8 "$building"
    run_step "Making the template database '$kind' ($modules)" "read the output above; 'make clean ALL=1' starts from nothing." \
        odoo server -d "$building" -i "$modules" ${demo:+"$demo"} --stop-after-init --no-http --log-level=warn
    waiting=$(sql "$building" "SELECT string_agg(name, ', ') FROM ir_module_module WHERE state LIKE 'to %'")
    [ -z "$waiting" ] || fail "Odoo could not install $waiting: its source tree is not whole; set ODOO_HOME to one that is."
    rename_database "$building" "$TEMPLATE"
    sql postgres "ALTER DATABASE \"$TEMPLATE\" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
}

# What is in the add-ons as far as a database must be upgraded for it: code and data, not tests, scripts or styles.
addons_hash() {
    local list
    list=$(our_addons)
    # shellcheck disable=SC2086  # a list of words
    (cd "$ROOT" && [ -z "$list" ] || find ${list//,/ } \( -name __pycache__ -o -path '*/static/src' -o -path '*/static/tests' \
        -o -path '*/tests' \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

# Page scripts and styles are compiled on first use, which takes a minute; do it now rather than while somebody waits.
compile_assets() { # database
    odoo shell -d "$1" --no-http --log-level=warn <<-'CODE'
		env["ir.qweb"]._pregenerate_assets_bundles()
		env.cr.commit()
	CODE
}
