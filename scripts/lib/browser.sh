# Chromium and Chinese fonts, for browser tests and screenshots only. Sourced after common.sh.
# shellcheck shell=bash

provide_browser() {
    local missing=()
    have google-chrome || have chromium || have chromium-browser || have google-chrome-stable || missing+=(chromium)
    # Without a Chinese font every character on a screenshot is a box.
    fc-list :lang=zh-cn 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk fontconfig)
    [ ${#missing[@]} -gt 0 ] || return 0
    with_lock install_packages "a browser test" "${missing[@]}"
}

# The first start reads some hundred megabytes from the disk; have that behind us, and know that it starts at all.
warm_browser() {
    local name program=
    for name in google-chrome chromium chromium-browser google-chrome-stable; do # Odoo's order
        if have "$name"; then
            program=$name
            break
        fi
    done
    timeout 120 "$program" --headless --no-sandbox --disable-gpu --dump-dom about:blank 2>"$CACHE/logs/browser.err" </dev/null |
        grep -q '<html' ||
        fail "$program does not start ($(grep -v dbus "$CACHE/logs/browser.err" | tail -n 1)): reinstall it ('apt-get install --reinstall $program')."
}
