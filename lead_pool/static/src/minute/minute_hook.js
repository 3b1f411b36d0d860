import { onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

export const MINUTE = 60 * 1000; // milliseconds

/**
 * Renders the component again each minute, for what is told relative to now.
 */
export function useMinute() {
    const state = useState({ ticks: 0 });
    let timer;
    onMounted(() => {
        timer = browser.setInterval(() => state.ticks++, MINUTE);
    });
    onWillUnmount(() => browser.clearInterval(timer));
    return state;
}
