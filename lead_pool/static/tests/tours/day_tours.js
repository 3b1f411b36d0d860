import { waitFor } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

/**
 * Whole days at work. They run on a desk and on a phone, in English and in Chinese: nothing is found by its words but what
 * the test itself has named.
 */
const tours = registry.category("web_tour.tours");

const card = (text) => `.o_kanban_record:not(.o_kanban_ghost):contains(${text})`;
/** A line of a list, or on a phone a card; and what is in it. */
const row = (text, inside = "", where = "") =>
    [`${where} .o_data_row:contains(${text}) ${inside}`, `${where} ${card(text)} ${inside}`].join(", ");
const closed = { content: "the dialog is closed", trigger: "body:not(:has(.modal))" };
const confirm = { trigger: ".modal footer button.btn-primary", run: "click" };
const chooseReason = { trigger: ".modal [name=reason_id] .o_selection_badge", run: "click" };

const decide = ".o_data_row button[name=button_approve], .o_kanban_record button[name=button_approve]";

/** Another menu of the app. */
const go = (menu) => ({
    content: menu,
    trigger: ".o_main_navbar",
    async run() {
        const { menu: menus } = odoo.__WOWL_DEBUG__.root.env.services;
        await menus.selectMenu(menus.getAll().find(({ xmlid }) => xmlid === `lead_pool.${menu}`));
    },
});

/** In a menu that is open: on a phone it comes from below. */
const menuItem = (item) => `.o-dropdown--menu ${item}, .o_bottom_sheet ${item}`;

/** A button of the form's header: on a phone it may be in the menu. */
const headerButton = (name) => [
    { isActive: ["desktop"], trigger: `.o_form_view .o_statusbar_buttons button[name=${name}]`, run: "click" },
    {
        content: name,
        isActive: ["mobile"],
        trigger: `.o_form_view .o_statusbar_buttons:has(button[name=${name}], .o-dropdown)`,
        async run({ anchor }) {
            let button = anchor.querySelector(`button[name=${name}]`);
            if (!button) {
                anchor.querySelector(".o-dropdown").click();
                button = await waitFor(menuItem(`button[name=${name}]`));
            }
            button.click();
        },
    },
];

/** A person or a pool in a many2one: typed and chosen; on a phone chosen from a dialog. */
const choose = (field, name) => [
    { isActive: ["desktop"], trigger: `${field} input`, run: `edit ${name}` },
    { isActive: ["desktop"], trigger: `.o-autocomplete--dropdown-item:contains(${name})`, run: "click" },
    { isActive: ["mobile"], trigger: `${field} input`, run: "click" },
    { isActive: ["mobile"], trigger: `.modal ${card(name)}`, run: "click" },
    { trigger: `${field} input:value(${name})` },
];

/** Choose a member in the dialog of Assign. */
const chooseMember = (name) => [
    {
        content: "each of them in one line, without scrolling sideways",
        isActive: ["mobile"],
        trigger: ".modal .o_assign_lines .o_list_renderer:has(.o_data_row)",
        run({ anchor: { scrollWidth, clientWidth } }) {
            if (scrollWidth > clientWidth) {
                throw new Error(`${scrollWidth} pixels on a screen of ${clientWidth}`);
            }
        },
    },
    {
        trigger: `.modal .o_data_row:contains(${name}) .o_data_cell[name=chosen] input`,
        run: "click",
    },
];

/** Select cards of the board, as Alt and a click do. */
const select = (...texts) =>
    texts.map((text) => ({
        content: `select ${text}`,
        trigger: `${card(text)} .o_pool_card_number`,
        run({ anchor }) {
            anchor.dispatchEvent(new MouseEvent("click", { altKey: true, bubbles: true, cancelable: true }));
        },
    }));

/** What is done with the selected cards: on a phone it is in a menu. */
const withSelected = (name) => [
    { isActive: ["mobile"], trigger: ".o_control_panel .o_cp_action_menus button", run: "click" },
    { isActive: ["desktop"], trigger: `.o_control_panel button[name=${name}]`, run: "click" },
    {
        isActive: ["mobile"],
        trigger: menuItem(`button[name=${name}]`),
        run: "click",
    },
];

tours.add("lead_pool_day_of_a_rep", {
    steps: () => [
        { content: "two from the board", trigger: `${card("Beijing")} .o_claim_button button:enabled`, run: "click" },
        { trigger: `.o_kanban_renderer:not(:has(${card("Beijing")}))` },
        { trigger: `${card("Tianjin")} .o_claim_button button:enabled`, run: "click" },
        { trigger: `.o_kanban_renderer:not(:has(${card("Tianjin")}))` },
        go("crm_lead_menu_my_leads"),
        { content: "a call: one", trigger: `.o_my_lead:contains(Beijing) button[name=button_follow_up]`, run: "click" },
        { content: "two", trigger: ".modal [name=type_id] .o_selection_badge", run: "click" },
        { trigger: ".modal [name=note] textarea", run: "edit 要报价单 Wants a quotation" },
        { content: "when next", trigger: ".modal .o_next_date_chips button:eq(1)", run: "click" },
        { trigger: ".modal .o_next_date_chips button.active" },
        { content: "three", trigger: ".modal footer button[name=action_save]", run: "click" },
        closed,
        { content: "nobody answers: back to the pool", trigger: `.o_my_lead:contains(Tianjin)`, run: "click" },
        ...headerButton("button_return"),
        chooseReason,
        confirm,
        closed,
        { trigger: `.o_my_leads:has(${card("Beijing")}):not(:has(${card("Tianjin")}))` },
        { content: "a customer", trigger: `.o_my_lead:contains(Beijing) button[name=button_convert]`, run: "click" },
        { trigger: ".modal footer button[name=action_convert]", run: "click" },
        { content: "the opportunity or its quotation", trigger: "body:not(:has(.modal)) .o_form_view .o_form_sheet" },
    ],
});

