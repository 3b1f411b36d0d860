"""What the module system calls. There is no data work at install: see ``lead.pool.action_enrol``."""


def uninstall_hook(env):
    """Leave the custom fields to the company, and remove what the ORM does not know of: the guard of the events."""
    env["lead.custom.field"]._leave()
    env.cr.execute("DROP FUNCTION IF EXISTS lead_pool_event_append_only() CASCADE")
