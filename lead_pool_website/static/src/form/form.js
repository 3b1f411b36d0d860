import { rpc } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";
import { Form } from "@website/snippets/s_website_form/form";

/** A form for leads says when its visitor got it: the server counts the seconds, and takes each page's time once. */
patch(Form.prototype, {
    async willStart() {
        await super.willStart(...arguments);
        this.fetchStamp();
    },

    async fetchStamp() {
        if (this.el.dataset.model_name === "crm.lead") {
            // without a stamp the server says what to do
            this.leadPoolStamp = await rpc("/lead_pool/website/stamp", {}, { silent: true }).catch(() => false);
        }
    },

    async send() {
        if (!this.leadPoolStamp) {
            return super.send(...arguments);
        }
        const input = Object.assign(document.createElement("input"), {
            type: "hidden",
            name: "lead_pool_stamp",
            value: this.leadPoolStamp,
        });
        this.el.append(input);
        try {
            return await super.send(...arguments);
        } finally {
            input.remove();
            this.fetchStamp(); // each counts once
        }
    },
});
