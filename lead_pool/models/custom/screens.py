"""Where custom fields show: put into the screens as they are built, so that no view is left behind."""

import json

from lxml.builder import E

from odoo import models

from ...rules import columns

#: Types by which a list may be grouped sensibly.
GROUPABLE = ("selection", "multi", "link", "boolean", "date", "datetime")


class LeadCustomScreens(models.AbstractModel):
    """Mixed into the models that custom fields may be on.

    Nothing is stored: other modules' views are what they were, a field can be removed at any time, and uninstalling
    leaves nothing that breaks. What a view of somebody else shows already is not shown twice.
    """

    _name = "lead.custom.screens"
    _description = "Screens with Custom Fields"

    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        add = {
            "form": self._add_custom_to_form,
            "list": self._add_custom_to_list,
            "search": self._add_custom_to_search,
            "kanban": self._add_custom_to_kanban,
        }.get(view_type)
        if add:
            there = self._fields_there(arch)
            shown = self.env["lead.custom.field"]._shown_on(self._name)
            shown = shown.filtered(lambda field: field.technical_name not in there)
            if shown:
                add(arch, shown)
        return arch, view

    @staticmethod
    def _fields_there(arch):
        """Names of the fields that the view shows itself, without those of its sub-views."""
        return {node.get("name") for node in arch.iter("field") if next(node.iterancestors("field"), None) is None}

    # ------------------------------------------------------------
    # FORM
    # ------------------------------------------------------------

    def _add_custom_to_form(self, arch, shown):
        """Sections above the tabs or as tabs; simple forms, which have no tabs, stay simple."""
        notebook = next(
            (node for node in arch.iter("notebook") if next(node.iterancestors("field"), None) is None), None
        )
        if notebook is None:
            return
        tabs = 0
        loose = shown.filtered(lambda field: not field.section_id)
        if loose:
            notebook.addprevious(self._custom_group(loose, "lead_pool_custom"))
        for section in shown.section_id.sorted():
            fields = shown.filtered(lambda field, section=section: field.section_id == section)
            name = f"lead_pool_section_{section.id}"
            if section.place == "top":
                notebook.addprevious(E.separator(string=columns.clean(section.name)))
                notebook.addprevious(self._custom_group(fields, name))
            else:
                page = E.page(
                    self._custom_group(fields, f"{name}_fields"), name=name, string=columns.clean(section.name)
                )
                if all(field.pool_ids for field in fields) and self._name == "crm.lead":
                    page.set("invisible", f"pool_id not in {fields.pool_ids.ids}")
                tabs += 1
                notebook.insert(tabs, page)  # after the first tab, which is Odoo's own
        self._need_field(arch, "invisible", shown)

    def _custom_group(self, fields, name):
        """Two columns, filled one after the other, so that the order stays right on a phone."""
        half = (len(fields) + 1) // 2
        group = E.group(name=name)
        for column in (fields[:half], fields[half:]):
            if column:
                group.append(E.group(*(self._custom_node(field, "form") for field in column)))
        return group

    def _custom_node(self, field, view_type):
        node = E.field(name=field.technical_name)
        if field.pool_ids and self._name == "crm.lead" and view_type in ("form", "list"):
            node.set("invisible", f"pool_id not in {field.pool_ids.ids}")
        if field.field_type == "multi":
            node.set("widget", "many2many_tags")
            node.set("options", "{'no_create': True, 'color_field': 'color'}")
            node.set("domain", repr([("custom_field_id", "=", field.id), ("retired", "=", False)]))
        elif field.field_type == "selection" and view_type == "form":
            retired = field.option_ids.filtered("retired").mapped("value")
            if retired:
                node.set("widget", "filterable_selection")
                node.set("options", json.dumps({"blacklisted_values": retired}))
        elif field.field_type == "link":
            node.set("options", "{'no_create': True}")
        return node

    def _need_field(self, arch, hide, shown):
        """Fields that the attributes of ours refer to."""
        needed = set()
        if any(field.pool_ids for field in shown) and self._name == "crm.lead":
            needed.add("pool_id")
        if "amount" in shown.mapped("field_type"):
            needed.add(shown.CURRENCIES[self._name])
        for name in sorted(needed):
            arch.append(E.field(name=name, **{hide: "1"}))  # one that is there may be for other groups only

    # ------------------------------------------------------------
    # LIST, SEARCH, KANBAN
    # ------------------------------------------------------------

    def _add_custom_to_list(self, arch, shown):
        listed = shown.filtered(lambda field: field.show_in_list != "no")
        last = next((node for node in reversed(arch) if node.tag == "field"), None)
        for field in reversed(listed):
            node = self._custom_node(field, "list")
            node.set("optional", "show" if field.show_in_list == "show" else "hide")
            if last is None:
                arch.append(node)
            else:
                last.addnext(node)
        self._need_field(arch, "column_invisible", listed)

    def _add_custom_to_search(self, arch, shown):
        found = shown.filtered("show_in_search")
        words = found.filtered(lambda field: field.field_type != "amount")  # Odoo finds 0 for a word in an amount
        last = next((node for node in reversed(arch) if node.tag == "field"), None)
        for field in reversed(words):
            node = E.field(name=field.technical_name)
            if last is None:
                arch.insert(0, node)
            else:
                last.addnext(node)
        group = next((node for node in reversed(arch) if node.tag == "group"), None)
        if group is None:
            group = E.group()
            arch.append(group)
        group.append(E.separator())
        for field in found:
            if field.field_type in GROUPABLE:
                name = field.technical_name
                group.append(
                    E.filter(
                        name=f"group_by_{name}", string=columns.clean(field.name), context=repr({"group_by": name})
                    )
                )

    def _add_custom_to_kanban(self, arch, shown):
        card = next((node for node in arch.iter("t") if node.get("t-name") == "card"), None)
        shown = shown.filtered("show_in_kanban")
        if card is None or not shown:
            return
        lines = E.div({"class": "o_lead_custom small"})
        for field in shown:
            name = field.technical_name
            filled = f"record.{name}.raw_value"
            node = self._custom_node(field, "kanban")
            lines.append(
                E.div(
                    E.span(f"{columns.clean(field.name)}: ", {"class": "text-muted"}),
                    node,
                    {"t-if": f"{filled}.length" if field.field_type == "multi" else filled},
                )
            )
        footer = next((node for node in card if node.tag == "footer"), None)
        if footer is None:
            card.append(lines)
        else:
            footer.addprevious(lines)
        self._need_kanban(arch, shown)

    def _need_kanban(self, arch, shown):
        """A kanban view loads fields that stand before its templates."""
        if "amount" in shown.mapped("field_type"):
            name = shown.CURRENCIES[self._name]
            if not any(node.get("name") == name for node in arch.iter("field")):
                arch.insert(0, E.field(name=name))
