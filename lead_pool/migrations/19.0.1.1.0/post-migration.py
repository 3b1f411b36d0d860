"""What the columns that are new in this version say of what there was before."""


def migrate(cr, version):
    _how_leads_went_back(cr)
    _calls(cr)


def _how_leads_went_back(cr):
    """How a lead last went back is kept on its entry: told from the holdings that have ended."""
    cr.execute(
        """UPDATE lead_pool_entry e SET gone_back = h.end_reason
             FROM (SELECT DISTINCT ON (lead_ref) lead_ref, end_reason FROM lead_pool_holding
                    WHERE end_reason IN ('returned', 'reclaimed', 'recalled', 'transferred')
                    ORDER BY lead_ref, ended_at DESC, id DESC) h
            WHERE h.lead_ref = e.lead_ref AND e.gone_back IS NULL AND e.recycled > 0"""
    )


def _calls(cr):
    """Types of follow-up say whether they are a call: of those that came with the add-on, which is data nobody
    overwrites (``noupdate``), one is."""
    cr.execute(
        """UPDATE lead_follow_up_type SET is_call = true
            WHERE id = (SELECT res_id FROM ir_model_data
                         WHERE module = 'lead_pool' AND name = 'follow_up_type_call')"""
    )
