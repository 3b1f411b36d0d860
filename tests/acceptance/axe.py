"""What shuts people out of a screen: unnamed buttons, pale text, wrong roles. axe-core looks for it."""

import json
import pathlib

import axe_core_python

AXE = pathlib.Path(axe_core_python.__file__).with_name("axe.min.js").read_text()

#: What Odoo itself draws, rule by rule: a screen of CRM has the same findings, and they are not ours to mend.
ODOOS = {
    "*": ".o_main_navbar, .o_control_panel, .o_search_panel, .o_notebook_headers, .o_statusbar_status, .o-mail-Chatter",
    "aria-allowed-attr": ".o_tag, .o-autocomplete--input, .o-dropdown, .o_field_outbox_files",
    "aria-dialog-name": ".modal",
    "aria-required-parent": ".o_field_color_picker",
    "autocomplete-valid": ".o_select_menu_input",
    "button-name": ".o_optional_columns_dropdown",
    "color-contrast": ".text-bg-success, .text-bg-info, .oe_title",
    "html-has-lang": "html",
    "image-alt": ".o_avatar",
    "role-img-alt": ".o-mail-ActivityButton, .o_field_list_activity",
}

LOOK = """
(async () => {
    const { violations } = await axe.run({
        resultTypes: ["violations"],
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    });
    const odoos = ODOOS;
    const isOurs = (rule, el) => ![odoos["*"], odoos[rule]].some((parts) => parts && el.closest(parts));
    return violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .flatMap(({ id, nodes }) =>
            nodes
                .filter(({ target }) => isOurs(id, document.querySelector(target[0])))
                .map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
        );
})()
"""


#: Nothing is on its way any more; what fades in is pale until it is there.
STILL = """
!document.querySelector(".o_blockUI, .o_loading_indicator") && document.getAnimations().every(
    (animation) => animation.playState !== "running" || animation.effect.getComputedTiming().endTime === Infinity)
"""


def findings(screen):
    """What is serious or critical about the page that a :class:`screens.Screen` shows, in our parts of it."""
    if not screen.evaluate("Boolean(window.axe)"):
        screen.evaluate(f"{AXE}; null")
    screen.wait_until(STILL)
    return screen.evaluate(LOOK.replace("ODOOS", json.dumps(ODOOS)))
