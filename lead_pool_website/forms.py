"""The forms of a website that make leads: what their designer fixed, signed, and a bait for robots.

Odoo puts a form's fixed team into a hidden input, which every visitor can change. The signature says which values the
page really offered: ``team_id=3&team_id=5:<hash>``.
"""

from urllib.parse import parse_qs, urlencode

from lxml import etree, html

from odoo.tools.misc import consteq, hmac

HONEYPOT, SIGNATURE, STAMP = "lead_pool_homepage", "lead_pool_signature", "lead_pool_stamp"
OURS = "data-lead-pool"

#: What a lead is to the department, besides all dates and all that is ours: no visitor decides it.
DECIDING = frozenset(
    """
    active campaign_id color company_id date_deadline expected_revenue lead_group_id lost_reason_id medium_id order_ids
    partner_id pool_id prorated_revenue priority probability probability_manual recurring_plan recurring_revenue
    source_id stage_id tag_ids team_id type user_company_ids user_id won_status
    """.split()
)


def decides(name):
    """Whether a field of ``crm.lead`` says whose a lead is, how it is judged, or how far it got."""
    return name in DECIDING or name.startswith(("date_", "lp_", "pool_", "lead_pool_"))


def prepare_forms(fragment, env_sudo):
    """Sign the forms for leads in this page, and lay out the bait; done again for a page that was saved with both."""
    for form in fragment.iter("form"):
        if form.get("data-model_name") != "crm.lead" or "/website/form/" not in form.get("action", ""):
            continue
        _clear(form)
        box = etree.SubElement(form, "div", {"class": "visually-hidden", "aria-hidden": "true", OURS: "form"})
        etree.SubElement(box, "input", {"type": "text", "name": HONEYPOT, "tabindex": "-1", "autocomplete": "off"})
        if pairs := _offered(form):
            signature = _sign(env_sudo, urlencode(pairs))
            etree.SubElement(box, "input", {"type": "hidden", "name": SIGNATURE, "value": signature})


def unprepared(text):
    """The HTML of a page as its designer made it: what is saved stays when the add-on goes."""
    if OURS not in text:
        return text
    page = html.fromstring(text, parser=html.HTMLParser(encoding="utf-8"))
    for form in page.iter("form"):
        _clear(form)
    return html.tostring(page, encoding="unicode")


def _clear(form):
    for old in form.xpath(f".//*[@{OURS}='form'] | .//input[@name='{SIGNATURE}']"):
        old.getparent().remove(old)


def fixed_values(env_sudo, signature):
    """``{name: [values]}`` that the form offered; nothing when the signature is not ours."""
    text = signature.rpartition(":")[0]
    return parse_qs(text) if text and consteq(signature.encode(), _sign(env_sudo, text).encode()) else {}


def _offered(form):
    named = [(node.get("name", ""), node) for node in form.iter("input", "select")]
    return [
        (name, choice.get("value"))
        for name, node in named
        if decides(name)
        for choice in (node.iter("option") if node.tag == "select" else [node])
        if choice.get("value")
    ]


def _sign(env_sudo, text):
    return f"{text}:{hmac(env_sudo, 'lead_pool_website_form', text)}"
