import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { hasTouch, isDisplayStandalone } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { tourState } from "@web_tour/js/tour_state";

const TOUR = "lead_pool_rep_tour";
const NO_INSTALL = "lead_pool.no_install_hint"; // in the browser: this phone was asked once

const tours = {
    [TOUR]: {
        action: "lead_pool.lead_pool_entry_action_board",
        farewell: () => _t("That was it: take a lead, call, write it down, and on to the next."),
    },
    lead_pool_admin_tour: {
        action: "lead_pool.lead_pool_action_config",
        farewell: () => _t("Your pool is ready. Import leads, or let a web form fill it."),
    },
};

/** Shows round in Lead Pool alone: the tours of other apps are as they were, asked for or not. */
async function showRound({ services }, name) {
    const { action, orm, tour_service: tourService } = services;
    await action.doAction(tours[name].action, { clearBreadcrumbs: true });
    await tourService.startTour(name, { mode: "manual", redirect: false, rainbowManMessage: tours[name].farewell() });
    if (!session.tour_enabled) {
        await orm.call("res.users", "switch_tour_enabled", [false]);
    }
}

registry.category("actions").add("lead_pool_show_round", (env, { params }) => {
    showRound(env, params.tour);
});

/** One line above a rep's leads: first an offer to be shown round, then on the phone one to install the app. */
export class StartHints extends Component {
    static template = "lead_pool.StartHints";
    static props = [];

    setup() {
        this.orm = useService("orm");
        this.pwa = useService("pwa");
        const isLed = Boolean(tourState.getCurrentTour());
        this.state = useState({
            welcome: Boolean(session.lead_pool?.welcome) && !isLed,
            install: !isLed && this.isInstallable && !browser.localStorage.getItem(NO_INSTALL),
        });
    }

    /** On a phone: a desktop whose page is enlarged is small, too. */
    get isInstallable() {
        return this.env.isSmall && hasTouch() && this.pwa.isSupportedOnBrowser && !isDisplayStandalone();
    }

    get installUrl() {
        const start = session.lead_pool?.sells ? "my-leads" : "lead-pool"; // marketing has no leads of its own
        return `/scoped_app?app_id=lead_pool&path=${encodeURIComponent(`scoped_app/${start}`)}`;
    }

    async showRound() {
        this.closeWelcome();
        await showRound(this.env, TOUR);
    }

    async waveAway() {
        this.closeWelcome();
        await this.orm.silent.call("web_tour.tour", "consume", [TOUR]);
    }

    closeWelcome() {
        session.lead_pool.welcome = false;
        this.state.welcome = false;
    }

    closeInstall() {
        browser.localStorage.setItem(NO_INSTALL, "1");
        this.state.install = false;
    }
}
