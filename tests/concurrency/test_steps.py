"""The player of orders: it must know who waits, or what it plays is not every order."""

import contextlib
import threading
import types

from steps import Player


def _actor(pid):
    return types.SimpleNamespace(pid=pid, arrived=threading.Event())


class _Database:
    """Answers who holds up whom; until the answer is read, something happens."""

    def __init__(self, holders, meanwhile):
        self.holders, self.meanwhile = holders, meanwhile

    @contextlib.contextmanager
    def cursor(self):
        yield self

    def execute(self, _query, parameters):
        self.answer = self.holders.get(parameters[0], [])

    def fetchone(self):
        self.meanwhile()
        return [self.answer]


def test_whoever_lets_go_of_a_lock_while_we_ask_is_waited_for_no_more():
    """On a busy machine an answer may be so old that its holder has committed; the other one goes on, and is not left
    standing at his next point for ever."""
    first, second = _actor(1), _actor(2)
    player = Player.__new__(Player)
    player.monitor = _Database({2: [1]}, meanwhile=first.arrived.set)
    assert not player._waits(second, [first, second])
    assert player._waits(second, [first, second]), "now he stood before we asked"
