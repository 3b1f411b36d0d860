"""What the module system calls. There is no data work at install: see ``lead.pool.action_enrol``."""


def uninstall_hook(env):
    """Remove what the ORM does not know of: the guard of the event table."""
    env.cr.execute("DROP FUNCTION IF EXISTS lead_pool_event_append_only() CASCADE")
