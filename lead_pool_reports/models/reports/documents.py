from collections import defaultdict
from functools import cached_property

from odoo.fields import Domain

from ...tables.table import TOTAL


class Documents:
    """Documents behind the figures of a report: read when one is asked for, and linked to only where the reader may
    open every one of them, so that what he finds is what was counted.

    :param env: of the reader
    :param rows: ``model -> [(row key, model, ids)]``, perhaps with those of others, too; an id of ``None``: that part
        of the figure stands in no document of the model
    :param whole: ``() -> names of models``: there is a document behind each figure on them that is not 0, and all are
        of the reader's companies. Where no rule hides any of these from him, nobody has to look for them
    """

    def __init__(self, env, rows, whole=tuple):
        self._env, self._rows, self._whole = env, rows, whole
        self._found, self._readable, self._unhidden = {}, {}, {}

    def __call__(self, model, key):
        """The ids behind the figures on ``model`` in the row ``key``, the total's included; ``()``: no link."""
        ids = self._ids(model)[key] if self._env[model].has_access("read") else ()
        return tuple(sorted(ids)) if ids and ids <= self._may_open(model) else ()

    def opens(self, model, key):
        """Whether there is a link."""
        if not self._env[model].has_access("read"):
            return False
        return model in self._models_of_all and self._sees_all(model) or bool(self(model, key))

    def _ids(self, model):
        if model not in self._found:
            self._found[model] = defaultdict(set)
            for key, name, ids in self._rows(model):
                found = self._found.setdefault(name, defaultdict(set))
                found[key].update(ids)
                found[TOTAL].update(ids)
        return self._found[model]

    def _may_open(self, model):
        if model not in self._readable:
            Model = self._env[model].with_context(active_test=False)
            asked = [("id", "in", list(self._ids(model)[TOTAL] - {None}))]
            self._readable[model] = set(Model.search(asked, order="id").ids)
        return self._readable[model]

    @cached_property
    def _models_of_all(self):
        return set(self._whole())

    def _sees_all(self, model):
        """Whether no rule hides a document of his companies from the reader."""
        if model not in self._unhidden:
            Model, theirs = self._env[model], set(self._env.companies.ids)
            if not Model._fields["company_id"].required:
                theirs.add(False)

            def of_theirs(condition):
                among = condition.field_expr == "company_id" and condition.operator == "in"
                return Domain.TRUE if among and theirs <= set(condition.value) else condition

            rules = self._env["ir.rule"]._compute_domain(model, "read").optimize_full(Model)
            self._unhidden[model] = rules.map_conditions(of_theirs).optimize_full(Model).is_true()
        return self._unhidden[model]