tours.add("lead_pool_day_of_a_leader", {
    steps: () => [
        {
            content: "who has untouched leads",
            trigger: `.o_team_today ${card("Tour Rep")} button[name=button_open_day]:eq(1)`,
            run: "click",
        },
        { isActive: ["desktop"], trigger: ".o_data_row:contains(Beijing) .o_list_record_selector input", run: "click" },
        ...select("Beijing").map((step) => ({ ...step, isActive: ["mobile"] })),
        ...withSelected("button_assign"),
        ...chooseMember("Tour Heir"),
        confirm,
        closed,
        go("lead_follow_up_menu"),
        { content: "what was said today", trigger: row("Called them twice") },
        go("lead_pool_approval_menu"),
        { content: "a decision", trigger: decide, run: "click" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { content: "nothing is left", trigger: "body:not(:has(.modal)) .o_view_nocontent" },
        go("lead_pool_handover_menu"),
        { content: "somebody leaves", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
        ...choose(".o_field_widget[name=user_id]", "Tour Rep"),
        { content: "what he holds", trigger: row("Tour Pool", "", ".o_field_widget[name=group_ids]") },
        ...choose(".o_field_widget[name=target_user_id]", "Tour Heir"),
        ...headerButton("button_run"),
        confirm,
        closed,
        { isActive: ["mobile"], trigger: ".o-form-buttonbox .o_button_more", run: "click" },
        {
            content: "the certificate",
            trigger: ".o-form-buttonbox button[name=button_lines], .o-form-buttonbox-small button[name=button_lines]",
            run: "click",
        },
        { trigger: row("Tour Heir") },
    ],
});

tours.add("lead_pool_day_of_an_admin", {
    steps: () => [
        {
            content: "settings",
            isActive: ["desktop"],
            trigger: ".o_data_row:contains(Tour Pool) [name=name]",
            run: "click",
        },
        { isActive: ["mobile"], trigger: `${card("Tour Pool")} .o_dropdown_kanban button`, run: "click" },
        {
            isActive: ["mobile"],
            trigger: menuItem("[role=menuitem]:eq(0)"),
            run: "click",
        },
        { trigger: ".o_form_view .o_notebook .nav-link[name=members]", run: "click" },
        {
            content: "one is away",
            isActive: ["desktop"],
            trigger: ".o_field_widget[name=member_ids] .o_data_row:contains(Tour Rep) [name=paused] input",
            run: "click",
        },
        {
            content: "one is away",
            isActive: ["mobile"],
            trigger: `.o_field_widget[name=member_ids] ${card("Tour Rep")}`,
            run: "click",
        },
        { isActive: ["mobile"], trigger: ".modal [name=paused] input", run: "click" },
        { isActive: ["mobile"], trigger: ".modal .o_form_button_save, .modal .o_form_button_save_closed", run: "click" },
        closed,
        { trigger: ".o_notebook .nav-link[name=going_back]", run: "click" },
        { content: "what the rule does now", trigger: ".tab-pane.active .o_lead_pool_preview" },
        {
            content: "the rule",
            trigger: [
                ".o_field_widget[name=reclaim_rule_ids] .o_data_row:contains(Three days) [name=name]",
                `.o_field_widget[name=reclaim_rule_ids] ${card("Three days")}`,
            ].join(", "),
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=no_follow_up_days] input", run: "edit 4" },
        { trigger: ".modal .o_form_button_save, .modal .o_form_button_save_closed", run: "click" },
        closed,
        { content: "and what it would do", trigger: ".tab-pane.active .o_lead_pool_preview" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
        go("lead_pool_entry_menu"),
        ...select("City1", "City2", "City3", "City4", "City5"),
        ...withSelected("button_assign"),
        ...chooseMember("Tour Heir"),
        confirm,
        closed,
        { trigger: `.o_kanban_renderer:not(:has(${card("City1")})):not(:has(${card("City5")}))` },
        ...select("Wuhan"),
        ...withSelected("button_transfer"),
        ...choose(".modal .o_field_widget[name=pool_id]", "Other Pool"),
        chooseReason,
        confirm,
        closed,
        go("lead_pool_approval_menu"),
        { trigger: decide, run: "click" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { content: "nothing is left", trigger: "body:not(:has(.modal)) .o_view_nocontent" },
    ],
});
