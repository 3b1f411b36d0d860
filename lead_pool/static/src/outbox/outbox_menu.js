import { Component, useState } from "@odoo/owl";
import { AlertDialog, ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KINDS } from "./letters";

const { DateTime } = luxon;

/** "1 entry not sent yet": what is kept on this device, in the bar at the top; nothing while all is sent. */
export class OutboxMenu extends Component {
    static template = "lead_pool.OutboxMenu";
    static components = { Dropdown };
    static props = [];

    setup() {
        this.outbox = useService("lead_pool_outbox");
        this.dialog = useService("dialog");
        this.sent = useState(this.outbox.state);
        this.state = useState({ busy: false });
    }

    get letters() {
        this.sent.letters; // read, so that a change shows
        return this.outbox.letters.map((letter) => ({
            ...letter,
            title: KINDS[letter.kind].title(letter),
            text: KINDS[letter.kind].text(letter),
            when: toLocaleDateTimeString(DateTime.fromMillis(letter.made)),
            isAsking: this.outbox.isAsking(letter),
            isOld: letter.state !== "refused" && this.outbox.isOld(letter),
        }));
    }

    get isAsking() {
        return this.letters.some((letter) => letter.isAsking);
    }

    get title() {
        const { length } = this.letters;
        return length === 1 ? _t("1 entry not sent yet") : _t("%s entries not sent yet", length);
    }

    async retry(id) {
        this.state.busy = true;
        try {
            await this.outbox.retry(id);
        } finally {
            this.state.busy = false;
        }
    }

    discard({ id, text, title }) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Discard this entry?"),
            body: text
                ? _t("%(title)s – “%(text)s” – is deleted from this device. It cannot be brought back.", { title, text })
                : _t("%s is deleted from this device. It cannot be brought back.", title),
            confirmLabel: _t("Discard"),
            confirmClass: "btn-danger",
            confirm: () => this.outbox.discard(id),
            cancelLabel: _t("Keep"),
            cancel: () => {},
        });
    }
}

registry.category("systray").add("lead_pool.outbox", { Component: OutboxMenu }, { sequence: 21 });

/** Who logs out leaves nothing of his on the device; what was not sent yet is asked about first. */
export function logOutItem(logOut) {
    return (env) => {
        const item = logOut(env);
        const outbox = env.services.lead_pool_outbox;
        const { length } = outbox.letters;
        if (!length) {
            return item;
        }
        const callback = () =>
            env.services.dialog.add(AlertDialog, {
                title: length === 1 ? _t("1 entry not sent yet") : _t("%s entries not sent yet", length),
                body: _t("What is not sent when you log out is deleted from this device."),
                confirmLabel: _t("Delete and Log Out"),
                confirm: () => {
                    outbox.clear();
                    item.callback();
                },
                cancelLabel: _t("Stay"),
                cancel: () => {},
            });
        return { ...item, href: undefined, callback };
    };
}

const userMenu = registry.category("user_menuitems");
userMenu.add("log_out", logOutItem(userMenu.get("log_out")), { force: true });
