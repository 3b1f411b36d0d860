"""What the database itself must hold, so that no mistake gives one lead to two people."""

from odoo.tools import SQL

#: Unique indexes without which two people may hold one lead, be counted twice, be answered
#: twice, or one person make two leads at the gate.
ESSENTIAL = (
    "lead_pool_holding_one_open",
    "lead_pool_holding_epoch_uniq",
    "lead_pool_entry_lead_uniq",
    "lead_pool_member_user_uniq",
    "lead_pool_rep_user_company_uniq",
    "lead_pool_event_seq_uniq",
    "lead_pool_request_request_uniq",
    "lead_pool_gate_key_digest_uniq",
)

#: The same as one condition of a statement that runs anyway; looked up in the catalog, once a statement.
UNGUARDED = SQL(
    "(SELECT count(*) FROM pg_index WHERE indexrelid IN (%s) AND indisvalid AND indisunique) < %s",
    SQL(", ").join(SQL("to_regclass(%s)", name) for name in ESSENTIAL),
    len(ESSENTIAL),
)
