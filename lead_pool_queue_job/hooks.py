def queue_open_work(env):
    """Work that is under way goes on in the queue."""
    env["lead.pool.job"]._to_do()._wake()


def give_work_back(env):
    """The scheduled actions go on with what is under way, and the queue keeps nothing whose method is gone."""
    env["queue.job"].search([("model_name", "=", "lead.pool.job"), ("state", "!=", "started")]).unlink()
    for cron in env["lead.pool.job"]._crons():
        cron._trigger()
