"""A policy file takes the place of a pool's policy, after a look at what that would change."""

import json
from ast import literal_eval
from contextlib import suppress
from functools import partial

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..notice.lead_pool_notice import Quiet
from .policy_export import FORMAT, FORMAT_VERSION, NOT_CARRIED
from .references import References, Unresolved

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 40  # lists and objects in each other
MOST_ROWS = 1000  # of one list
LARGEST_NUMBER = 2**31 - 1  # of a column
#: Lists whose rows stay when the file does not have them: who runs a pool is decided where it is.
KEPT = ("admin_ids",)


class PolicyImport:
    """One file on its way into one pool; remembers in sentences what of it could not be taken over.

    :param pool: as the caller sees it: his rights hold for each step
    """

    def __init__(self, pool):
        self.pool = pool
        self.env = pool.env
        self.references = References(pool.env, pool.company_id)
        self.problems = []

    def apply(self, file, replace_members):
        """Settings first, then list by list in the order of ``_policy_lists``."""
        known = {"format", "format_version", "name", "settings", *self.pool._policy_lists}
        for key in file.keys() - known:
            self._tell_unknown(key)
        self._apply_settings(self._part(file, "settings", dict))
        kept = (*KEPT, *(() if replace_members else ("member_ids",)))
        for name in self.pool._policy_lists:
            if name in file:
                rows = self._part(file, name, list)
                _done, problem = self._attempt(partial(self._apply_whole_list, name, rows, name not in kept), self.pool)
                if problem:
                    self._tell_setting(name, problem)

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _apply_settings(self, settings):
        pool, values = self.pool, {}
        for name, value in settings.items():
            if name not in pool._policy_fields or name in NOT_CARRIED:
                self._tell_unknown(name)
                continue
            try:
                values[name] = self._stored(pool, name, value)
            except Unresolved as problem:
                self._tell_setting(name, problem)
        changes = self._changes(pool, values)
        if not self._write(pool, changes):
            return
        for name, value in changes.items():  # what one of them is refused for is no fault of the others
            problem = self._write(pool, {name: value})
            if problem:
                self._tell_setting(name, problem)

    def _apply_whole_list(self, name, rows, remove):
        self._apply_list(name, rows, remove)
        self.pool.sudo()[name]._check_together()

    def _apply_list(self, name, rows, remove):
        """Update the rows that are there by their name, add the others, and perhaps remove what the file has not."""
        present = self.pool.sudo()._policy_rows(name).with_env(self.env)
        usual = self._usual_values(name)
        wanted, seen = present.browse(), set()
        for number, row in enumerate(rows, 1):
            called = row.get(present._policy_key) if isinstance(row, dict) else None
            if not isinstance(called, str) or not called.strip():
                self._tell_row(name, number, self.env._("It has no name."))
            elif called in seen and not present._policy_ordered:
                self._tell_row(name, called, self.env._("It is in the file twice."))
            else:
                seen.add(called)
                found = next((row for row in present - wanted if self._name_of(row) == called), present.browse())
                wanted |= self._apply_row(name, found, row, usual)
        for row in (present - wanted).filtered(lambda row: row._is_carried()) if remove else present.browse():
            called = self._name_of(row)
            _done, problem = self._attempt(row.unlink, present)
            if problem:
                self._tell_row(name, called, problem)
        self._put_in_order(name, wanted)

    def _apply_row(self, name, found, row, usual):
        """The row after it was updated or added; as it was (perhaps none) when that is refused."""
        called = row[found._policy_key]
        known = (found or found.new(usual))._get_policy_fields()
        for key in row.keys() - set(known):
            self._tell_unknown(f"{called}: {key}")
        try:
            values = {key: self._stored(found, key, row[key]) for key in known if key in row}
        except Unresolved as problem:
            self._tell_row(name, called, problem)
            return found
        if found:
            problem = self._write(found, self._changes(found, values))
        else:
            values |= {**usual, "pool_id": self.pool.id}
            made, problem = self._attempt(lambda: found.create(values), found)
            found = made or found
        if problem:
            self._tell_row(name, called, problem)
        return found

    def _put_in_order(self, name, rows):
        """Number the rows again where the file has them in another order."""
        if not rows._policy_ordered or rows.sorted(lambda row: (row.sequence, row.id)).ids == rows.ids:
            return
        first = min(rows.mapped("sequence"))

        def number():
            for place, row in enumerate(rows):
                row.sequence = first + place

        _done, problem = self._attempt(number, rows)
        if problem:
            self._tell_setting(name, problem)

    def _write(self, record, changes):
        """Write what changes, if anything does; answer why, if that is refused."""
        return self._attempt(lambda: record.write(changes), record)[1] if changes else None

    def _attempt(self, step, Model):
        """Do one step; take it back if it is refused.

        :returns: ``(what the step returns, None)``, or ``(None, a sentence that says why not)``
        """
        try:
            with self.env.cr.savepoint():
                return step(), None
        except AccessError:
            problem = self.env._("You may not change this.")
        except UserError as error:
            problem = str(error).replace("\n", " ")
        except IntegrityError as error:
            problem = Model._sql_error_to_message(error)
        self.pool._forget_what_was_taken_back()
        return None, problem

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def _usual_values(self, name):
        """What every row of this list has, as its one2many says, e.g. the role."""
        conditions = self.pool._fields[name].get_comodel_domain(self.pool).iter_conditions()
        return {condition.field_expr: condition.value for condition in conditions if condition.operator == "="}

    def _name_of(self, row):
        """What the row is called in a file."""
        row = row.sudo()
        value = row[row._policy_key]
        return self.references.short(value) if isinstance(value, models.BaseModel) else value

    def _changes(self, record, values):
        """Those of ``values`` that are not so already."""
        record = record.sudo()
        return {name: value for name, value in values.items() if value != self._present_value(record, name, value)}

    def _present_value(self, record, name, value):
        """What the field holds now, in the form in which :meth:`_stored` gives it."""
        present, kind = record[name], record._fields[name].type
        if name in record._policy_domains:  # the same condition may be written in many ways
            same = self._plain(literal_eval(present or "[]")) == self._plain(literal_eval(value))
            return value if same else present
        if kind == "many2one":
            return present.id
        if kind == "many2many":
            return [(6, 0, sorted(present.ids))]
        return present or "" if kind in ("char", "text") else present

    @staticmethod
    def _plain(domain):
        return json.loads(json.dumps(domain, default=sorted))

    def _stored(self, part, name, value):
        """The value of the file as the field takes it.

        :raises Unresolved: it has another type, or names what is not here
        """
        field = part._fields[name]
        words = {"field": field._description_string(self.env), "value": str(value)[:60]}
        if name in part._policy_domains:
            return repr(self.references.domain_in(value))
        empty = value is None or (isinstance(value, str) and not value.strip())
        if empty and field.required:
            raise Unresolved(self.env._("“%(field)s” is empty.", **words))
        taker = getattr(self, f"_stored_{field.type}", None)
        stored = taker(field, value) if taker else None
        if stored is None:
            raise Unresolved(self.env._("“%(field)s” cannot be “%(value)s”.", **words))
        return stored

    # each: the value, or None when it is none of the type

    def _stored_boolean(self, field, value):
        return value if isinstance(value, bool) else None

    def _stored_integer(self, field, value):
        return value if type(value) is int and 0 <= value <= LARGEST_NUMBER else None

    def _stored_float(self, field, value):
        return value if type(value) in (int, float) and 0 <= value <= LARGEST_NUMBER else None

    def _stored_char(self, field, value):
        return value if isinstance(value, str) else None

    _stored_text = _stored_char

    def _stored_selection(self, field, value):
        if not value and not field.required:
            return False
        return value if isinstance(value, str) and value in field.get_values(self.env) else None

    def _stored_many2one(self, field, value):
        if not value:
            return None if field.required else False
        return self.references.find(self.env[field.comodel_name], value).id

    def _stored_many2many(self, field, value):
        if not isinstance(value, list):
            return None
        Model = self.env[field.comodel_name]
        return [(6, 0, sorted({self.references.find(Model, one).id for one in value}))]

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _label(self, name):
        field = self.pool._fields.get(name)
        return field._description_string(self.env) if field else name

    def _part(self, file, name, kind):
        """One part of the file, empty if it has another form."""
        part = file.get(name, kind())
        if isinstance(part, kind):
            return part
        self._tell_setting(name, self.env._("It has another form than in a policy file."))
        return kind()

    def _tell_unknown(self, name):
        self.problems.append(self.env._("“%(name)s” is no part of a policy here and is left out.", name=name))

    def _tell_setting(self, name, why):
        self.problems.append(
            self.env._("“%(setting)s” stays as it is. %(why)s", setting=self._label(name), why=str(why))
        )

    def _tell_row(self, name, called, why):
        self.problems.append(
            self.env._("%(list)s: “%(name)s” is left out. %(why)s", list=self._label(name), name=called, why=str(why))
        )


