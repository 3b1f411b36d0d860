import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { openPulled, orderedPools } from "../next_lead/pull";
import { pullLetter } from "../outbox/letters";

const BOARD = "lead_pool.lead_pool_entry_action_board";
const MY_LEADS = "lead_pool.crm_lead_action_my_leads";
const IS_TAKEN = "lead_pool.lead_pool_is_taken_action";

/**
 * What a rep does from anywhere with Ctrl+K or a hot key. What can be done with the lead on the screen are the buttons
 * of its form, which the palette finds by themselves.
 */
export class LeadPoolCommands {
    constructor(env, { sells, markets }) {
        this.env = env;
        this.sells = sells;
        this.seesPools = sells || markets;
    }

    register() {
        const { action, command } = this.env.services;
        const add = (name, work, hotkey, isAvailable) =>
            command.add(name, work, { category: "lead_pool", global: true, hotkey, isAvailable });
        const open = (xmlid) => () => void action.doAction(xmlid, { clearBreadcrumbs: xmlid !== IS_TAKEN });
        // on the board the button itself is found, by the same hot key
        const noButton = () => !document.querySelector(".o_next_lead [data-hotkey]");
        if (this.sells) {
            add(_t("Take the Next Lead"), () => this.takeNext(), "alt+shift+k", noButton);
            add(_t("My Leads"), open(MY_LEADS), "alt+shift+l");
            add(_t("Is It Taken?"), open(IS_TAKEN), "alt+shift+f");
        }
        if (this.seesPools) {
            add(_t("Pool Board"), open(BOARD), "alt+shift+p");
        }
    }

    /** @returns {Promise<Object|undefined>} a palette of the pools, where there are several */
    async takeNext() {
        const { action, notification, orm } = this.env.services;
        const loads = await orm.call("lead.pool.member", "my_load", []);
        const pools = orderedPools(loads);
        if (pools.length > 1) {
            const provide = () => pools.map((pool) => ({ name: pool.name, action: () => this.pull(pool) }));
            return { placeholder: _t("From which pool?"), providers: [{ provide }] };
        }
        if (pools.length) {
            await this.pull(pools[0]);
            return;
        }
        notification.add(_t("Your pools let you choose. This is what waits."), { type: "info" });
        await action.doAction(BOARD, { clearBreadcrumbs: true });
    }

    async pull({ pool_id: poolId, can_undo: canUndo }) {
        const { lead_pool_outbox: outbox, notification } = this.env.services;
        const waits = outbox.find("pull", poolId);
        const { kept, answer } = await outbox.send(waits?.state === "waiting" ? waits : pullLetter(poolId));
        if (kept) {
            notification.add(_t("No connection. Your request is sent when you are online again."), { type: "info" });
        } else if (answer[0].done) {
            await openPulled(this.env, answer[0].id, canUndo !== false);
        } else {
            notification.add(answer[0].message, { type: "warning" });
        }
    }
}

registry.category("command_categories").add("lead_pool", { name: _t("Lead Pool") }, { sequence: 40 });
registry.category("services").add("lead_pool_commands", {
    dependencies: ["action", "command", "lead_pool_outbox", "localization", "notification", "orm"],
    start(env) {
        if (session.lead_pool) {
            new LeadPoolCommands(env, session.lead_pool).register();
        }
    },
});
