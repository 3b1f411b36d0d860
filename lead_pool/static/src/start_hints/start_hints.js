import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { isDisplayStandalone } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";

const TOUR = "lead_pool_rep_tour";
const NO_INSTALL = "lead_pool.no_install_hint"; // in the browser: this phone was asked once

const farewells = {
    [TOUR]: () => _t("That was it: take a lead, call, write it down, and on to the next."),
    lead_pool_admin_tour: () => _t("Your pool is ready. Import leads, or let a web form fill it."),
};

/** Starts a tour of Lead Pool, also for who was shown round before. */
const showRound = (tours, name) => tours.startTour(name, { mode: "manual", rainbowManMessage: farewells[name]() });

registry.category("actions").add("lead_pool_show_round", (env, { params }) =>
    showRound(env.services.tour_service, params.tour),
);

/** One line above a rep's leads: first an offer to be shown round, then on the phone one to install the app. */
export class StartHints extends Component {
    static template = "lead_pool.StartHints";
    static props = [];

    setup() {
        this.orm = useService("orm");
        this.pwa = useService("pwa");
        this.tours = useService("tour_service");
        this.state = useState({
            welcome: Boolean(session.lead_pool?.welcome),
            install: this.isInstallable && !browser.localStorage.getItem(NO_INSTALL),
        });
    }

    get isInstallable() {
        return this.env.isSmall && this.pwa.isSupportedOnBrowser && !isDisplayStandalone();
    }

    get installUrl() {
        return `/scoped_app?app_id=lead_pool&path=${encodeURIComponent("scoped_app/my-leads")}`;
    }

    async showRound() {
        await showRound(this.tours, TOUR);
        this.closeWelcome();
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
