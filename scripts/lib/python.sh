# A virtual environment with what Odoo, the add-ons and the tests need. Sourced after odoo.sh.
#
# provide_python sets VENV and PYTHON. The environment is keyed by the Python version, the three requirement files
# and the Odoo tree (which a .pth puts on its path), so a change of any of them makes another one.
# shellcheck shell=bash

provide_python() {
    local files python version key
    files=("$ROOT/scripts/odoo-requirements.txt" "$ROOT/requirements.txt" "$ROOT/tests/requirements.txt")
    have python3 || with_lock install_packages "lead_pool" python3 python3-venv
    python=$(command -v "${LEAD_POOL_PYTHON:-python3}") ||
        fail "LEAD_POOL_PYTHON=$LEAD_POOL_PYTHON is not a program: name a Python 3.10 to 3.13."
    # One interpreter has many names (pyenv's shims, a virtual environment's links); the key takes the file itself.
    python=$(realpath "$("$python" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')")
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $version in
        3.10 | 3.11 | 3.12 | 3.13) ;;
        *) fail "Odoo 19 needs Python 3.10 to 3.13 and $python is $version: set LEAD_POOL_PYTHON to one of those." ;;
    esac
    key=$( (cat "${files[@]}" && echo "$ODOO_TREE" && echo "$python") | sha256sum | cut -c1-12)
    VENV=$CACHE/venv/python$version-$key
    PYTHON=$VENV/bin/python
    # A virtual environment cannot be renamed (its path is written into its programs), so a stamp tells a whole one.
    [ -f "$VENV/complete" ] || with_lock make_venv "$python" "${files[@]}"
}

make_venv() {
    local python=$1 file requirements=()
    shift
    [ ! -f "$VENV/complete" ] || return 0
    rm -rf "$VENV"
    mkdir -p "$CACHE/venv"
    bare_venv "$python"
    for file in "$@"; do requirements+=(-r "$file"); done
    run_step "Installing Python libraries" "check that pip can reach its package index ('$PYTHON -m pip download polib')." \
        "$PYTHON" -m pip install --disable-pip-version-check --no-input --prefer-binary "${requirements[@]}"
    echo "$ODOO_TREE" >"$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo-tree.pth"
    # A launcher of our own: `python -m odoo` cannot restart itself as the live-bus process that several workers need.
    printf '#!%s\nimport odoo.cli\n\nodoo.cli.main()\n' "$PYTHON" >"$VENV/bin/odoo-bin"
    chmod +x "$VENV/bin/odoo-bin"
    "$PYTHON" -c 'import odoo.release as r, sys; sys.exit(r.version_info[:2] != (19, 0))' ||
        fail "Odoo in $ODOO_TREE cannot be imported as version 19.0: set ODOO_HOME to a whole Odoo 19.0 source tree."
    touch "$VENV/complete"
}

# Debian splits ensurepip off into python3-venv; virtualenv brings its own pip and is the way round without root.
bare_venv() {
    local python=$1
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        run_step "Making a Python virtual environment" "check the free disk space in $CACHE, then try again." "$python" -m venv "$VENV"
    elif "$python" -m virtualenv --version >/dev/null 2>&1; then
        "$python" -m virtualenv --quiet "$VENV"
    elif is_root && have apt-get; then
        install_packages "a Python virtual environment" python3-venv
        "$python" -m venv "$VENV"
    elif "$python" -m pip install --quiet --user --break-system-packages virtualenv >/dev/null 2>&1 ||
        "$python" -m pip install --quiet --user virtualenv >/dev/null 2>&1; then
        "$python" -m virtualenv --quiet "$VENV"
    else
        fail "$python can make no virtual environment: ask an administrator for 'apt-get install python3-venv', then try again."
    fi
}
