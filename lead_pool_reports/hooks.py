def uninstall_hook(env):
    """Tables of others stay, so what notes their changes must go."""
    env.cr.execute("DROP FUNCTION IF EXISTS lead_pool_fact_changed() CASCADE")
