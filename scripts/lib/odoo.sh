# Finds an Odoo 19 source tree or fetches one. Sourced after common.sh.
#
# provide_odoo sets ODOO_TREE (the folder that holds the package `odoo`), ODOO_ADDONS (comma-separated add-on
# folders) and ODOO_VERSION. In this order: ODOO_HOME; an importable odoo; what was fetched before; a git clone;
# Debian's own package, which needs nothing but the package mirror the machine already uses.
# shellcheck shell=bash

ODOO_GIT_URL=${ODOO_GIT_URL:-https://github.com/odoo/odoo.git}

provide_odoo() {
    if [ -n "${ODOO_HOME:-}" ]; then
        odoo_series "$ODOO_HOME" | grep -qx '19\.0' ||
            fail "ODOO_HOME=$ODOO_HOME is not an Odoo 19.0 source tree: point it at a folder that contains odoo/release.py of version 19.0."
        use_odoo "$(cd "$ODOO_HOME" && pwd -P)" "given"
    elif importable_odoo; then
        use_odoo "$IMPORTABLE" "installed"
    else
        cached_odoo || with_lock fetch_odoo
        use_odoo "$CACHED" "$(cached_name "$CACHED")"
    fi
}

odoo_series() {
    [ -f "$1/odoo/release.py" ] || return 0
    sed -n 's/^version_info = (\([0-9]*\), \([0-9]*\),.*/\1.\2/p' "$1/odoo/release.py"
}

use_odoo() { # tree, how it came
    ODOO_TREE=$1
    ODOO_VERSION=$2
    ODOO_ADDONS=$ODOO_TREE/odoo/addons
    if [ -d "$ODOO_TREE/addons/web" ]; then ODOO_ADDONS=$ODOO_ADDONS,$ODOO_TREE/addons; fi
    case $ODOO_VERSION in
        given | installed) # the state of a tree that is not ours: the commit if there is one, else the path
            ODOO_VERSION=$ODOO_VERSION-$(git -C "$ODOO_TREE" rev-parse --short=12 HEAD 2>/dev/null ||
                printf '%s' "$ODOO_TREE" | sha256sum | cut -c1-12) ;;
    esac
}

