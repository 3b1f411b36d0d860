# Chromium and Chinese fonts, for browser tests and screenshots only. Sourced after common.sh.
# shellcheck shell=bash

provide_browser() {
    local missing=()
    have chromium || have chromium-browser || have google-chrome || missing+=(chromium)
    # Without a Chinese font every character on a screenshot is a box.
    fc-list :lang=zh-cn 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk fontconfig)
    [ ${#missing[@]} -gt 0 ] || return 0
    with_lock install_packages "a browser test" "${missing[@]}"
}
