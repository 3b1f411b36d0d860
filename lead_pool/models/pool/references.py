"""Records in a file that is read in another database: by external id or name, never by number."""

from odoo.fields import Domain

from .policy import TECHNICAL_NAMES

#: What a record is called by; else by the field that names it.
NAMED_BY = {**TECHNICAL_NAMES, "res.users": "login"}
COLLECTIONS = (list, tuple, set)


class Unresolved(Exception):
    """What the file names is not here, or not for the caller. Its text is a sentence for people."""


class References:
    """Names of records, and records of these names, as far as the caller may read them.

    :param env: of the caller
    :param company: records of other companies are not meant; empty: those of the caller's companies are
    """

    def __init__(self, env, company):
        self.env = env
        self.companies = [*(company or env.companies).ids, False]
        self._found = {}

    # ------------------------------------------------------------
    # OUT
    # ------------------------------------------------------------

    def reference(self, record):
        """``{'model', 'xmlid', 'name'}`` of one record; no name if it is gone or not for who asks."""
        field = self._naming_field(record)
        if not (record.exists() and record.has_access("read")):
            return {"model": record._name, "xmlid": None, "name": None}
        xmlids = (text for text in record._get_external_ids()[record.id] if not text.startswith("__export__."))
        return {"model": record._name, "xmlid": next(xmlids, None), "name": record[field] if field else None}

    def short(self, record):
        """As :meth:`reference`, but of a user only the login, of an open field only its technical name."""
        reference = self.reference(record)
        return reference["name"] if record._name in NAMED_BY and reference["name"] else reference

    def domain_out(self, domain):
        """A condition on leads with a reference instead of each id."""

        def convert(Model, value):
            return self.reference(Model.browse(value)) if type(value) is int and value else value

        return self._converted(domain, self.env["crm.lead"], convert)

    # ------------------------------------------------------------
    # IN
    # ------------------------------------------------------------

    def find(self, Model, reference):
        """The record that ``reference`` (or only a name) means.

        :raises Unresolved: there is none for the caller, or several
        """
        if isinstance(reference, str):
            reference = {"name": reference}
        if not isinstance(reference, dict) or reference.get("model", Model._name) != Model._name:
            raise Unresolved(self.env._("It names a record in a way that is not understood."))
        xmlid, name = (reference.get(key) for key in ("xmlid", "name"))
        if not all(isinstance(text, str | None) for text in (xmlid, name)):
            raise Unresolved(self.env._("It names a record in a way that is not understood."))
        if not (xmlid or name):
            raise Unresolved(self.env._("It names a record that was gone already when the file was made."))
        key = (Model._name, xmlid, name)
        if key not in self._found:
            self._found[key] = self._search(Model.with_env(self.env), xmlid, name)
        found = self._found[key]
        if len(found) != 1:
            words = {"kind": self.env["ir.model"]._get(Model._name).name, "name": name or xmlid}
            raise Unresolved(
                self.env._("There are several “%(name)s” (%(kind)s).", **words)
                if found
                else self.env._("“%(name)s” (%(kind)s) was not found.", **words)
            )
        return found

    def domain_in(self, domain):
        """A condition on leads with the id of what each reference means.

        :raises Unresolved: something in it is not here, or has an id in the file
        """

        def convert(Model, value):
            if type(value) is int and value:
                raise Unresolved(self.env._("A condition names records by number, which differs in each database."))
            return self.find(Model, value).id if isinstance(value, dict) else value

        return self._converted(domain, self.env["crm.lead"], convert)

    # ------------------------------------------------------------
    # BOTH
    # ------------------------------------------------------------

    def _converted(self, domain, Model, convert):
        """The same condition on ``Model`` with ``convert(comodel, value)`` for each value compared with records."""
        if not isinstance(domain, COLLECTIONS):
            raise Unresolved(self.env._("It has a condition that is none."))
        return [self._converted_leaf(item, Model, convert) for item in domain]

    def _converted_leaf(self, item, Model, convert):
        if not isinstance(item, list | tuple):
            return item
        if len(item) != 3:
            raise Unresolved(self.env._("It has a condition that is none."))
        path, operator, value = item
        Compared = self._compared(Model, path)
        if Compared is None:
            return (path, operator, value)
        if operator in ("any", "not any"):
            return (path, operator, self._converted(value, Compared, convert))
        if isinstance(value, COLLECTIONS):
            return (path, operator, [convert(Compared, one) for one in value])
        return (path, operator, convert(Compared, value))

    def _compared(self, Model, path):
        """The model whose records the values after ``path`` are; ``None`` if they are no records."""
        if not isinstance(path, str):
            return None
        for part in path.split("."):
            if part == "id":
                return Model
            field = Model._fields.get(part)
            if not field or not field.relational:
                return None
            Model = self.env[field.comodel_name]
        return Model

    def _search(self, Model, xmlid, name):
        if Model._name == "lead.pool":
            Model = Model.sudo()  # where a lead may be sent is no secret
        if xmlid:
            model, number = self.env["ir.model.data"]._xmlid_to_res_model_res_id(xmlid)
            record = Model.browse(number or []).exists() if model == Model._name else Model
            if record and record.has_access("read"):
                return record
        field = self._naming_field(Model)
        if not (name and field and Model.has_access("read")):
            return Model
        domain = Domain(field, "=", name)
        if "company_id" in Model._fields and Model._name != "res.users":
            domain &= Domain("company_id", "in", self.companies)
        found = Model.with_context(active_test=False).search(domain, limit=50)
        if len(found) > 1 and "active" in Model._fields:
            found = found.filtered("active") or found
        return found

    def _naming_field(self, Model):
        """Name of the stored text that tells a record of this model; ``None`` if it has none."""
        name = NAMED_BY.get(Model._name, Model._rec_name)
        field = Model._fields.get(name)
        return name if field and field.store and field.type in ("char", "text") else None