importable_odoo() {
    have python3 || return 1
    IMPORTABLE=$(cd / && python3 -c '
import importlib.util, pathlib
spec = importlib.util.find_spec("odoo")
for path in (spec.submodule_search_locations or ()) if spec else ():
    if (pathlib.Path(path) / "release.py").exists():
        print(pathlib.Path(path).resolve().parent)
        break' 2>/dev/null) || return 1
    [ -n "$IMPORTABLE" ] && odoo_series "$IMPORTABLE" | grep -qx '19\.0'
}

# A tree is whole if it has its final name: it is built under another one and renamed at the end.
cached_odoo() {
    local tree
    for tree in "$CACHE"/odoo/git-* "$CACHE"/odoo/debian-*/usr/lib/python3/dist-packages; do
        if [ "$(odoo_series "$tree")" = 19.0 ]; then
            CACHED=$tree
            return 0
        fi
    done
    return 1
}

cached_name() { # …/odoo/debian-19.0.0/usr/lib/… -> debian-19.0.0
    local rest=${1#"$CACHE/odoo/"}
    echo "${rest%%/*}"
}

fetch_odoo() {
    cached_odoo && return # somebody else fetched it while we waited
    mkdir -p "$CACHE/odoo"
    rm -rf "$CACHE"/odoo/.building-*
    if git_reachable; then
        fetch_from_git
    else
        fetch_from_debian
    fi
    cached_odoo || fail "the Odoo that was fetched is not version 19.0: set ODOO_HOME to an Odoo 19.0 source tree."
    say "Odoo: $(cached_name "$CACHED")"
}

# ── git ──────────────────────────────────────────────────────────────────────────────────────────────────────────
git_reachable() {
    have git && GIT_TERMINAL_PROMPT=0 timeout 5 git ls-remote --exit-code "$ODOO_GIT_URL" refs/heads/19.0 >/dev/null 2>&1
}

fetch_from_git() {
    local building=$CACHE/odoo/.building-git-$$ sha
    run_step "Cloning Odoo 19.0 from $ODOO_GIT_URL" "try again, or set ODOO_HOME to an Odoo 19.0 source tree." \
        git clone --quiet --depth 1 --branch 19.0 "$ODOO_GIT_URL" "$building"
    sha=$(git -C "$building" rev-parse --short=12 HEAD)
    mv "$building" "$CACHE/odoo/git-$sha"
}

# ── Debian ───────────────────────────────────────────────────────────────────────────────────────────────────────
# Only Debian unstable carries odoo-19. It is downloaded with an apt configuration of our own, so that the machine's
# stays as it is, and unpacked without being installed; no root needed.
DEBIAN_PACKAGES="odoo-19 libjs-jquery libjs-jquery-form libjs-underscore fonts-roboto-unhinted fonts-montserrat
    fonts-glyphicons-halflings"
FONT_AWESOME_SUITE=bookworm # the last release with Font Awesome 4.7, whose file names Odoo's links expect
NO_ODOO_ADVICE="set ODOO_HOME to an Odoo 19.0 source tree, or let this machine reach $ODOO_GIT_URL"

fetch_from_debian() {
    have apt-get && have dpkg-deb ||
        fail "there is no Odoo 19, no way to $ODOO_GIT_URL, and no apt-get here to take Debian's package: $NO_ODOO_ADVICE."
    local keyring mirror building version
    keyring=$(ls /usr/share/keyrings/debian-archive-keyring.{gpg,pgp} 2>/dev/null | head -n 1 || true)
    [ -n "$keyring" ] ||
        fail "Debian's package odoo-19 cannot be verified here, for there is no debian-archive-keyring (is this Ubuntu?): $NO_ODOO_ADVICE."
    APT_OWN=$CACHE/odoo/.building-apt-$$
    mkdir -p "$APT_OWN/lists/partial" "$APT_OWN/archives/partial"

    for mirror in $(debian_mirrors) ""; do
        [ -n "$mirror" ] ||
            fail "no package source of this machine offers Debian unstable with odoo-19 ($(apt_complaint)): $NO_ODOO_ADVICE."
        printf 'deb [signed-by=%s] %s %s main\n' \
            "$keyring" "$mirror" sid "$keyring" "$mirror" "$FONT_AWESOME_SUITE" >"$APT_OWN/sources.list"
        own_apt_update || continue
        version=$(own_apt apt-cache madison odoo-19 2>>"$APT_OWN/log" | awk '$3 ~ /^19\.0/ {print $3; exit}')
        [ -z "$version" ] || break
    done

    run_step "Downloading Odoo $version from the Debian mirror (130 MB)" "check the network and try again; or $NO_ODOO_ADVICE." \
        download_debian_packages
    building=$CACHE/odoo/.building-debian-$$
    mkdir -p "$building"
    run_step "Unpacking Odoo $version" "check the free disk space (1 GB is needed) in $CACHE and try again." \
        unpack_debian_packages "$building"
    mv "$building" "$CACHE/odoo/debian-$version"
    rm -rf "$APT_OWN"
}

# The mirrors this machine already uses, in whatever format they are written; never one of our choosing.
debian_mirrors() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v -i security | awk '!seen[$0]++'
}

# A mirror frozen for longer than unstable's lists are valid (a week) is refused by apt. It is good enough here, since
# every package is still verified by signature and nothing of it is installed in the system; but say so.
own_apt_update() {
    APT_LENIENT=()
    own_apt apt-get update >"$APT_OWN/log" 2>&1 && return
    grep -q 'is expired\|is not valid yet' "$APT_OWN/log" || return
    APT_LENIENT=(-o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false)
    own_apt apt-get update >"$APT_OWN/log" 2>&1 && say "the Debian mirror is some time behind; taking what it has"
}

apt_complaint() {
    local line
    line=$(grep '^[EW]:' "$APT_OWN/log" 2>/dev/null | head -n 1)
    echo "${line:-its own are: $(debian_mirrors | tr '\n' ' ')}"
}

own_apt() { # apt's own settings (proxies, log-ins, certificates) stay in force; only the sources and the caches are ours
    local tool=$1 sandbox=()
    shift
    if is_root; then sandbox=(-o APT::Sandbox::User=root); fi # _apt may not read a cache under /root
    "$tool" -o "Dir::Etc::SourceList=$APT_OWN/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$APT_OWN/lists" -o "Dir::Cache=$APT_OWN" -o "Dir::Cache::Archives=$APT_OWN/archives" \
        -o Acquire::Languages=none -o Acquire::Retries=3 "${sandbox[@]}" "${APT_LENIENT[@]}" "$@"
}

download_debian_packages() {
    local awesome
    awesome=$(own_apt apt-cache madison fonts-font-awesome | awk '$3 ~ /4\.7/ {print $3; exit}')
    [ -n "$awesome" ] || { echo "no Font Awesome 4.7 in $FONT_AWESOME_SUITE"; return 1; }
    cd "$APT_OWN/archives"
    # shellcheck disable=SC2086  # a list of words
    own_apt apt-get download $(printf '%s/sid ' $DEBIAN_PACKAGES) "fonts-font-awesome=$awesome"
}

# Left out: translations other than Chinese (two thirds of the bulk), other countries' accounting, points of sale,
# and a second copy of the Python files. hr_*, point_of_sale and website_* stay: base's data names their categories.
unpack_debian_packages() {
    local package root=$1 odoo=$1/usr/lib/python3/dist-packages/odoo
    for package in "$APT_OWN"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --no-same-owner --wildcards --wildcards-match-slash \
            --exclude='*/i18n/[a-y]*.po' --exclude='*/i18n/zh_TW.po' --exclude='*/addons/l10n_*' --exclude='*/addons/pos_*' \
            --exclude='*/addons/spreadsheet_dashboard_pos_*' \
            --exclude='./usr/lib/python3/dist-packages/addons' --exclude='./usr/share/doc' --exclude='./etc' --exclude='./usr/lib/systemd'
    done
    # Debian removes this library of the video call's blur but not its name from the bundle, and the console
    # error that follows makes every browser test fail; an empty file is enough.
    mkdir -p "$odoo/addons/mail/static/lib/selfie_segmentation"
    : >"$odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    # Without jQuery the log-in page answers 500; fail here rather than there.
    [ -s "$odoo/addons/web/static/lib/jquery/jquery.js" ]
    find "$root" -xtype l -delete # links to fonts that nothing here shows (receipts, Swiss invoices)
}
