from collections import defaultdict
from functools import cached_property, partial

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
    :param known: ``{model: {path of a field: {values}}}`` that all of these documents have, besides a company
    """

    def __init__(self, env, rows, whole=tuple, known=None):
        self._env, self._rows, self._whole, self._known = env, rows, whole, known or {}
        self._found, self._readable, self._conditions = {}, {}, {}

    def __call__(self, model, key):
        """The ids behind the figures on ``model`` in the row ``key``, the total's included; ``()``: no link."""
        ids = self._ids(model)[key] if self._env[model].has_access("read") else ()
        return tuple(sorted(ids)) if ids and ids <= self._may_open(model) else ()

    def opens(self, model, key):
        """Whether there is a link."""
        if not self._env[model].has_access("read"):
            return False
        if self._sees_none(model):
            return False
        return self._sees_all(model) and model in self._models_of_all or bool(self(model, key))

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
        return self._condition(model).is_true()

    def _sees_none(self, model):
        """Whether rules hide each of these documents from the reader."""
        return self._condition(model).is_false()

    def _condition(self, model):
        """What the reader's rules ask of documents of his companies, beyond what is known of them."""
        if model not in self._conditions:
            Model, theirs, known = self._env[model], set(self._env.companies.ids), self._known.get(model, {})
            if not known and not Model._fields["company_id"].required:
                theirs.add(False)

            def beyond(prefix, condition):
                path, is_any = prefix + condition.field_expr, condition.operator in ("any", "any!")
                if is_any and isinstance(condition.value, Domain):
                    inner = condition.value.map_conditions(partial(beyond, f"{path}."))
                    return Domain.FALSE if inner.is_false() else condition
                if condition.operator != "in":
                    return condition
                has = known.get(path) or (theirs if path == "company_id" else None)
                if has and has <= set(condition.value):
                    return Domain.TRUE
                return Domain.FALSE if path in known and has.isdisjoint(condition.value) else condition

            rules = self._env["ir.rule"]._compute_domain(model, "read").optimize_full(Model)
            self._conditions[model] = rules.map_conditions(partial(beyond, "")).optimize_full(Model)
        return self._conditions[model]
