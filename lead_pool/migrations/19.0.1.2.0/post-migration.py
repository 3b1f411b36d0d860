"""What is to be made anew for the version."""


def migrate(cr, version):
    """There are more keys: of customers, of registers, of names that are alike. Made in the background, as at first."""
    cr.execute("DELETE FROM ir_config_parameter WHERE key = 'lead_pool.identity_done_to'")
