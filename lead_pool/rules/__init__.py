"""The life of a lead, decided in pure Python.

::

    intake ──> waiting ──> claim / distribution ──> held ──> follow_up
                  ^                                  │
                  └── give_back: return, recall, reclaim ──┤
                                                     └──> conversion ──> closed

Nothing in this package imports Odoo, reads a clock or touches a database. The models gather
the facts of a whole batch in a few queries, ask one function here, and write what it says. The
button, the RPC call, the scheduled action and the explanation therefore obey the same rule.

A refusal is a code (see :data:`facts.REFUSALS`); words for people are made at the edge.
"""
