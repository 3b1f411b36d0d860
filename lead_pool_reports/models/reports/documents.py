from collections import defaultdict
from functools import cached_property

from ...tables.table import TOTAL


class Documents:
    """Documents behind the figures of a report: read when the first link to one is asked for, and linked to only where
    the reader may open every one of them, so that what he finds is what was counted.

    :param env: of the reader
    :param rows: ``() -> [(row key, model, ids)]``; an id of ``None``: that part of the figure stands in no document of
        the model
    """

    def __init__(self, env, rows):
        self._env, self._rows = env, rows
        self._readable = {}

    def __call__(self, model, key):
        """The ids behind the figures on ``model`` in the row ``key``, the total's included; ``()``: no link."""
        ids = self._found[model][key]
        return tuple(sorted(ids)) if ids and ids <= self._may_open(model) else ()

    @cached_property
    def _found(self):
        found = defaultdict(lambda: defaultdict(set))
        for key, model, ids in self._rows():
            found[model][key].update(ids)
            found[model][TOTAL].update(ids)
        return found

    def _may_open(self, model):
        if model not in self._readable:
            Model = self._env[model].with_context(active_test=False)
            asked = [("id", "in", list(self._found[model][TOTAL] - {None}))]
            self._readable[model] = set(Model.search(asked, order="id").ids if Model.has_access("read") else ())
        return self._readable[model]
