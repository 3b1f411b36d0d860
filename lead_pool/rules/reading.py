"""Who reads very many leads: what of a lead names somebody, and which leads the log knows already."""

from threading import Lock

from .privacy import OF_LEAD

#: How leads leave the server: on screens, to programs, in files of an export, in printed sheets.
WAYS = ("screen", "program", "export", "print")
#: The fields of a lead that say who it is: with one of them a lead counts as read.
IDENTIFYING = frozenset([*OF_LEAD, "name", "display_name", "partner_id", "commercial_partner_id"])
#: Where others than the server's own processes ask: JSON-2, its elder, XML-RPC.
OF_PROGRAMS = ("/json/", "/xmlrpc/", "/jsonrpc")
REMEMBERED = 100_000  # leads of a user that a process remembers, some megabytes; above, it tells them again


def merged(kept, seen):
    """What the log keeps of the present hour, and the figures of it.

    :param kept: ``{way: [lead]}`` so far, or nothing
    :param seen: ``{way: {lead}}`` that are added
    :returns: ``(kept, {way: number of leads}, number of leads)``, each lead counted once

    >>> merged({"screen": [1, 2]}, {"screen": {2, 3}, "export": {3, 4}})
    ({'screen': [1, 2, 3], 'export': [3, 4]}, {'screen': 3, 'export': 2}, 4)
    """
    leads = {way: sorted({*(kept or {}).get(way, ()), *seen.get(way, ())}) for way in WAYS}
    leads = {way: some for way, some in leads.items() if some}
    return leads, {way: len(some) for way, some in leads.items()}, len(set().union(*leads.values()))


class Memory:
    """What a process has told the log of the present hour and what it has yet to tell, for each user: of a page that is
    read again nothing is written."""

    def __init__(self):
        self._lock, self._hour, self._told, self._untold, self._rest_until = Lock(), None, {}, {}, None

    def rest(self, until):
        """The log cannot be written: nothing is tried before this moment."""
        self._rest_until = until

    def rests(self, now):
        return self._rest_until is not None and now < self._rest_until

    def untold(self, user, seen, hour):
        """What of this the log does not know, and what could not be told it before.

        :param user: anything that can be a key
        :param seen: ``{way: {lead}}``
        :param hour: when it begins
        :returns: ``{way: {lead}}``, empty when there is nothing to tell
        """
        with self._lock:
            if hour != self._hour:
                self._hour, self._told, self._untold = hour, {}, {}
            told, untold = self._told.get(user, {}), self._untold.setdefault(user, {})
            for way, leads in seen.items():
                if fresh := leads - told.get(way, set()):
                    untold.setdefault(way, set()).update(fresh)
            return {way: set(leads) for way, leads in untold.items()}

    def told(self, user, leads, hour):
        """The log knows these now.

        :param leads: as :meth:`untold` answered
        """
        with self._lock:
            if hour != self._hour:
                return
            told, untold = self._told.setdefault(user, {}), self._untold.get(user, {})
            for way, some in leads.items():
                told.setdefault(way, set()).update(some)
                untold.get(way, set()).difference_update(some)
                if not untold.get(way):
                    untold.pop(way, None)
            if sum(map(len, told.values())) > REMEMBERED:
                told.clear()
