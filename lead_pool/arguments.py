"""What callers of verbs and reports may pass."""

from odoo.exceptions import UserError

MOST = 50  # of what may be passed that a sentence names


def refuse_unknown(env, given, known):
    """Refuse what nobody knows, and say what may be passed instead.

    :param given: keys or values; ``known``: all that there are
    :raises UserError: some of it is unknown
    """
    known = sorted(map(str, known))
    if unknown := sorted({*map(str, given)} - {*known}):
        words = {"keys": ", ".join(unknown), "known": ", ".join(known)}
        if not 0 < len(known) <= MOST:
            raise UserError(env._("Unknown: %(keys)s.", keys=words["keys"]))
        raise UserError(env._("Unknown: %(keys)s. Take some of: %(known)s.", **words))
