"""What the server's log says when something fails: where and of which kind, and of no customer who he is.

The words of an error may quote a customer: a check of another module names him, PostgreSQL adds the row that it
refuses, Odoo the statement with all its values. They are for who may read the lead (an answer, the report of a job),
and for the log at level DEBUG only.
"""

import logging
import re
import traceback

import psycopg2

#: What may hold a person: leads and what hangs on them, customers, messages.
PERSONAL = re.compile(rb"\b(crm_lead|lead_\w+|res_partner|mail_\w+|calendar_event|sale_order)\b")
LITERAL = re.compile(rb"'(?:[^']|'')*'")
#: Classes of errors in whose first line PostgreSQL names tables and constraints, and no value.
OWN_WORDS = {"23", "40", "42", "53", "55", "57"}
#: The function of PostgreSQL that raises what a trigger says, in whichever class.
BY_A_TRIGGER = "exec_stmt_raise"


def log_failure(logger, level, text, *arguments, error):
    """Log that something failed: what it was, and where in the code; the words of the error at level DEBUG."""
    logger.log(level, f"{text}: %s\n%s", *arguments, kind_of(error), "".join(traceback.format_tb(error.__traceback__)))
    logger.debug("What it said", exc_info=error)


def kind_of(error):
    """An error without its words.

    >>> kind_of(ValueError("no such customer: Li Na"))
    'ValueError'
    """
    words = error.diag if isinstance(error, psycopg2.Error) else None
    if words and (error.pgcode or "")[:2] in OWN_WORDS and words.source_function != BY_A_TRIGGER:
        return f"{type(error).__name__}: {words.message_primary}"
    return type(error).__name__


def unlogged(refusal):
    """The same refusal, whose sentence may name a customer: Odoo logs it at level DEBUG, not as a warning."""
    refusal.loglevel = logging.DEBUG
    return refusal


def without_values(statement):
    """A statement without the texts in it.

    >>> without_values(b"UPDATE crm_lead SET phone = '138', name = 'Mc''Coy' WHERE id = 3")
    b"UPDATE crm_lead SET phone = '...', name = '...' WHERE id = 3"
    """
    return LITERAL.sub(b"'...'", statement)


class WithoutValues(logging.Filter):
    """Keeps the values of a failed statement, which Odoo logs, out of what is written, where it is about people."""

    def filter(self, record):
        if str(record.msg).startswith("bad query") and len(record.args or ()) == 2:
            query, error = record.args
            statement = query if isinstance(query, bytes) else str(query).encode()
            if PERSONAL.search(statement):
                record.args = (without_values(statement), kind_of(error))
        return True
