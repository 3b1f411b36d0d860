"""Contended verbs run in READ COMMITTED.

Odoo opens its transactions in REPEATABLE READ. There a claim that waits for a colleague's claim is
thrown back as a serialization failure, and Odoo tries it again after a sleep of up to seconds. In
READ COMMITTED the same guarded statements simply see the newest row and answer at once. The level
can be chosen only before the first query of a transaction, hence outside the verb:
``ir.http._pre_dispatch`` does it for requests, a scheduled action after each of its commits.
Called from anywhere else (an automation, a wizard) the verbs are as correct, only slower.
"""

from odoo.sql_db import Cursor


def contended(method):
    """Mark a public method that many people may call for the same rows at the same moment."""
    method._lead_pool_contended = True
    return method


def is_contended(model_class, method_name):
    """Whether any class in the model's inheritance marks the method."""
    return any(getattr(vars(cls).get(method_name), "_lead_pool_contended", False) for cls in model_class.mro())


def read_committed(cr):
    """Choose READ COMMITTED for the transaction that begins now; the cursor must be fresh.

    Does nothing on the cursor of a test, which never commits.
    """
    if isinstance(cr, Cursor):
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def in_batches(cron, steps):
    """What a scheduled action does: each step until it has no more, a transaction for each batch, while time is left.

    Odoo is told how much is left: a run that ends for want of time goes on at once, not at the next interval. Killed at
    any point, the next run goes on.

    :param cron: ``ir.cron``, of the scheduled action that runs
    :param steps: callables that do one batch and return ``(number done, whether there is more)``
    """
    steps = list(steps)
    cron._commit_progress(remaining=len(steps))
    while steps:
        read_committed(cron.env.cr)
        done, more = steps[0]()
        if not more:
            steps.pop(0)
        if not cron._commit_progress(done, remaining=len(steps)):
            return