class LeadPoolPolicyImport(models.AbstractModel):
    _name = "lead.pool.verb.policy.import"
    _description = "Import of a Policy into a Pool"

    def action_import_policy(self, content, dry_run=True, replace_members=False):
        """Give this pool the policy of a file that :meth:`action_export_policy` made; on no pool, make a new one.

        Settings and rules become those of the file: rules are matched by name, what the file has not is removed.
        Members are matched by login. A list that the file does not have at all stays as it is. Who holds which lead
        is never touched. All of it is one new version of the rules.

        :param content: the file: its text, its bytes, or what it says as a dict; at most 1 MB
        :param dry_run: only answer what would change
        :param replace_members: also remove members that the file does not have
        :returns: ``{'diff': [sentence], 'problems': [sentence], 'pool_id'}``: what changes, what of the file cannot
            be taken over and why, and the pool (``False`` for a new one in a dry run)
        :raises AccessError: the caller may not change the pool, or make one
        :raises UserError: this is no policy file; nothing is changed
        """
        if len(self) > 1:
            raise UserError(self.env._("A policy is imported into one pool at a time."))
        self.check_access("write" if self else "create")
        file = self._read_policy_file(content)
        with self.env.cr.savepoint() as savepoint:
            pool = self.with_context(lead_pool_quiet=Quiet()) if dry_run else self
            answer = pool._import_policy(file, bool(replace_members))
            if dry_run:
                savepoint.rollback()
        if dry_run:
            self._forget_what_was_taken_back()
            answer["pool_id"] = self.id
        return answer

    def _import_policy(self, file, replace_members):
        diff = []
        pool = self._as_one_version()
        if not self:
            diff.append(self.env._("New pool “%(pool)s”", pool=file["name"]))
            pool = self._new_pool_of(file)
        before = pool.sudo()._policy_content()
        process = PolicyImport(pool)
        process.apply(file, replace_members)
        pool.invalidate_recordset()  # lists in their new order
        diff += self.env["lead.pool.policy"]._diff_in_words(before, pool.sudo()._policy_content())
        pool.with_env(self.env)._rules_changed()
        return {"diff": diff, "problems": process.problems, "pool_id": pool.id}

    def _new_pool_of(self, file):
        """A pool of the file's name in the caller's company, with a sales team; the rest follows."""
        company = self.env.company
        values = {"name": file["name"], "company_id": company.id}
        settings = file.get("settings")
        if isinstance(settings, dict) and settings.get("team_id"):
            with suppress(Unresolved):  # then the default team; it is told with the other settings
                team = References(self.env, company).find(self.env["crm.team"], settings["team_id"])
                values["team_id"] = team.id
        if not values.get("team_id") and not self.env["crm.team"]._get_default_team_id():
            raise UserError(self.env._("A pool needs a sales team, and there is none yet. Make one first."))
        return self._as_one_version().create(values)

    def _read_policy_file(self, content):
        """The file as a dict of the right format; whether its parts are right is seen later.

        :raises UserError: it is no policy file, or of a newer version
        """
        nothing = self.env._("This is no policy file. Choose a file that was made by “Export Policy”.")
        try:
            if isinstance(content, dict):
                content = json.dumps(content, allow_nan=False)
            size = len(content if isinstance(content, bytes) else content.encode())
            if size > LARGEST_FILE:
                raise UserError(self.env._("This file is larger than 1 MB. A policy file is much smaller."))
            text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
            file = json.loads(text, parse_constant=_no_number)
            "".join(_texts(file)).encode()  # half a character of two
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise UserError(nothing) from error
        version = file.get("format_version") if isinstance(file, dict) and file.get("format") == FORMAT else None
        if type(version) is not int or version < 1:
            raise UserError(nothing)
        if version > FORMAT_VERSION:
            raise UserError(
                self.env._("This file was made by a newer version of Lead Pool. Update it here, then import again.")
            )
        if not isinstance(file.get("name"), str) or not file["name"].strip():
            raise UserError(self.env._("This policy file does not say of which pool it is: “name” is missing."))
        for name in self._policy_lists:
            if isinstance(file.get(name), list) and len(file[name]) > MOST_ROWS:
                label = self._fields[name]._description_string(self.env)
                raise UserError(
                    self.env._("“%(list)s” has more than %(most)s rows, too many.", list=label, most=MOST_ROWS)
                )
        return file

    def _forget_what_was_taken_back(self):
        """A savepoint knows nothing of what is remembered outside the database."""
        self.env["res.users"]._forget_lead_pool_ids()
        registry = self.env.registry
        if registry.cache_invalidated:
            registry.clear_cache(*registry.cache_invalidated)


def _no_number(text):
    raise ValueError(text)  # NaN, Infinity


def _texts(value, depth=0):
    """All texts in a JSON value.

    :raises ValueError: one has a character that the database cannot keep, or lists are nested too deep
    """
    if depth > DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key, depth + 1)
            yield from _texts(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, depth + 1)
