"""Contended verbs run in READ COMMITTED, and so does a form that gives leads to somebody else.

Odoo opens its transactions in REPEATABLE READ. There a claim that waits for a colleague's claim is
thrown back as a serialization failure, and Odoo tries it again after a sleep of up to seconds. In
READ COMMITTED the same guarded statements simply see the newest row and answer at once. The level
can be chosen only before the first query of a transaction, hence outside the verb:
``ir.http._pre_dispatch`` does it for requests, a scheduled action after each of its commits, :func:`for_programs` for
XML-RPC and ``/jsonrpc``, which open their own transaction.
Called from anywhere else (an automation, a wizard) the verbs are as correct, only slower.

Odoo's own ``write`` counts on REPEATABLE READ: whatever it reads and writes back, nobody has changed meanwhile, or it
is done again. In READ COMMITTED that holds only of rows which are locked before they are read. Hence:

- A write that gives leads to somebody else (``crm.lead._gives_away``) is contended: claims of any lead by the old or
  the new owner change the counters it needs, and at a busy hour five tries were not enough. It locks counters, entries
  and the leads themselves in the order of the verbs, forgets what it knew, and only then looks who may do what; Odoo
  reads and writes back nothing else then.
- Whatever else moves or ends a lead (a stage, a pool, lost, won, archived, deleted, merged) stays in REPEATABLE READ.
  Odoo reads and writes back more of it, such as the frequencies of its predicted probabilities, which nobody locks; and
  it contends for the entry of its leads alone. When all tries of such a call are in vain, a sentence says so
  (:func:`is_lost_race`): nothing was done.
"""

import functools
import logging
import re

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import Cursor

from .logs import log_failure

_logger = logging.getLogger(__name__)

#: What is a matter of this moment: somebody was quicker, or the session was ended and nothing can be asked any more.
LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
#: What verbs write, in the statement of a transaction that gave way to theirs.
OUR_TABLES = re.compile(rb"\b(crm_lead|lead_pool_\w+)\b")


def contended(method):
    """Mark a public method that many people may call for the same rows at the same moment."""
    method._lead_pool_contended = True
    return method


def is_contended(model_class, method_name):
    """Whether any class in the model's inheritance marks the method."""
    return any(getattr(vars(cls).get(method_name), "_lead_pool_contended", False) for cls in model_class.mro())


def is_contended_call(env, model, method, values):
    """Whether a call from outside is one of a contended verb, or a write that gives leads to somebody else.

    :param values: callable without arguments: what a call that writes would write, whatever it is
    """
    if not isinstance(method, str) or model not in env.registry:
        return False
    if model == "crm.lead" and method in ("write", "web_save"):
        vals = values()
        return env[model]._gives_away(vals if isinstance(vals, dict) else {})
    return is_contended(env.registry[model], method)


def for_programs(execute_cr):
    """Odoo's ``execute_cr``, which does what comes by XML-RPC and ``/jsonrpc``: contended verbs in READ COMMITTED, and
    a sentence after the last try, as ``ir.http`` does it for all others."""

    @functools.wraps(execute_cr)
    def execute(cr, uid, obj, method, args, kw):
        env = api.Environment(cr, uid, {})
        if "lead.pool" not in env.registry:  # another database of this server
            return execute_cr(cr, uid, obj, method, args, kw)

        def values():
            return args[1] if len(args) > 1 else kw.get("vals")

        if is_contended_call(env, obj, method, values) and isinstance(cr, Cursor):
            # the transaction holds nothing but the check of the password; what tries again begins at this level, too
            cr.commit()  # pylint: disable=invalid-commit
            begin_read_committed(cr)
        try:
            return execute_cr(cr, uid, obj, method, args, kw)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            if not is_lost_race(error):
                raise
            env = api.Environment(cr, uid, {})
            raise env["ir.http"].with_context(lang=env.user.lang)._lead_pool_lost_race() from None

    return execute


def begin_read_committed(cr):
    """Let this cursor, which has just committed, begin its transactions in READ COMMITTED; it costs no query.

    Whoever gets the connection next has Odoo's own level again: each new cursor sets it.
    """
    cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)


def read_committed(cr):
    """Choose READ COMMITTED for the transaction that begins now; the cursor must be fresh.

    Does nothing on the cursor of a test, which never commits.
    """
    if isinstance(cr, Cursor):
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def is_lost_race(error):
    """Whether somebody else was quicker at a lead or at what we keep of it, each time that Odoo tried."""
    statement = getattr(error.cursor, "query", None) if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY) else None
    return bool(statement and OUR_TABLES.search(statement))


def sees_what_is_committed(cr):
    """Whether each statement of the transaction sees what others have committed by then; on the cursor of a test there
    are no others."""
    if not isinstance(cr, Cursor):
        return True
    cr.execute("SELECT current_setting('transaction_isolation') = 'read committed'")
    return cr.fetchone()[0]


def as_many_as_go(cr, work, limit, put_off):
    """Do ``limit`` things at once; where one of them fails (a check of another module refuses to write a lead), half as
    many, until it is that one alone.

    :param work: callable ``number -> result``: does so many, the first ones first
    :param put_off: callable ``error -> result``, for the first one, which fails by itself: it must be passed over from
        now on
    :returns: ``(result, number)``
    """
    while True:
        try:
            with cr.savepoint():
                return work(limit), limit
        except LOST:
            raise  # a matter of this moment: Odoo runs the scheduled action again
        except Exception as error:
            if limit == 1:
                level = logging.INFO if isinstance(error, UserError) else logging.ERROR  # a refusal, or a defect
                log_failure(_logger, level, "Left out, since it fails by itself", error=error)
                return put_off(error), limit
            limit //= 2


def in_batches(cron, steps, in_turn=False):
    """What a scheduled action does: each step until it has no more, a transaction for each batch, while time is left.
    A step that fails is left out, and the others go on.

    Odoo is told how much is left: a run that ends for want of time goes on at once, not at the next interval. Killed at
    any point, the next run goes on.

    :param cron: ``ir.cron``, of the scheduled action that runs
    :param steps: callables that do one batch and return ``(number done, whether there is more)``
    :param in_turn: a batch of each step after the other, instead of all batches of the first one
    """
    steps = list(steps)
    cron._commit_progress(remaining=len(steps))
    while steps:
        read_committed(cron.env.cr)
        step = steps.pop(0)
        try:
            with cron.env.cr.savepoint():
                done, more = step()
        except LOST:
            raise  # a matter of this moment: Odoo runs the scheduled action again
        except Exception as error:  # whatever it is, it must not stop the other pools
            log_failure(_logger, logging.ERROR, "A step of a scheduled action failed; the others go on", error=error)
            done, more = 0, False
        if more and in_turn:
            steps.append(step)
        elif more:
            steps.insert(0, step)
        if not cron._commit_progress(done, remaining=len(steps)):
            return
